import RuleEngine
import Runner
import Storage
import TestKit
import Testing

/// A project with sequences and rules, people, channels in memory and a clock that only moves when it is told to.
final class EngineFixture {
    static let start = Timestamp(microseconds: 1_790_000_000_000_000)

    let folder: TemporaryFolder
    let store: SQLiteStore
    let journeys: any JourneyStore
    let connection: Connection
    let email: FakeChannel
    let sms: FakeChannel
    let spare: FakeChannel?
    /// Channels that a test's programs declare themselves.
    let others: [String: FakeChannel]
    let clock = VirtualClock(EngineFixture.start)
    private let loader: ProgramLoader
    private let calls: (any CallMaking)?
    private(set) var engine: JourneyEngine
    private var events = 0

    struct Unusable: Error { let text: String }

    static let project = """
        project: test
        currency: EUR
        time_zone: Europe/Berlin
        public_url: https://t.example
        brands: {acme: {name: Acme, postal_address: "1 Road"}}
        defaults: {brand: acme, policy: plain}
        language_fallback: en
        files: ["*.yaml"]
        endpoints:
          crm:
            secret: crm-prod
            calls:
              cart_abandoned: {method: POST, path: /carts/abandoned}
        """

    /// What every test's programs can use.
    static let shared = """
        schema: people
        contact:
          email: optional email
          phone: optional phone
          plan: optional text
          visits: optional int
        events:
          signed_up: {source: optional text}
          visited: {page: text}
          bought: {order_id: {type: text, unique: true}, total: money}
          cart_updated: {cart_id: text}
        ---
        policy: plain
        purpose: marketing
        ---
        channel: mail
        kind: email
        provider: outbox
        folder: out
        from: Acme <a@acme.example>
        cost: {per_message: EUR 0.01}
        ---
        channel: text
        kind: sms
        provider: outbox
        folder: out
        from: Acme
        ---
        template: hello
        purpose: transactional
        email:
          en: {subject: "Hello", body: "Hello <<contact.id>>"}
        sms:
          en: "Hello <<contact.id>>"
        """

    /// Greets, waits for an order, and greets whoever ordered nothing once more.
    static let welcome = """
        rule: welcome
        purpose: transactional
        trigger: {event: signed_up}
        via: [mail]
        steps:
          - send: hello
          - wait_for: bought
            up_to: 3d
            then:
              - exit: customer
          - send: hello
        """

    /// A second account for text messages.
    private static var withSpare: String {
        shared.replacing("from: Acme\n---", with: "from: Acme\nfailover: [text-2]\n---")
            + "\n---\nchannel: text-2\nkind: sms\nprovider: outbox\nfolder: out\nfrom: Acme"
    }

    init(
        _ programs: String..., people: Int = 1, email: FakeChannel = FakeChannel(), sms: FakeChannel = FakeChannel(),
        spare: FakeChannel? = nil, isDurable: Bool = false, calls: (any CallMaking)? = nil,
        extra: [String] = []
    ) throws {
        others = Dictionary(uniqueKeysWithValues: extra.map { ($0, FakeChannel()) })
        self.spare = spare
        self.calls = calls
        folder = try TemporaryFolder()
        store = try SQLiteStore(folder: folder.path, isDurable: isDurable)
        journeys = try store.openJourneys()
        connection = try store.connect()
        self.email = email
        self.sms = sms
        loader = ProgramLoader(store: journeys, catalog: .standard())
        engine = try Self.engine(
            LivePrograms(), journeys, ["mail": email, "text": sms], store, clock: clock, calls: calls)
        try addPeople(1...people)
        _ = try store.openLedger().beginEpoch(now: now)
        try activate(programs.joined(separator: "\n---\n"))
    }

    /// A copy of one that nothing has happened in yet: its programs are compiled and its tables made.
    ///
    /// - Parameter original: rests, and is only read.
    init(copyOf original: EngineFixture, email: FakeChannel, sms: FakeChannel) throws {
        spare = nil
        calls = nil
        others = [:]
        folder = try TemporaryFolder(inMemory: true)
        for name in ["key", "carillon.db"] { try folder.copy(name, from: original.folder.path) }
        store = try SQLiteStore(folder: folder.path, isDurable: false)
        journeys = try store.openJourneys()
        connection = try store.connect()
        self.email = email
        self.sms = sms
        loader = ProgramLoader(store: journeys, catalog: .standard())
        _ = try store.openLedger().beginEpoch(now: clock.now)
        engine = try Self.engine(
            original.engine.programs, journeys, ["mail": email, "text": sms], store, clock: clock, calls: nil)
    }

    /// Everything is in the database's file, and may be copied.
    func rest() throws {
        try connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    }

    var now: Timestamp { clock.now }

    /// The project's, with the programs of one file.
    func files(_ programs: String) -> [SourceFile] {
        [
            ("carillon.yaml", Self.project), ("shared.yaml", spare == nil ? Self.shared : Self.withSpare),
            ("programs.yaml", programs),
        ].map {
            SourceFile(path: $0.0, bytes: Array($0.1.utf8))
        }
    }

