import Channels
import RuleEngine
import Runner
import Storage
import TestKit
import Testing

/// A data folder with people, campaigns from their files, and channels in memory; time moves only where a test says so.
final class CampaignDay {
    /// 2027-03-17 12:00 UTC.
    static let start = Timestamp(microseconds: 1_805_284_800_000_000)

    private static let project = """
        project: test
        language: 1
        time_zone: Europe/Berlin
        currency: EUR
        public_url: https://acme.example
        language_fallback: en
        files: [all/**]
        brands:
          acme: {name: Acme, postal_address: "Acme, 1 Main Street"}
        ---
        schema: test
        contact:
          first_name: optional text
          time_zone: optional text
          preferred_channel: optional channel
        events:
          order_placed: {total: money}
        ---
        policy: marketing
        purpose: marketing
        packs: [eu.eprivacy]
        consent: {email: express, sms: express}
        POLICY
        ---
        channel: mail
        kind: email
        provider: outbox
        folder: out
        from: Acme <news@acme.example>
        cost: {per_message: EUR 0.01}
        MAIL
        ---
        channel: texts
        kind: sms
        provider: outbox
        folder: out
        cost: {per_message: EUR 0.10}
        ---
        template: hello
        purpose: marketing
        topic: news
        email:
          en:
            subject: Hello
            body: |
              Hello <<contact.first_name | default: "there">>, <<link "https://acme.example/a" as "a">>
              <<sender.postal_address>> <<unsubscribe.link>>
        sms:
          en: 'Acme: hello <<link "https://acme.example/a" as "a">> <<unsubscribe.link>>'
        ---
        template: urgent
        purpose: marketing
        topic: news
        email:
          en:
            subject: Now
            body: |
              Now <<link "https://acme.example/a" as "a">> <<sender.postal_address>> <<unsubscribe.link>>
        ---
        ROUTES
        campaign: news
        purpose: marketing
        topic: news
        lawful_basis: consent
        policy: marketing

        """

    let folder: DataFolder
    let store: SQLiteStore
    let connection: Connection
    let clock: VirtualClock
    var channels: [FakeChannel]
    private(set) var program: CampaignProgram
    private(set) var sources = SourceMap()

    /// - Parameter campaign: the campaign's keys, beside purpose, topic, basis and policy.
    init(
        _ campaign: String, people: Int, mail: String = "", routes: String = "", policy: String = "",
        channels: [FakeChannel],
        start: Timestamp = CampaignDay.start
    ) throws {
        folder = try DataFolder()
        store = try SQLiteStore(folder: folder.path)
        connection = try store.connect()
        clock = VirtualClock(start)
        self.channels = channels
        program = try Self.compile(campaign, mail: mail, routes: routes, policy: policy).program
        sources = try Self.compile(campaign, mail: mail, routes: routes, policy: policy).sources
        try add(people)
    }

    /// People whom nothing keeps from being reached, by mail and by text.
    func add(_ people: Int) throws {
        let contacts = connection
        let key = store.key
        try contacts.transaction { () throws(StoreError) in
            for number in stride(from: 1, through: people, by: 1) {
                try contacts.execute(
                    "INSERT INTO contact (id, external_id, language, country, created_at, updated_at)"
                        + " VALUES (\(number), 'c\(number)', 'en', 'DE', 0, 0)")
                for (kind, channel, address) in [
                    ("email", "email", "user\(number)@example.com"), ("phone", "sms", "+49151\(10_000_000 + number)"),
                ] {
                    let identity = try contacts.prepare(
                        "INSERT INTO identity (contact, kind, address, address_key) VALUES (?, ?, ?, ?)")
                    identity.bind(1, Int64(number))
                    identity.bind(2, kind)
                    identity.bind(3, address)
                    identity.bindBlob(4, key.addressKey(kind: kind, address: address))
                    try identity.run()
                    try contacts.execute(
                        "INSERT INTO consent (contact, channel, purpose, level, given_at, source)"
                            + " VALUES (\(number), '\(channel)', 'marketing', \(ConsentLevel.express.rawValue), 1, 'f')"
                    )
                }
            }
        }
    }

