/// Where a project's data lies. Opens connections; each belongs to the thread that uses it.
package protocol Store: Sendable {
    /// 32 random bytes, made once per data folder: seals references and hides addresses in the suppression list.
    var key: DataKey { get }

    func openLedger() throws(StoreError) -> any Ledger
    func openReader() throws(StoreError) -> any LedgerReader
    func openContacts() throws(StoreError) -> any ContactDirectory
    func openEvents() throws(StoreError) -> any EventStore
    func openConsents() throws(StoreError) -> any ConsentStore
    func openApprovals() throws(StoreError) -> any ApprovalStore

    /// Only one runner may work on a data folder. The lock ends with the process, however it ends, so holding it
    /// proves that every earlier sender is gone.
    ///
    /// - Parameter takesCampaigns: whether it begins launches that other processes have written down.
    func lockRunner(takesCampaigns: Bool) throws(StoreError) -> RunnerLockAttempt

    /// Who works on the data folder now. Only looks: it keeps no runner from starting.
    func runner() throws(StoreError) -> RunnerHolder?
}

extension Store {
    package func hasRunner() throws(StoreError) -> Bool { try runner() != nil }

    /// The right to send, or why there is none.
    func acquireRunner(takesCampaigns: Bool) throws(LaunchRefusal) -> any AnyObject {
        let attempt: RunnerLockAttempt
        do throws(StoreError) {
            attempt = try lockRunner(takesCampaigns: takesCampaigns)
        } catch {
            throw LaunchRefusal(reason: "store", message: LaunchCoordinator.describe(error))
        }
        switch attempt {
        case .acquired(let lock): return lock
        case .isCopy:
            throw LaunchRefusal(
                reason: "restored",
                message: "this data folder was restored from a backup, and sends nothing until you say that it may",
                help: "stop the original, look at `carillon status`, then: carillon restore --confirm")
        case .held(let holder):
            throw LaunchRefusal(
                reason: "locked", message: "\(holder.name) is sending from this data folder",
                help: "wait for it to end, or stop it with Ctrl-C or SIGTERM: it finishes what is on its way first")
        }
    }
}

/// The process that has the right to send from a data folder.
package struct RunnerHolder: Sendable, Equatable {
    /// Nil where it has not written its number down yet.
    package var process: Int32?
    package var takesCampaigns: Bool

    package init(process: Int32?, takesCampaigns: Bool) {
        self.process = process
        self.takesCampaigns = takesCampaigns
    }

    package var name: String { process.map { "process \($0)" } ?? "another process" }
}

package enum RunnerLockAttempt {
    /// Held for as long as the value lives.
    case acquired(any AnyObject)
    case held(RunnerHolder)
    /// The folder is a backup's, and the original may have sent since.
    case isCopy
}

/// The data folder's own secret. No log, error or dump shows it.
package struct DataKey: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package let bytes: [UInt8]

    package init(bytes: [UInt8]) {
        precondition(bytes.count == 32, "a data key has 32 bytes")
        self.bytes = bytes
    }

    package var description: String { "«redacted»" }
    package var debugDescription: String { "«redacted»" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