    /// Makes the programs of one file live, and restarts the engine with them.
    @discardableResult
    func activate(
        _ programs: String, told: (ChangeMap) -> Void = { _ in }
    ) throws -> [ProgramActivation.Outcome] {
        let files = files(programs)
        let result = Compiler.compile(files, catalog: .standard())
        guard let project = result.project else {
            throw Unusable(text: DiagnosticRenderer(sources: result.sources).text(result.diagnostics))
        }
        try store.prepare(for: project.schema)
        let activation = ProgramActivation(store: journeys, environment: environment)
        let outcomes = try project.journeys.map {
            try activation.activate($0, in: project, files: files, source: programs, told: told)
        }
        try restart()
        return outcomes
    }

    /// As a new process would find everything, where what is live has not changed: it would compile the same again.
    func restartWithSamePrograms() throws {
        _ = try store.openLedger().beginEpoch(now: now)
        engine = try Self.engine(engine.programs, journeys, channels, store, clock: clock, calls: calls)
    }

    /// As a new process would find everything; what is in flight is forgotten.
    func restart() throws {
        _ = try store.openLedger().beginEpoch(now: now)
        let loader = ProgramLoader(store: journeys, catalog: .standard())
        let programs = try loader.load() ?? LivePrograms()
        #expect(loader.failures.isEmpty)
        engine = try Self.engine(programs, journeys, channels, store, clock: clock, calls: calls)
    }

    var environment: RunnerEnvironment { clock.environment }

    private var channels: [String: FakeChannel] {
        var channels = others.merging(["mail": email, "text": sms]) { $1 }
        channels["text-2"] = spare
        return channels
    }

    private static func engine(
        _ programs: LivePrograms, _ journeys: any JourneyStore, _ fakes: [String: FakeChannel],
        _ store: SQLiteStore, clock: VirtualClock, calls: (any CallMaking)?
    ) throws -> JourneyEngine {
        var channels: [String: OpenChannel] = [:]
        for version in programs.versions.values {
            for (id, channel) in fakes {
                guard let declaration = version.project.channels[id] else { continue }
                channels[id] = OpenChannel(declaration: declaration, channel: channel)
            }
        }
        return JourneyEngine(
            programs: programs, store: journeys, channels: channels, key: store.key,
            environment: clock.environment, calls: calls)
    }

    func addPeople(_ ids: ClosedRange<Int>) throws {
        try connection.transaction { () throws(StoreError) in
            for id in ids {
                try connection.execute(
                    """
                    INSERT INTO contact (id, external_id, language, country, time_zone, created_at, updated_at)
                    VALUES (\(id), 'c\(id)', 'en', 'DE', 'Europe/Berlin', 1, 1);
                    """)
                for (kind, address) in [("email", "c\(id)@example.com"), ("phone", "+4915100000\(100 + id)")] {
                    let statement = try connection.prepare(
                        "INSERT INTO identity (contact, kind, rank, address, address_key) VALUES (?, ?, 0, ?, ?)")
                    statement.bind(1, Int64(id))
                    statement.bind(2, kind)
                    statement.bind(3, address)
                    statement.bindBlob(4, store.key.addressKey(kind: kind, address: address))
                    try statement.run()
                }
            }
        }
    }

    // MARK: What happens

    /// Something happens to a person; without an id of its own it can't be a repetition.
    func happen(
        _ name: String, to contact: Int = 1, _ fields: [String: Value] = [:], ago seconds: Double = 0, id: String? = nil
    ) throws {
        events += 1
        let event = NewEvent(
            contact: ContactKey(rawValue: Int64(contact)), name: name, at: now.adding(seconds: -seconds),
            fields: fields,
            keys: [.id(id ?? "e\(events)")])
        _ = try store.openEvents().append([event], now: now)
    }

    /// Turns the engine until nothing is due.
    func settle() throws {
        for _ in 0..<10_000 {
            // A provider that stays silent is no reason to wait.
            if try !engine.turn() { return }
        }
        Issue.record("the engine doesn't come to rest")
    }

    /// Moves the clock from one thing that is due to the next.
    func pass(hours: Double) throws {
        let end = now.adding(seconds: hours * 3600)
        try settle()
        while let next = try engine.nextDue(), next <= end {
            clock.move(to: next)
            try settle()
        }
        clock.move(to: end)
        try settle()
    }

    func advance(seconds: Double) {
        clock.move(to: now.adding(seconds: seconds))
    }

    // MARK: What can be seen

    var sent: Int { email.order.count + sms.order.count }

    func text(_ sql: String) throws -> [String] {
        let statement = try connection.prepareOnce(sql)
        var rows: [String] = []
        while try statement.step() { rows.append(statement.string(0)) }
        return rows
    }

    var endings: [String] {
        get throws { try text("SELECT ifnull(ending, 'open') FROM run ORDER BY contact, program, occurrence") }
    }

    var decisions: [String] {
        get throws {
            try text(
                """
                WITH RECURSIVE entry (contact, program, occurrence, id) AS (
                    SELECT contact, program, occurrence, trace FROM run
                    UNION ALL
                    SELECT e.contact, e.program, e.occurrence, t.earlier FROM entry e JOIN trace t ON t.id = e.id
                )
                SELECT t.lines FROM entry e JOIN trace t ON t.id = e.id
                ORDER BY e.contact, e.program, e.occurrence, e.id
                """
            ).flatMap { lines in
                lines.split(separator: "\n").map { line in
                    line.split(separator: "\t", omittingEmptySubsequences: false).dropFirst(2).joined(separator: " ")
                }
            }
        }
    }
}

extension Value {
    static func words(_ text: String) -> Value { .text(Array(text.utf8)) }
}