    static func compile(
        _ campaign: String, mail: String = "", routes: String = "", policy: String = ""
    ) throws -> (program: CampaignProgram, sources: SourceMap) {
        var text = ""
        for line in project.split(separator: "\n", omittingEmptySubsequences: false) {
            switch line {
            case "MAIL": text += mail.isEmpty ? "" : mail + "\n"
            case "POLICY": text += policy.isEmpty ? "" : policy + "\n"
            case "ROUTES": text += routes.isEmpty ? "" : routes + "\n---\n"
            default: text += line + "\n"
            }
        }
        let result = Compiler.compile(
            [SourceFile(path: "carillon.yaml", bytes: Array((text + campaign + "\n").utf8))], catalog: .standard())
        #expect(result.diagnostics.filter { $0.severity == .error }.isEmpty, "\(result.diagnostics)")
        let zone = TimeZoneLoader.rules(for: "Europe/Berlin") ?? .utc
        let project = try #require(result.project)
        let program = CampaignProgram(id: "news", in: project, sources: result.sources, zone: zone)
        return (try #require(program), result.sources)
    }

    func change(_ campaign: String, policy: String = "") throws {
        (program, sources) = try Self.compile(campaign, policy: policy)
    }

    func text(_ sql: String) throws -> [String] {
        let statement = try connection.prepareOnce(sql)
        var rows: [String] = []
        while try statement.step() { rows.append(statement.string(0)) }
        return rows
    }

    func launcher(_ change: (inout Launcher.Options) -> Void = { _ in }) -> Launcher {
        var options = Launcher.Options()
        options.retry = RetryPolicy(delays: [0, 0, 0], unreachableAfter: 60)
        options.returnsWhenIdle = true
        change(&options)
        return Launcher(
            program: program, store: store, channels: channels, environment: clock.datedEnvironment, options: options)
    }

    /// What can be done at this moment.
    @discardableResult
    func run(stop: StopSignal = StopSignal()) throws -> LaunchResult {
        try launcher().run(stop: stop, progress: { _ in })
    }

    /// Moves the clock from due time to due time until the launch ends, or the hour is reached.
    @discardableResult
    func runOn(hours: Double = 24 * 30) throws -> LaunchResult {
        let end = clock.now.adding(seconds: hours * 3600)
        while true {
            let result = try run()
            guard result.ending == .waiting, let due = result.dueAt, due <= end else { return result }
            clock.move(to: due)
        }
    }

    func launch() throws -> LaunchRecord {
        try #require(try store.openReader().launches().last { $0.state != .scheduled })
    }

    func rows() throws -> [DeliveryRecord] {
        var rows: [DeliveryRecord] = []
        try store.openReader().forEachDelivery(of: try launch().id, state: nil) { record in
            rows.append(record)
            return true
        }
        return rows
    }

    /// Rows that break an invariant, in words.
    func faults() throws -> [String] {
        try store.openReader().verify(try launch().id, now: clock.now)
    }

    /// What a provider tells of messages.
    func tell(_ numbers: some Sequence<Int>, rank: Int, flags: Int = 0, clicked: Bool = false) throws {
        let launch = try launch().id.rawValue
        for number in numbers {
            try connection.execute(
                """
                INSERT INTO delivery_status (
                    tenant, launch, contact, step, occurrence, rank, flags, delivered_at, clicked_at, last_at)
                SELECT 1, launch, contact, step, occurrence, \(rank), \(flags),
                    \(rank >= 30 && rank < 35 ? "accepted_at" : "NULL"), \(clicked ? "accepted_at + contact" : "NULL"), 1
                FROM delivery WHERE tenant = 1 AND launch = \(launch) AND contact = \(number) AND superseded = 0
                ON CONFLICT DO UPDATE SET rank = excluded.rank, flags = excluded.flags,
                    clicked_at = ifnull(excluded.clicked_at, clicked_at)
                """
            )
        }
    }
}
