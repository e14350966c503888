import RuleEngine
import Runner
import Storage
import Testing

/// A data folder with contacts and one running launch, all of it planned.
final class LedgerFixture {
    static let start = Timestamp(microseconds: 1_790_000_000_000_000)

    let folder: TemporaryFolder
    let store: SQLiteStore
    let ledger: any Ledger
    let reader: any LedgerReader
    let connection: Connection
    let schema = ContactSchema(id: "test", declared: [])
    private(set) var launch: LaunchID
    var now = LedgerFixture.start

    init(contacts: Int, folder: TemporaryFolder? = nil, isPlanned: Bool = true) throws {
        self.folder = try folder ?? TemporaryFolder()
        store = try SQLiteStore(folder: self.folder.path)
        ledger = try store.openLedger()
        reader = try store.openReader()
        connection = try store.connect()
        launch = LaunchID(rawValue: 0)
        try addContacts(1...contacts)
        launch = try #require(try ledger.createLaunch(record(), after: nil)).id
        _ = try ledger.beginEpoch(now: now)
        if isPlanned {
            while try ledger.materialise(launch, audience(), step: 1, limit: 1_000, now: now) {}
        }
    }

    func record(program: String = "spring-sale") -> LaunchRecord {
        LaunchRecord(
            id: LaunchID(rawValue: 0), program: program, version: "abc", channelID: "email-main", channelKind: "email",
            purpose: .marketing, topic: "offers", brand: nil, currency: "EUR", state: .running,
            planCursor: ContactKey(rawValue: 0), isPlanned: false, createdAt: now, finishedAt: nil,
            source: "campaign: x"
        )
    }

    var query: RecipientQuery { query() }

    func query(slots: [Int] = [], purpose: Purpose = .marketing) -> RecipientQuery {
        RecipientQuery(channelKind: "email", purpose: purpose, topic: "offers", slots: slots, schema: schema)
    }

    func audience(slots: [Int] = []) -> AudienceQuery {
        AudienceQuery(
            audience: CheckedAudience(include: [], exclude: [], conditions: [], expect: nil),
            recipients: query(slots: slots), now: now
        )
    }

    func addContacts(_ ids: ClosedRange<Int>) throws {
        try connection.transaction { () throws(StoreError) in
            for id in ids {
                try connection.execute(
                    """
                    INSERT INTO contact (id, external_id, language, country, created_at, updated_at)
                    VALUES (\(id), 'c\(id)', 'de', 'DE', 1, 1);
                    INSERT INTO consent (contact, channel, purpose, level, given_at, source)
                    VALUES (\(id), 'email', 'marketing', 2, 1, 'form');
                    """
                )
                try setAddress("c\(id)@example.com", of: Int64(id))
            }
        }
    }

    func setAddress(_ address: String, of contact: Int64) throws(StoreError) {
        let statement = try connection.prepare(
            """
            INSERT INTO identity (contact, kind, rank, address, address_key) VALUES (?, 'email', 0, ?, ?)
            ON CONFLICT DO UPDATE SET address = excluded.address, address_key = excluded.address_key
            """
        )
        statement.bind(1, contact)
        statement.bind(2, address)
        statement.bindBlob(3, store.key.addressKey(kind: "email", address: address))
        try statement.run()
    }

    /// Changes permissions as another process would: with the epoch, in one transaction.
    func change(_ sql: String) throws(StoreError) {
        try connection.transaction { () throws(StoreError) in
            try connection.execute(sql)
            try connection.raiseSuppressionEpoch()
        }
    }

    func intent(_ contact: Int, attempt: Int32 = 1, epoch: Int64? = nil) throws -> SendIntent {
        SendIntent(
            contact: ContactKey(rawValue: Int64(contact)), attempt: attempt, address: "c\(contact)@example.com",
            bodyHash: [UInt8](repeating: 7, count: 32), costMicros: 100, deadline: now.adding(seconds: 60),
            gate: GateFacts(), suppressionEpoch: try epoch ?? connection.suppressionEpoch()
        )
    }

    @discardableResult
    func commit(_ wave: LedgerWave) throws -> WaveResult {
        try ledger.commit(wave, launch: launch, step: 1, query: query, now: now, gate: Self.gate)
    }

    @discardableResult
    func intend(_ contacts: Int..., attempt: Int32 = 1) throws -> WaveResult {
        var wave = LedgerWave()
        wave.intents = try contacts.map { try intent($0, attempt: attempt) }
        return try commit(wave)
    }

    @discardableResult
    func finish(_ contact: Int, attempt: Int32 = 1, _ result: OutcomeRecord.Result) throws -> WaveResult {
        var wave = LedgerWave()
        wave.outcomes = [OutcomeRecord(contact: ContactKey(rawValue: Int64(contact)), attempt: attempt, result: result)]
        return try commit(wave)
    }

    func intend(all contacts: ClosedRange<Int>) throws {
        var wave = LedgerWave()
        wave.intents = try contacts.map { try intent($0) }
        try commit(wave)
    }

    /// Under `id-` and the contact's number.
    func accept(all contacts: [Int]) throws {
        var wave = LedgerWave()
        wave.outcomes = contacts.map {
            OutcomeRecord(
                contact: ContactKey(rawValue: Int64($0)), attempt: 1, result: .accepted(providerID: "id-\($0)"))
        }
        try commit(wave)
    }

    func hold(_ contact: Int, until: Timestamp) throws {
        var wave = LedgerWave()
        wave.holds = [
            HoldRecord(
                contact: ContactKey(rawValue: Int64(contact)), until: until, reason: HoldReason.quietHours.rawValue)
        ]
        try commit(wave)
    }

    func skip(_ contact: Int, reason: String) throws {
        var wave = LedgerWave()
        wave.skips = [SkipRecord(contact: ContactKey(rawValue: Int64(contact)), reason: reason)]
        try commit(wave)
    }

    func row(_ contact: Int) throws -> DeliveryRecord {
        guard let row = try reader.delivery(of: launch, contact: ContactKey(rawValue: Int64(contact))) else {
            throw StoreError.unusable("contact \(contact) has no row")
        }
        return row
    }

    /// Puts a row into a state by the way that leads there.
    func lead(_ contact: Int, to state: DeliveryState) throws {
        switch state {
        case .planned: break
        case .deferred: try hold(contact, until: now)
        case .sending: try intend(contact)
        case .retryWait:
            try intend(contact)
            try finish(contact, .retry(reason: "greylisted", notBefore: now))
        case .uncertain:
            try intend(contact)
            try finish(contact, .uncertain(kind: "timeout"))
        case .accepted:
            try intend(contact)
            try finish(contact, .accepted(providerID: "id-\(contact)"))
        case .skipped: try skip(contact, reason: "no_consent")
        case .rejected:
            try intend(contact)
            try finish(contact, .rejected(code: "smtp_550_5.1.1", suppress: nil))
        case .failed:
            try intend(contact)
            try finish(contact, .failed(reason: "exhausted"))
        case .cancelled:
            try connection.execute("UPDATE delivery SET state = 14, reason = 'test' WHERE contact = \(contact)")
        case .expired:
            try connection.execute("UPDATE delivery SET state = 15, reason = 'test' WHERE contact = \(contact)")
        case .unknownFinal:
            try lead(contact, to: .uncertain)
            _ = try ledger.settle(launch, contact: ContactKey(rawValue: Int64(contact)), as: .giveUp, now: now)
        }
    }

    static func gate(_ facts: GateFacts) -> GateDecision {
        Gate.decide(facts, rules: GateRules(purpose: .marketing, minimumConsent: .softOptIn), now: start)
    }
}
