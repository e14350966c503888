/// Where a project's data lies. Opens connections; each belongs to the thread that uses it.
package protocol Store: Sendable {
    /// 32 random bytes, made once per data folder: seals references and hides addresses in the suppression list.
    var key: DataKey { get }

    func openLedger() throws(StoreError) -> any Ledger
    func openReader() throws(StoreError) -> any LedgerReader
    func openContacts() throws(StoreError) -> any ContactDirectory
    func openEvents() throws(StoreError) -> any EventStore
    func openConsents() throws(StoreError) -> any ConsentStore

    /// Only one runner may work on a data folder. The lock ends with the process, however it ends, so holding it
    /// proves that every earlier sender is gone.
    func lockRunner() throws(StoreError) -> RunnerLockAttempt

    /// Whether a runner works on the data folder now. Only looks: it keeps no runner from starting.
    func hasRunner() throws(StoreError) -> Bool
}

package enum RunnerLockAttempt {
    /// Held for as long as the value lives.
    case acquired(any AnyObject)
    /// Nil where the holder has not written its number down yet.
    case heldByProcess(Int32?)
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
