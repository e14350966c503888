import Channels
import RuleEngine
import Runner
import Storage
import TestKit
import Testing

/// What policies and channels promise, carried out by the engine: who goes first below a cap, how much an account sends
/// in a day, which link was followed.
struct EnginePromisesTests {
    private static let policy = """
        policy: capped
        purpose: marketing
        caps: [{at_most: 1 per 1d, of: any}]
        when_capped: wait
        plan_ahead: 24h
        pick_by: priority
        ---
        template: pitch
        purpose: marketing
        topic: news
        email:
          en:
            subject: "News"
            body: |
              <<link "https://t.example/invite" as "invite">> <<link "https://t.example/other" as "other">>
              <<sender.postal_address>> <<unsubscribe.link>>
        """

    private static func rule(_ name: String, priority: Int) -> String {
        """
        rule: \(name)
        purpose: marketing
        topic: news
        lawful_basis: consent
        policy: capped
        priority: \(priority)
        trigger: {event: signed_up}
        via: [mail]
        steps:
          - send: pitch
        """
    }

    private static func consent(_ fixture: EngineFixture) throws {
        try fixture.connection.execute(
            """
            INSERT INTO consent (contact, channel, purpose, level, given_at, source)
            SELECT id, 'email', 'marketing', 2, 1, 'form' FROM contact
            """)
    }

    private static func order(_ fixture: EngineFixture) throws -> [String] {
        try fixture.text(
            """
            SELECT l.program FROM delivery d JOIN launch l ON l.id = d.launch WHERE d.accepted_at IS NOT NULL
            ORDER BY d.accepted_at, d.contact
            """)
    }

    @Test(arguments: [("low", "high"), ("high", "low")])
    func `below a cap the message of higher priority goes first, whatever the order of the files`(
        first: String, second: String
    ) throws {
        let priority = ["low": 1, "high": 10]
        let fixture = try EngineFixture(
            Self.policy, Self.rule(first, priority: priority[first] ?? 0),
            Self.rule(second, priority: priority[second] ?? 0))
        try Self.consent(fixture)
        try fixture.happen("signed_up")
        try fixture.settle()
        #expect(try Self.order(fixture) == ["high"])
        let held = try fixture.text("SELECT reason FROM delivery WHERE accepted_at IS NULL")
        #expect(held == ["outranked"] || held == ["cap_tenant"])
        try fixture.pass(hours: 25)
        #expect(try Self.order(fixture) == ["high", "low"])
    }

    @Test func `who is outranked goes at once when the other falls away`() throws {
        let fixture = try EngineFixture(
            Self.policy, Self.rule("low", priority: 1), Self.rule("high", priority: 10))
        try Self.consent(fixture)
        // The one of higher priority rests: it takes nobody's place.
        _ = try ProgramActivation(store: fixture.journeys, environment: fixture.environment).set(.paused, of: "high")
        try fixture.restart()
        try fixture.happen("signed_up")
        try fixture.settle()
        #expect(try Self.order(fixture) == ["low"])
    }

    @Test func `an account sends so many people a day, and the rest on the next`() throws {
        let fixture = try EngineFixture(
            """
            channel: slow
            kind: email
            provider: outbox
            folder: out
            from: Acme <a@acme.example>
            limits: {contacts_per_day: 2}
            ---
            rule: welcome
            purpose: transactional
            trigger: {event: signed_up}
            via: [slow]
            steps:
              - send: hello
            """, people: 5, extra: ["slow"])
        for person in 1...5 { try fixture.happen("signed_up", to: person) }
        try fixture.settle()
        let slow = try #require(fixture.others["slow"])
        #expect(slow.order.count == 2)
        let held = try fixture.text("SELECT ifnull(reason, '') FROM delivery WHERE accepted_at IS NULL")
        #expect(held == ["account_limit", "account_limit", "account_limit"])
        // A process that begins on the same day has counted with it.
        try fixture.restart()
        try fixture.settle()
        #expect(slow.order.count == 2)
        try fixture.pass(hours: 24)
        #expect(slow.order.count == 4)
        try fixture.pass(hours: 24)
        #expect(slow.order.count == 5)
    }

