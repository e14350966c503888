import Channels
import RuleEngine
import Runner
import Storage
import Testing

/// What people write beyond key words.
@Suite struct ConversationTests {
    /// `contact channel conversation text`, in the order of the queue.
    private static func causes(_ fixture: InboundFixture) throws -> [String] {
        let store = try fixture.ledger.store.openJourneys()
        return try store.causes(after: 0, limit: 100).filter { $0.kind == .inbound }.map { cause in
            func text(_ name: String) -> String {
                guard case .text(let bytes) = cause.fields[name] else { return "-" }
                return String(decoding: bytes, as: UTF8.self)
            }
            let opens = cause.fields["opens_conversation"] == .bool(true) ? "opens" : "continues"
            return "\(cause.contact.rawValue) \(cause.name) \(opens) \(text("conversation_id")): \(text("text"))"
        }
    }

    /// With a sequence that is live, so that somebody waits for causes.
    private static func fixture(unread: Set<String> = []) throws -> InboundFixture {
        let fixture = try InboundFixture(unread: unread)
        try fixture.ledger.change("UPDATE launch SET kind = 1")
        return fixture
    }

    @Test func `a text opens a conversation, the next continues it, and both are causes`() throws {
        let fixture = try Self.fixture()
        try fixture.hear(
            .init(id: "a", type: "received", contact: 4, minute: 1, text: "When do you open?"),
            .init(id: "b", type: "received", contact: 4, minute: 5, text: "Hello?"),
            .init(id: "c", type: "received", contact: 5, minute: 6, text: "Hi"))
        #expect(try fixture.rows("SELECT contact, texts FROM conversation") == ["4 2", "5 1"])
        #expect(
            try Self.causes(fixture) == [
                "4 email-main opens c1: When do you open?", "4 email-main continues c1: Hello?",
                "5 email-main opens c2: Hi",
            ])
    }

    @Test func `where nobody reads, a text is a cause and a stop counts, and no conversation is opened`() throws {
        let fixture = try Self.fixture(unread: ["email-main"])
        try fixture.hear(
            .init(id: "a", type: "received", contact: 4, minute: 1, text: "When do you open?"),
            .init(id: "b", type: "received", contact: 5, minute: 2, text: "STOP"))
        #expect(try fixture.rows("SELECT contact FROM conversation").isEmpty)
        #expect(try Self.causes(fixture) == ["4 email-main continues -: When do you open?"])
        #expect(try fixture.rows("SELECT count(*) FROM suppression") == ["1"])
    }

    @Test func `key words and statuses are no causes, and a repetition is none`() throws {
        let fixture = try Self.fixture()
        try fixture.send()
        try fixture.hear(
            .init(id: "a", type: "received", contact: 4, minute: 1, text: "STOP"),
            .init(id: "b", type: "received", contact: 4, minute: 1, text: "please stop texting me"),
            .init(id: "c", type: "received", contact: 4, minute: 1, text: "HELP"),
            .init(id: "d", type: "delivered", contact: 4, minute: 2),
            .init(id: "e", type: "received", contact: 4, minute: 3, text: "thanks"))
        try fixture.hear(.init(id: "e", type: "received", contact: 4, minute: 3, text: "thanks"))
        #expect(try Self.causes(fixture) == ["4 email-main opens c1: thanks"])
        #expect(try fixture.rows("SELECT texts FROM conversation") == ["1"])
    }

    @Test func `after three days of silence a text begins anew, in whatever order texts arrive`() throws {
        let day = 1440
        let sayings = [
            InboundFixture.Saying(id: "a", type: "received", contact: 4, minute: 1, text: "one"),
            .init(id: "b", type: "received", contact: 4, minute: 2 * day, text: "two"),
            .init(id: "c", type: "received", contact: 4, minute: 6 * day, text: "three"),
        ]
        for order in [[0, 1, 2], [1, 0, 2], [2, 1, 0], [0, 2, 1]] {
            let fixture = try InboundFixture()
            fixture.ledger.now = LedgerFixture.start.adding(seconds: 8 * 86_400)
            for index in order {
                var webhook = fixture.webhook(sayings[index])
                webhook.receivedAt = fixture.ledger.now
                _ = try fixture.inbox.store([webhook])
                _ = try fixture.desk.process(fixture.inbox)
            }
            #expect(try fixture.rows("SELECT texts FROM conversation") == ["1", "2"], "\(order)")
        }
    }

    @Test func `somebody whom we don't know has a conversation and begins nothing`() throws {
        let fixture = try Self.fixture()
        try fixture.hear(.init(id: "a", type: "received", contact: 99, minute: 1, text: "who are you?"))
        #expect(try fixture.rows("SELECT contact, texts FROM conversation") == ["- 1"])
        #expect(try Self.causes(fixture).isEmpty)
    }

    @Test func `who is forgotten leaves no text behind`() throws {
        let fixture = try Self.fixture()
        try fixture.hear(.init(id: "a", type: "received", contact: 4, minute: 1, text: "my secret is 4711"))
        try fixture.ledger.store.openConsents().erase(
            ContactKey(rawValue: 4), source: "letter", actor: "operator", now: fixture.ledger.now)
        #expect(try Self.causes(fixture).isEmpty)
    }

    @Test func `news of messages wake runs, and where nothing runs nothing is queued`() throws {
        let fixture = try Self.fixture()
        try fixture.send()
        try fixture.acceptRest()
        try fixture.hear(.init(id: "a", type: "delivered", contact: 2, minute: 2))
        try fixture.hear(.init(id: "a", type: "delivered", contact: 2, minute: 2))
        let store = try fixture.ledger.store.openJourneys()
        let news = try store.causes(after: 0, limit: 10).filter { $0.kind == .messageNews }
        #expect(news.map(\.contact.rawValue) == [2])
        #expect(news.map(\.name) == ["delivered"])
        let campaign = try InboundFixture()
        try campaign.send()
        try campaign.acceptRest()
        try campaign.hear(
            .init(id: "a", type: "delivered", contact: 2, minute: 2),
            .init(id: "b", type: "received", contact: 2, minute: 3, text: "thanks"))
        #expect(try campaign.rows("SELECT count(*) FROM cause") == ["0"])
    }
}
