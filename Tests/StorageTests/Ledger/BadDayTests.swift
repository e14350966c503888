import Glibc
import RuleEngine
import Runner
import Storage
import Testing

/// Crashes, locks and full disks.
@Suite struct BadDayTests {
    @Test func `rows that were being sent when the process died become uncertain`() throws {
        let folder = try TemporaryFolder()
        let launch: LaunchID
        do {
            let fixture = try LedgerFixture(contacts: 10, folder: folder)
            launch = fixture.launch
            try fixture.intend(1, 2, 3, 4)
            try fixture.finish(1, .accepted(providerID: "x"))
            // The process ends here: nothing is finished or closed in order.
        }
        let store = try SQLiteStore(folder: folder.path)
        let ledger = try store.openLedger()
        #expect(try ledger.beginEpoch(now: LedgerFixture.start) == 3)
        let counts = try store.openReader().counts(of: launch)
        #expect(counts.byState == [.accepted: 1, .uncertain: 3, .planned: 6])
        #expect(counts.reservedMicros == 300 && counts.costMicros == 100)
        #expect(try store.openReader().delivery(of: launch, contact: ContactKey(rawValue: 2))?.reason == "crash")
        // A second crash before anything was sent finds nothing to recover.
        #expect(try store.openLedger().beginEpoch(now: LedgerFixture.start) == 0)
    }

    @Test func `recovery finds the rows of every launch, in batches`() throws {
        let fixture = try LedgerFixture(contacts: 12_000)
        let other = try #require(try fixture.ledger.createLaunch(fixture.record(program: "other"), after: nil)).id
        while try fixture.ledger.materialise(other, fixture.audience(), step: 1, limit: 5_000, now: fixture.now) {}
        var wave = LedgerWave()
        wave.intents = try (1...12_000).map { try fixture.intent($0, epoch: 0) }
        #expect(try fixture.commit(wave).granted.count == 12_000)
        wave.intents = [try fixture.intent(7)]
        _ = try fixture.ledger.commit(
            wave, launch: other, step: 1, query: fixture.query, now: fixture.now, gate: LedgerFixture.gate
        )
        #expect(try fixture.store.openLedger().beginEpoch(now: fixture.now) == 12_001)
        #expect(try fixture.reader.counts(of: other).byState == [.uncertain: 1, .planned: 11_999])
        #expect(try fixture.reader.verify(fixture.launch, now: fixture.now) == [])
    }

    @Test func `a lock that is held too long makes the store busy, and nothing is written`() throws {
        let fixture = try LedgerFixture(contacts: 3)
        var options = Connection.Options()
        options.busyTimeoutMilliseconds = 20
        let ledger = try SQLiteLedger(connection: try fixture.store.connect(options), key: fixture.store.key)
        _ = try ledger.beginEpoch(now: fixture.now)
        let other = try fixture.store.connect()
        try other.execute("BEGIN IMMEDIATE")
        var wave = LedgerWave()
        wave.intents = [try fixture.intent(1)]
        #expect(throws: StoreError.busy) {
            try ledger.commit(
                wave, launch: fixture.launch, step: 1, query: fixture.query, now: fixture.now, gate: LedgerFixture.gate
            )
        }
        #expect(try fixture.row(1).state == .planned)
        try other.execute("COMMIT")
        let result = try ledger.commit(
            wave, launch: fixture.launch, step: 1, query: fixture.query, now: fixture.now, gate: LedgerFixture.gate
        )
        #expect(result.granted == [0])
        #expect(try fixture.row(1).state == .sending)
    }

    @Test func `a reader is not stopped by a writer`() throws {
        let fixture = try LedgerFixture(contacts: 3)
        try fixture.connection.execute("BEGIN IMMEDIATE")
        #expect(try fixture.reader.counts(of: fixture.launch).audience == 3)
        try fixture.connection.execute("ROLLBACK")
    }

    @Test(.enabled(if: SmallDisk.isPossible, "mounting a small file system needs root"))
    func `a full disk fails the wave, grants nothing and leaves the database whole`() throws {
        let disk = try SmallDisk(mebibytes: 8)
        let fixture = try LedgerFixture(contacts: 2_000, folder: disk.folder)
        try fixture.intend(1, 2, 3)
        disk.fill()
        var granted = 3
        var failure: StoreError?
        // A wave may still fit into what the log has left.
        for first in stride(from: 4, to: 1_900, by: 100) {
            var wave = LedgerWave()
            wave.intents = try (first..<first + 100).map { try fixture.intent($0) }
            do {
                granted += try fixture.commit(wave).granted.count
            } catch let error as StoreError {
                failure = error
                break
            }
        }
        guard case .failed = failure else {
            Issue.record("the disk was full, but the wave ended with \(String(describing: failure))")
            return
        }
        // The same connection must not write again, even when there is space.
        disk.empty()
        #expect(throws: StoreError.self) { try fixture.intend(1_999) }
        let store = try SQLiteStore(folder: disk.folder.path)
        let ledger = try store.openLedger()
        let counts = try store.openReader().counts(of: fixture.launch)
        #expect(counts[.sending] == granted)
        #expect(counts.audience == 2_000)
        #expect(try store.connect().text("PRAGMA integrity_check") == "ok")
        #expect(try ledger.beginEpoch(now: fixture.now) == granted)
    }
}

/// A file system of a few megabytes, in memory.
final class SmallDisk {
    let folder: TemporaryFolder

    static var isPossible: Bool {
        guard let disk = try? SmallDisk(mebibytes: 1) else { return false }
        withExtendedLifetime(disk) {}
        return true
    }

    init(mebibytes: Int) throws {
        folder = try TemporaryFolder()
        guard mount("tmpfs", folder.path, "tmpfs", 0, "size=\(mebibytes)m") == 0 else {
            throw StoreError.failed("mount: \(errno)")
        }
    }

    deinit {
        umount2(folder.path, Int32(MNT_DETACH))
    }

    func fill() {
        guard let file = fopen(folder.path + "/filler", "w") else { return }
        defer { fclose(file) }
        let block = [UInt8](repeating: 1, count: 4_096)
        while fwrite(block, 1, block.count, file) == block.count, fflush(file) == 0 {}
    }

    func empty() {
        unlink(folder.path + "/filler")
    }
}
