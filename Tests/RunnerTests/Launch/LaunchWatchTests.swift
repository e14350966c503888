import RuleEngine
import Synchronization
import TestKit
import Testing

@testable import Runner

@Suite("The watch over a launch")
struct LaunchWatchTests {
    /// A store whose first readers can't be opened, as where the disk is full or another process checkpoints.
    private struct LateReaders: Store {
        let store: MemoryStore
        let refusals: Refusals

        final class Refusals: Sendable {
            let left: Mutex<Int>
            init(_ count: Int) { left = Mutex(count) }
        }

        var key: DataKey { store.key }
        func openLedger() throws(StoreError) -> any Ledger { try store.openLedger() }
        func openContacts() throws(StoreError) -> any ContactDirectory { try store.openContacts() }
        func openEvents() throws(StoreError) -> any EventStore { try store.openEvents() }
        func openApprovals() throws(StoreError) -> any ApprovalStore { try store.openApprovals() }
        func openConsents() throws(StoreError) -> any ConsentStore { try store.openConsents() }
        func lockRunner(takesCampaigns: Bool) throws(StoreError) -> RunnerLockAttempt {
            try store.lockRunner(takesCampaigns: takesCampaigns)
        }
        func runner() throws(StoreError) -> RunnerHolder? { store.runner() }

        func openReader() throws(StoreError) -> any LedgerReader {
            let isRefused = refusals.left.withLock { left in
                defer { left -= 1 }
                return left > 0
            }
            if isRefused { throw .busy }
            return try store.openReader()
        }
    }

    @Test func `a kill is seen although the store could not be read at first`() throws {
        let memory = MemoryStore(reachable: 1)
        let program = TestProgram.make()
        let ledger = try memory.openLedger()
        let record = LaunchRecord(
            id: LaunchID(rawValue: 0), program: "news", version: program.version, channelID: "mail",
            channelKind: "email", purpose: .marketing, topic: nil, brand: nil, currency: "EUR", state: .running,
            planCursor: ContactKey(rawValue: 0), isPlanned: true, createdAt: Timestamp(microseconds: 0),
            finishedAt: nil, source: "")
        let launch = try #require(try ledger.createLaunch(record, after: nil))
        try ledger.setState(.killed, of: launch.id, now: Timestamp(microseconds: 1))
        let store = LateReaders(store: memory, refusals: LateReaders.Refusals(3))
        let desk = Monitor(LaunchDesk())
        let watch = LaunchWatch(program: program, launch: launch.id, store: store, desk: desk, environment: .live)
        // On this thread: it returns when it has seen the kill.
        watch.run()
        #expect(desk.withState { $0.order } == .killed)
        #expect(store.refusals.left.withLock { $0 } < 0)
    }
}
