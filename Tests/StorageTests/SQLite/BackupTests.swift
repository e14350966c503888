import Channels
import Glibc
import RuleEngine
import Runner
import Storage
import Synchronization
import Testing

/// Copies of data folders that are in use, and what becomes of them.
@Suite struct BackupTests {
    @Test func `a copy is of one instant, however much is written meanwhile`() throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore(folder: folder.path)
        let connection = try store.connect()
        try connection.execute("CREATE TABLE one (x INTEGER); CREATE TABLE two (x INTEGER); CREATE TABLE fill (x BLOB)")
        // Large enough that it takes several steps.
        try connection.execute(
            """
            INSERT INTO fill WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400)
            SELECT randomblob(100000) FROM n
            """)
        let target = try TemporaryFolder()
        var steps = 0
        let version = try store.backUp(to: target.path, now: Timestamp(microseconds: 5)) { _ in
            // Between two steps, as another process would.
            steps += 1
            try? connection.execute("BEGIN IMMEDIATE; INSERT INTO one VALUES (1); INSERT INTO two VALUES (1); COMMIT")
        }
        #expect(steps > 2 && version == Migrations.all.last?.version)
        let copy = try Connection(path: target.path + "/carillon.db")
        #expect(try copy.integer("SELECT count(*) FROM fill") == 400)
        // All of it was written behind the instant that the copy is of.
        #expect(try copy.integer("SELECT count(*) FROM one") == 0)
        #expect(try copy.integer("SELECT count(*) FROM two") == 0)
        #expect(try connection.integer("SELECT count(*) FROM one") == Int64(steps))
        #expect(try connection.meta("backup_at") == 5)
        #expect(try copy.text("PRAGMA integrity_check") == "ok")
    }

    @Test func `a restored copy gets no right to send, and what was on its way becomes uncertain`() throws {
        let fixture = try LedgerFixture(contacts: 20)
        try fixture.connection.execute(
            """
            UPDATE delivery SET state = 2, attempts = 1, epoch = 1, started_at = 1, deadline = 2, body_hash = x'00'
                WHERE contact <= 7;
            UPDATE launch SET epoch = 1
            """)
        let (backup, other) = (try TemporaryFolder(), try TemporaryFolder())
        _ = try fixture.store.backUp(to: backup.path, now: fixture.now)
        #expect(throws: StoreError.self) { try fixture.store.backUp(to: backup.path, now: fixture.now) }
        try SQLiteStore.restore(from: backup.path, to: other.path)
        let copy = try SQLiteStore(folder: other.path)
        #expect(try copy.isCopy() && !fixture.store.isCopy())
        guard case .isCopy = try copy.lockRunner(takesCampaigns: true) else {
            Issue.record("a copy may send")
            return
        }
        #expect(copy.key.bytes == fixture.store.key.bytes)
        // Nothing has been touched so far.
        #expect(try copy.connect().integer("SELECT count(*) FROM delivery WHERE state = 2") == 7)
        #expect(try copy.takeOver(now: fixture.now) == 7)
        #expect(try copy.connect().integer("SELECT count(*) FROM delivery WHERE state = 4") == 7)
        #expect(try copy.connect().integer("SELECT count(*) FROM delivery WHERE state = 0") == 13)
        guard case .acquired = try copy.lockRunner(takesCampaigns: true) else {
            Issue.record("a copy that was confirmed may not send")
            return
        }
        #expect(try copy.takeOver(now: fixture.now) == nil)
        // The original is still one, and its rows are as they were.
        #expect(try !fixture.store.isCopy())
        #expect(try fixture.connection.integer("SELECT count(*) FROM delivery WHERE state = 2") == 7)
    }

    @Test func `a backup that is put back into its own folder is a copy as well`() throws {
        let (backup, folder) = (try TemporaryFolder(), try TemporaryFolder())
        let now = Timestamp(microseconds: 1_800_000_000_000_000)
        _ = try SQLiteStore(folder: folder.path).backUp(to: backup.path, now: now)
        // What somebody does whose database is damaged: the key and the rest stay where they are.
        for name in ["carillon.db", "carillon.db-wal", "carillon.db-shm"] { unlink(folder.path + "/" + name) }
        try SQLiteStore.restore(from: backup.path, to: folder.path)
        let copy = try SQLiteStore(folder: folder.path)
        #expect(try copy.isCopy())
        guard case .isCopy = try copy.lockRunner(takesCampaigns: true) else {
            Issue.record("a copy may send")
            return
        }
        #expect(try copy.takeOver(now: now) == 0)
        #expect(try !copy.isCopy())
    }

    @Test func `a restored copy sends no webhooks, until somebody says that it is the one`() throws {
        let fixture = try LedgerFixture(contacts: 1)
        let now = fixture.now
        try fixture.store.openHooks().put(
            HookEndpoint(id: "h", url: "https://hooks.example/", types: [], createdAt: now, cursor: ChangeCursor()))
        try fixture.store.openAudit().append(
            AuditEntry(at: now, actor: "operator", action: "killProgram", object: "program:hello", request: ""))
        let (backup, other) = (try TemporaryFolder(), try TemporaryFolder())
        _ = try fixture.store.backUp(to: backup.path, now: now)
        try SQLiteStore.restore(from: backup.path, to: other.path)
        let copy = try SQLiteStore(folder: other.path)
        let calls = Mutex(0)
        let desk = HookDesk(
            key: copy.key, environment: RunnerEnvironment(now: { now }, monotonic: { 0 }, random: { 0.5 }),
            send: { _ in
                calls.withLock { $0 += 1 }
                return .answered(EgressAnswer(status: 204))
            })
        #expect(try desk.work(copy.openHooks(), copy.openChanges()) == 0)
        // Nothing was put on its way either.
        #expect(try copy.openHooks().waiting(of: "h") == 0 && calls.withLock { $0 } == 0)
        _ = try copy.takeOver(now: now)
        #expect(try desk.work(copy.openHooks(), copy.openChanges()) == 1)
        #expect(try desk.work(fixture.store.openHooks(), fixture.store.openChanges()) == 1)
        #expect(calls.withLock { $0 } == 2)
    }

    @Test func `a database without its file beside it is a copy, and an older one is given its name`() throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore(folder: folder.path)
        #expect(try !store.isCopy())
        unlink(folder.path + "/instance")
        #expect(try SQLiteStore(folder: folder.path).isCopy())
        try store.connect().execute("DELETE FROM meta WHERE key = 'instance'")
        #expect(try !SQLiteStore(folder: folder.path).isCopy())
    }

    @Test func `what a backup lists is compared byte by byte`() throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore(folder: folder.path)
        let target = try TemporaryFolder()
        let schema = try store.backUp(to: target.path, now: Timestamp(microseconds: 1_800_000_000_000_000))
        let files = [SourceFile(path: "carillon.yaml", bytes: Array("a: 1\n".utf8))]
        let made = try BackupFolder.seal(
            target.path, madeAt: Timestamp(microseconds: 1_800_000_000_000_000), program: "1", schema: schema,
            project: files)
        let read = try BackupFolder.read(target.path)
        #expect(read.contents == made.contents && read.madeAt == made.madeAt && read.schema == schema)
        #expect(read.changes(to: files).isEmpty)
        let later = [
            SourceFile(path: "carillon.yaml", bytes: Array("a: 2\n".utf8)), SourceFile(path: "b.yaml", bytes: []),
        ]
        #expect(read.changes(to: later) == ["b.yaml", "carillon.yaml"])
        let key = open(target.path + "/key", O_WRONLY)
        #expect(pwrite(key, [1], 1, 3) == 1)
        close(key)
        #expect(throws: BackupFolder.Fault.self) { try BackupFolder.read(target.path) }
    }

    @Test func `a look at the data finds what is late, stuck, in doubt and unread`() throws {
        let fixture = try LedgerFixture(contacts: 6)
        let now = fixture.now.adding(seconds: 10_000)
        let start = fixture.now.microseconds
        try fixture.connection.execute(
            """
            UPDATE delivery SET state = 2, deadline = \(start) WHERE contact = 1;
            UPDATE delivery SET state = 4 WHERE contact = 2;
            UPDATE delivery SET state = 3, not_before = \(start + 1_000_000) WHERE contact = 3;
            UPDATE launch SET epoch = 1;
            INSERT INTO cause (contact, kind, name, at, fields) VALUES (4, 0, 'bought', \(start + 2_000_000), x'');
            INSERT INTO account_trouble VALUES ('sms-main', 1, \(now.microseconds + 1), 10, '503');
            INSERT INTO webhook (channel, channel_kind, provider, received_at, fingerprint, method, url, content_type,
                message_id, body) VALUES ('a', 'sms', 'twilio', \(start), x'01', 'POST', '', '', '', x'')
            """)
        let facts = try StoreHealth(folder: fixture.folder.path).facts(.deep, now: now)
        #expect(facts.faults == [] && facts.hasItsKey && !facts.isCopy && facts.backedUpAt == nil)
        #expect(facts.version == facts.newestVersion && facts.live == 1)
        #expect(facts.stuck == 1 && facts.uncertain == 1)
        #expect(facts.dueRetries == .init(count: 1, oldest: fixture.now.adding(seconds: 1)))
        #expect(facts.causes == .init(count: 1, oldest: fixture.now.adding(seconds: 2)))
        #expect(facts.unreadWebhooks == .init(count: 1, oldest: fixture.now))
        #expect(facts.oldestDue == fixture.now.adding(seconds: 1))
        #expect(facts.down == ["sms-main"])
        #expect(facts.databaseBytes > 0 && facts.diskBytes > facts.freeBytes)
    }
}
