import Glibc
import RuleEngine
import Runner
import Storage
import Synchronization
import Testing

/// Revocations against intents, on two connections at once.
@Suite struct RaceTests {
    /// 10,000 contacts are revoked one way or another while waves of intents for them are committed. Each revocation
    /// notes, in its own transaction, whether the intent was there already. If it wasn't, the revocation came first,
    /// and the intent must never have been granted.
    @Test func `a revocation committed before the intent wins, in 10,000 races`() throws {
        let count = 10_000
        let fixture = try LedgerFixture(contacts: count)
        try fixture.connection.execute("CREATE TABLE race (contact INTEGER PRIMARY KEY, was_open INTEGER)")
        let start = Barrier(parties: 2)
        let store = fixture.store
        let launch = fixture.launch
        let progress = Atomic<Int>(0)
        let revoked = Atomic<Int>(0)
        let thread = Worker {
            let connection = try store.connect()
            start.arrive()
            // In the order of the waves and a little ahead or behind, so that the two meet all the time.
            var random: UInt64 = 42
            var contact = 1
            while contact <= count {
                // Of each five hundred, one hundred surely come after their intents, whatever the scheduler does.
                while contact / 100 % 5 == 2, progress.load(ordering: .relaxed) < contact { sched_yield() }
                random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                let batch = min(Int(random >> 60) + 1, count - contact + 1)
                try connection.transaction { () throws(StoreError) in
                    for offset in 0..<batch {
                        try Self.revoke(contact + offset, launch: launch, store.key, connection)
                    }
                    try connection.raiseSuppressionEpoch()
                }
                contact += batch
                revoked.store(contact - 1, ordering: .relaxed)
                while contact > progress.load(ordering: .relaxed) + 300, contact <= count { sched_yield() }
            }
        }
        start.arrive()
        var granted: Set<Int64> = []
        var page = RecipientPage(slotCount: fixture.schema.fields.count)
        var after: ContactKey?
        while true {
            try fixture.reader.plannedPage(
                of: launch, fixture.query, after: after, limit: 100, into: &page
            )
            guard let last = page.rows.last else { break }
            after = last.contact
            // And some surely before.
            let first = Int(page.rows[0].contact.rawValue)
            while first / 100 % 5 == 0, revoked.load(ordering: .relaxed) < min(first + 20, count) { sched_yield() }
            var wave = LedgerWave()
            for row in page.rows {
                if let reason = LedgerFixture.gate(row.gate).skipReason {
                    wave.skips.append(SkipRecord(contact: row.contact, reason: reason.rawValue))
                } else {
                    wave.intents.append(try fixture.intent(Int(row.contact.rawValue), epoch: page.suppressionEpoch))
                }
            }
            let result = try fixture.commit(wave)
            for index in result.granted { granted.insert(wave.intents[index].contact.rawValue) }
            progress.store(Int(last.contact.rawValue), ordering: .relaxed)
        }
        progress.store(count, ordering: .relaxed)
        try thread.join()

        let races = try fixture.connection.prepare("SELECT contact, was_open FROM race")
        var revokedFirst = 0
        while try races.step() {
            guard races.integer(1) == 1 else { continue }
            revokedFirst += 1
            #expect(!granted.contains(races.integer(0)), "contact \(races.integer(0)) was revoked before its intent")
        }
        #expect(try fixture.connection.integer("SELECT count(*) FROM race") == Int64(count))
        let counts = try fixture.reader.counts(of: launch)
        #expect(counts[.sending] == granted.count)
        #expect(counts[.skipped] == revokedFirst)
        #expect(counts.audience == count)
        // Both orders happened, or nothing raced.
        #expect(revokedFirst > 0 && !granted.isEmpty)
    }

    /// Five ways to say no.
    private static func revoke(
        _ contact: Int, launch: LaunchID, _ key: DataKey, _ connection: Connection
    ) throws(StoreError) {
        switch contact % 5 {
        case 0: try connection.execute("UPDATE consent SET revoked_at = 5 WHERE contact = \(contact)")
        case 1: try connection.execute("UPDATE contact SET do_not_contact = 1 WHERE id = \(contact)")
        case 2: try connection.execute("INSERT INTO permission VALUES (\(contact), 'email', 0)")
        case 3: try connection.execute("INSERT INTO topic_optout VALUES (\(contact), 'email', 'offers', 5)")
        default:
            let insert = try connection.prepare(
                "INSERT INTO suppression (address_key, channel, reason, at) VALUES (?, 'email', 2, 5)"
            )
            insert.bindBlob(1, key.addressKey(kind: "email", address: "c\(contact)@example.com"))
            try insert.run()
        }
        try connection.execute(
            """
            INSERT INTO race SELECT contact, state = 0 FROM delivery
            WHERE tenant = 1 AND launch = \(launch.rawValue) AND contact = \(contact)
            """
        )
    }
}

/// A thread of its own whose error comes back at `join`.
final class Worker: Sendable {
    private struct Ending { var isDone = false; var error: (any Error)? }
    private let ending = Mutex(Ending())
    private let finished = Barrier(parties: 2)

    init(_ body: @escaping @Sendable () throws -> Void) {
        let box = Unmanaged.passRetained(
            Body {
                do { try body() } catch { self.ending.withLock { $0.error = error } }
                self.finished.arrive()
            }
        )
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { raw in
                Unmanaged<Body>.fromOpaque(raw!).takeRetainedValue().run()
                return nil
            }, box.toOpaque())
        pthread_detach(thread)
    }

    func join() throws {
        finished.arrive()
        if let error = ending.withLock({ $0.error }) { throw error }
    }

    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }
}

/// Lets its parties pass when all have come.
final class Barrier: @unchecked Sendable {
    // A pthread barrier is made to be shared; it is only touched through its own calls.
    private let barrier = UnsafeMutablePointer<pthread_barrier_t>.allocate(capacity: 1)

    init(parties: UInt32) {
        pthread_barrier_init(barrier, nil, parties)
    }

    deinit {
        pthread_barrier_destroy(barrier)
        barrier.deallocate()
    }

    func arrive() {
        pthread_barrier_wait(barrier)
    }
}
