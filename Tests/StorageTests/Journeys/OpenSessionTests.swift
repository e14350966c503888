import RuleEngine
import Runner
import Storage
import TestKit
import Testing

/// Texts that a platform takes only while the person's last message is fresh: the compiler proves what files can tell, and the
/// engine looks when a message leaves.
struct OpenSessionTests {
    private static let channel = """
        channel: wa
        kind: whatsapp
        provider: outbox
        folder: out
        """
    private static let answer = """
        \(channel)
        ---
        rule: answer
        purpose: transactional
        trigger: {inbound: wa}
        runs: many
        via: [wa]
        steps:
          - send: message
            message: {whatsapp: {en: "We look for it."}}
        """
    private static let routed = """
        \(channel)
        ---
        route: open
        candidates: [wa]
        skip_when: [not channel.session_open]
        rank: [channel.cost]
        ---
        rule: tell
        purpose: transactional
        trigger: {event: signed_up}
        runs: many
        via: open
        steps:
          - send: message
            message: {whatsapp: {en: "It is here."}}
        """

    /// - Parameter hours: how long ago the person wrote.
    private func write(_ fixture: EngineFixture, hours: Double) throws {
        let at = fixture.now.adding(seconds: -hours * 3600).microseconds
        try fixture.connection.execute(
            """
            INSERT INTO channel_event (channel, event_key, webhook, kind, at, received_at, state, contact)
            VALUES ('wa', 'k\(at)', 0, 'inbound', \(at), \(at), 1, 1)
            """)
    }

    private func fixture(_ programs: String) throws -> EngineFixture {
        let fixture = try EngineFixture(programs, extra: ["wa"])
        let statement = try fixture.connection.prepareOnce(
            "INSERT INTO identity (contact, kind, rank, address, address_key) VALUES (1, 'whatsapp', 0, ?, ?)")
        statement.bind(1, "+4915100000101")
        statement.bindBlob(2, fixture.store.key.addressKey(kind: "whatsapp", address: "+4915100000101"))
        try statement.run()
        return fixture
    }

    @Test(arguments: [(23.9, 1), (24.1, 0), (1000, 0)])
    func `a route leaves a channel out where no conversation is open`(hours: Double, sent: Int) throws {
        let fixture = try fixture(Self.routed)
        try write(fixture, hours: hours)
        try fixture.happen("signed_up")
        try fixture.settle()
        #expect(fixture.others["wa"]?.order.count == sent)
    }

    @Test func `nobody has written: the channel is left out`() throws {
        let fixture = try fixture(Self.routed)
        try fixture.happen("signed_up")
        try fixture.settle()
        #expect(fixture.others["wa"]?.order.isEmpty == true)
    }

    /// Whoever is told late of a message, by hours of a provider that was down, may not answer it any more.
    @Test(arguments: [(0.0, "accepted"), (25, "session_closed")])
    func `an answer leaves while the message that it answers is fresh`(hours: Double, outcome: String) throws {
        let fixture = try fixture(Self.answer)
        try write(fixture, hours: hours)
        try fixture.journeys.transaction { () throws(StoreError) in
            try fixture.journeys.enqueue(
                QueuedCause(contact: ContactKey(rawValue: 1), kind: .inbound, name: "wa", at: fixture.now))
        }
        try fixture.settle()
        #expect(try fixture.text("SELECT ifnull(reason, 'accepted') FROM delivery") == [outcome])
        #expect(fixture.others["wa"]?.order.count == (outcome == "accepted" ? 1 : 0))
    }
}