    @Test func `a condition knows which link was followed`() throws {
        let fixture = try EngineFixture(
            Self.policy,
            """
            rule: links
            purpose: marketing
            topic: news
            lawful_basis: consent
            trigger: {event: signed_up}
            via: [mail]
            steps:
              - send: pitch
                name: first
              - wait: 1d
              - if: clicked(first, link "invite")
                then:
                  - exit: invited
                else:
                  - exit: elsewhere
            """, people: 3)
        try Self.consent(fixture)
        for person in 1...3 { try fixture.happen("signed_up", to: person) }
        try fixture.settle()
        try Self.click(fixture, 1, "https://t.example/invite")
        try Self.click(fixture, 2, "https://t.example/other")
        try Self.click(fixture, 2, "https://t.example/nowhere")
        try fixture.pass(hours: 30)
        #expect(try fixture.endings == ["exit invited", "exit elsewhere", "exit elsewhere"])
        let messages = try fixture.journeys.transaction { () throws(StoreError) in
            let program = try fixture.journeys.programKey(of: "links")
            let run = RunKey(contact: ContactKey(rawValue: 1), program: program, occurrence: 0)
            return try fixture.journeys.messages(of: run, launch: LaunchID(rawValue: 1))
        }
        #expect(messages.first?.message.clicks.compactMap(\.link) == ["invite"])
    }

    @Test func `an erased person's runs keep nothing of what their events said`() throws {
        let fixture = try EngineFixture(
            """
            rule: cart
            purpose: transactional
            trigger: {event: cart_updated}
            runs: {mode: many, key: event.cart_id}
            via: [mail]
            steps:
              - wait: 2h
              - send: hello
            """)
        try fixture.happen("cart_updated", ["cart_id": .words("secret-cart-1")])
        try fixture.pass(hours: 3)
        try fixture.happen("cart_updated", ["cart_id": .words("secret-cart-2")])
        try fixture.settle()
        let holding = "SELECT count(*) FROM run WHERE instr(state, CAST('secret-cart' AS BLOB)) OR key IS NOT NULL"
        #expect(try fixture.text(holding) == ["2"])
        #expect(try !fixture.decisions.isEmpty)
        try fixture.store.openConsents().erase(
            ContactKey(rawValue: 1), source: "letter", actor: "test", now: fixture.now)
        #expect(try fixture.text(holding) == ["0"])
        #expect(try fixture.text("SELECT count(*) FROM trace") == ["0"])
        // The run that was open is looked at, and ends.
        try fixture.pass(hours: 3)
        #expect(try fixture.endings.allSatisfy { $0 != "open" })
        #expect(fixture.sent == 1)
    }

    /// As a provider's webhook tells of it.
    private static func click(_ fixture: EngineFixture, _ person: Int, _ address: String) throws {
        let row = try #require(
            try fixture.text(
                """
                SELECT launch || ' ' || step || ' ' || occurrence FROM delivery WHERE contact = \(person)
                """
            ).first)
        let numbers = row.split(separator: " ").compactMap { Int64($0) }
        let key = DeliveryKey(
            launch: LaunchID(rawValue: numbers[0]), contact: ContactKey(rawValue: Int64(person)),
            step: Int32(numbers[1]), occurrence: numbers[2])
        var record = InboundRecord(key: "\(person) \(address)", kind: "clicked", at: fixture.now)
        record.delivery = key
        record.status = StatusNews(rank: 30, flags: StatusNews.clicked)
        record.followed = address
        let webhook = RawWebhook(
            channel: "mail", channelKind: "email", provider: "webhook", receivedAt: fixture.now,
            fingerprint: Array(record.key.utf8), method: "POST", url: "", contentType: "", messageID: record.key,
            body: [])
        let inbox = try fixture.store.openInbox()
        _ = try inbox.store([webhook])
        let stored = try #require(try inbox.unread(limit: 1).first)
        _ = try inbox.apply([WebhookReading(stored, .events([record], mayLift: true))], now: fixture.now)
    }
}
