import RuleEngine
import Runner
import Storage
import TestKit
import Testing

/// What people complain about in other systems, lived through here.
struct ComplaintTests {
    private static let night = """
        policy: night
        purpose: marketing
        quiet_hours: [{hours: "20:00-08:00", in: contact_zone}]
        after_quiet_hours: {check_again: true, drop_after: 72h}
        caps: [{at_most: 1 per 7d, of: any}]
        ---
        template: pitch
        purpose: marketing
        topic: news
        email:
          en: {subject: "News", body: "<<sender.postal_address>> <<unsubscribe.link>>"}
        """

    private static let marketing = """
        rule: offer
        purpose: marketing
        topic: news
        lawful_basis: consent
        policy: night
        trigger: {event: signed_up}
        via: [mail]
        steps:
          - send: pitch
        """

    private static let receipt = """
        rule: receipt
        purpose: transactional
        trigger: {event: bought}
        runs: many
        via: [mail]
        steps:
          - send: hello
        """

    private static func fixture(_ programs: String..., people: Int = 1) throws -> EngineFixture {
        let fixture = try EngineFixture(([night] + programs).joined(separator: "\n---\n"), people: people)
        try fixture.connection.execute(
            """
            INSERT INTO consent (contact, channel, purpose, level, given_at, source)
            SELECT id, 'email', 'marketing', 2, 1, 'form' FROM contact
            """)
        return fixture
    }

    /// `2026-10-25T07:00:00Z` and its like.
    private static func times(_ fixture: EngineFixture) throws -> [String] {
        try fixture.text(
            """
            SELECT strftime('%Y-%m-%dT%H:%M:%SZ', started_at / 1000000, 'unixepoch') FROM delivery
            WHERE started_at IS NOT NULL ORDER BY started_at
            """)
    }

    /// Berlin puts its clocks back in the night to 2026-10-25, and forward in that to 2027-03-28: eight in the morning
    /// comes thirteen hours after eight in the evening, and then eleven.
    @Test(arguments: [
        (Int64(1_792_870_200), "2026-10-25T07:00:00Z"), (Int64(1_806_175_800), "2027-03-28T06:00:00Z"),
    ])
    func `quiet hours over a clock change hold exactly once`(evening: Int64, morning: String) throws {
        let fixture = try Self.fixture(Self.marketing)
        fixture.clock.move(to: Timestamp(microseconds: evening * 1_000_000))
        try fixture.happen("signed_up")
        try fixture.settle()
        #expect(try fixture.text("SELECT reason FROM delivery") == ["quiet_hours"])
        #expect(try fixture.text("SELECT not_before - created_at > 0 FROM delivery") == ["1"])
        let until = try fixture.text(
            "SELECT strftime('%Y-%m-%dT%H:%M:%SZ', not_before / 1000000, 'unixepoch') FROM delivery")
        #expect(until == [morning])
        // Looked at again and again, and by another process: nothing moves before its time, and nothing after it.
        for _ in 0..<5 {
            try fixture.pass(hours: 1)
            try fixture.restart()
            try fixture.settle()
        }
        #expect(fixture.sent == 0)
        try fixture.pass(hours: 30)
        #expect(try Self.times(fixture) == [morning])
        #expect(fixture.sent == 1)
    }

    @Test func `a frequency cap never hits a transactional message`() throws {
        let fixture = try Self.fixture(Self.marketing, Self.receipt)
        try fixture.happen("signed_up")
        try fixture.settle()
        for order in 1...5 {
            try fixture.happen("bought", ["order_id": .words("o\(order)"), "total": .number(1, .money)])
            try fixture.settle()
        }
        // Nor do the quiet hours: it is past eight in the evening.
        fixture.advance(seconds: 6 * 3600)
        try fixture.happen("bought", ["order_id": .words("night"), "total": .number(1, .money)])
        try fixture.settle()
        #expect(fixture.sent == 7)
        // And receipts fill no cap of advertising.
        let other = try Self.fixture(Self.marketing, Self.receipt)
        for order in 1...5 {
            try other.happen("bought", ["order_id": .words("o\(order)"), "total": .number(1, .money)])
        }
        try other.settle()
        try other.happen("signed_up")
        try other.settle()
        #expect(other.sent == 6)
    }

    @Test func `who stays in a segment, or leaves it between two looks, begins nothing anew`() throws {
        let fixture = try Self.fixture(
            """
            segment: pros
            where: contact.plan == "pro"
            ---
            sequence: come
            purpose: transactional
            enter: {segment: pros, when: enters, existing: include, again: always}
            via: [mail]
            steps:
              - send: hello
            ---
            sequence: go
            purpose: transactional
            enter: {segment: pros, when: leaves, existing: leave_out, again: always}
            via: [text]
            steps:
              - send: hello
            """)
        func set(_ plan: String?) throws {
            let value = plan.map { "'\($0)'" } ?? "NULL"
            try fixture.connection.execute("UPDATE contact SET f_plan = \(value) WHERE id = 1")
        }
        try fixture.pass(hours: 1)
        try set("pro")
        try fixture.pass(hours: 5)
        #expect([fixture.email.order.count, fixture.sms.order.count] == [1, 0])
        // Out and in again before anybody looks.
        try set("free")
        try set("pro")
        try fixture.pass(hours: 1)
        try fixture.restart()
        try fixture.pass(hours: 1)
        #expect([fixture.email.order.count, fixture.sms.order.count] == [1, 0])
        try set(nil)
        try fixture.pass(hours: 1)
        #expect([fixture.email.order.count, fixture.sms.order.count] == [1, 1])
        try set("pro")
        try fixture.pass(hours: 1)
        #expect([fixture.email.order.count, fixture.sms.order.count] == [2, 1])
    }
}
