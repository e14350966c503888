import RuleEngine
import Runner
import Storage
import Testing

/// What people say about being written to.
@Suite struct InboundWishTests {
    private static func suppressions(_ fixture: InboundFixture) throws -> [String] {
        try fixture.rows("SELECT channel, reason, marketing_only FROM suppression")
    }

    @Test func `STOP lists the address, revokes with the person's words, and is confirmed once`() throws {
        let fixture = try InboundFixture()
        let epoch = try fixture.ledger.connection.suppressionEpoch()
        try fixture.hear(.init(id: "a", type: "received", contact: 4, minute: 1, text: "Stop please 🙏"))
        #expect(try Self.suppressions(fixture) == ["email 1 1"])
        #expect(try fixture.rows("SELECT revoked_via FROM consent WHERE contact = 4") == ["stop keyword"])
        #expect(
            try fixture.rows("SELECT action, actor, wording FROM consent_event WHERE contact = 4")
                == ["revoked person Stop please 🙏"])
        #expect(try fixture.ledger.connection.suppressionEpoch() == epoch + 1)
        try fixture.hear(.init(id: "b", type: "received", contact: 4, minute: 2, text: "STOP"))
        #expect(try fixture.rows("SELECT kind FROM reply_due") == ["stop"])
    }

    @Test func `a wish in the person's own words counts, and is marked for review`() throws {
        let fixture = try InboundFixture()
        try fixture.hear(
            .init(id: "a", type: "received", contact: 4, minute: 1, text: "please stop texting me"),
            .init(id: "b", type: "received", contact: 5, minute: 1, text: "when does it start?"))
        #expect(try Self.suppressions(fixture) == ["email 1 1"])
        #expect(
            try fixture.rows("SELECT contact, meaning, needs_review FROM channel_event") == ["4 stop 1", "5 - 0"])
    }

    @Test func `START takes back what STOP did, and nothing more`() throws {
        let fixture = try InboundFixture()
        try fixture.ledger.change("UPDATE consent SET level = 3 WHERE contact = 4")
        try fixture.hear(
            .init(id: "a", type: "received", contact: 4, minute: 1, text: "STOP"),
            .init(id: "b", type: "complained", contact: 4, minute: 2),
            .init(id: "c", type: "received", contact: 4, minute: 3, text: "START"))
        // The complaint stays, and a text message is no signature.
        #expect(try Self.suppressions(fixture) == ["email 3 1"])
        #expect(try fixture.rows("SELECT level, revoked_at FROM consent WHERE contact = 4") == ["2 -"])
    }

    @Test func `an unsubscription is not taken back by START`() throws {
        let fixture = try InboundFixture()
        try fixture.hear(
            .init(id: "a", type: "unsubscribed", contact: 4, minute: 1),
            .init(id: "b", type: "received", contact: 4, minute: 2, text: "START"))
        #expect(try Self.suppressions(fixture) == ["email 2 1"])
        #expect(try fixture.rows("SELECT revoked_at IS NOT NULL FROM consent WHERE contact = 4") == ["1"])
    }

    @Test func `a dead mailbox is listed for every purpose, a full one is not`() throws {
        let fixture = try InboundFixture()
        try fixture.hear(
            .init(id: "a", type: "bounced", contact: 4, minute: 1, fields: ",\"permanent\":true"),
            .init(id: "b", type: "bounced", contact: 5, minute: 1, fields: ",\"permanent\":false"))
        #expect(try Self.suppressions(fixture) == ["email 5 0"])
    }

    @Test func `a provider that doesn't sign its events can only add`() throws {
        let fixture = try InboundFixture()
        try fixture.hear(.init(id: "a", type: "received", contact: 4, minute: 1, text: "STOP"))
        var webhook = fixture.webhook(.init(id: "b", type: "received", contact: 4, minute: 2, text: ""))
        webhook.provider = "mailgun"
        webhook.contentType = "application/x-www-form-urlencoded"
        webhook.body = Array(
            "sender=c4%40example.com&recipient=x%40in.example&body-plain=START&Message-Id=%3Cm%3E".utf8)
        _ = try fixture.inbox.store([webhook])
        #expect(try fixture.desk.process(fixture.inbox).permissions == 0)
        #expect(try Self.suppressions(fixture) == ["email 1 1"])
    }

    @Test func `HELP changes nothing and gets an answer each time`() throws {
        let fixture = try InboundFixture()
        try fixture.hear(
            .init(id: "a", type: "received", contact: 4, minute: 1, text: "HELP"),
            .init(id: "b", type: "received", contact: 4, minute: 2, text: "help!"))
        #expect(try fixture.rows("SELECT kind FROM reply_due") == ["help", "help"])
        #expect(try Self.suppressions(fixture).isEmpty)
    }

    @Test func `a person who is forgotten leaves no words behind`() throws {
        let fixture = try InboundFixture()
        try fixture.hear(.init(id: "a", type: "received", contact: 4, minute: 1, text: "my secret is 4711"))
        try fixture.ledger.store.openConsents().erase(
            ContactKey(rawValue: 4), source: "letter", actor: "operator", now: fixture.ledger.now)
        #expect(try fixture.rows("SELECT text, address, detail FROM channel_event") == ["- - -"])
        #expect(try fixture.rows("SELECT length(body) FROM webhook") == ["0"])
        // The same request again is still known.
        let repetition = fixture.webhook(.init(id: "a", type: "received", contact: 4, minute: 1))
        #expect(try fixture.inbox.store([repetition]) == [false])
    }
}
