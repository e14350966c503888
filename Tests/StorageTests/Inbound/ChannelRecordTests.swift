import RuleEngine
import Runner
import Storage
import Testing

/// What the books say of channels, and whose message a provider means.
@Suite struct ChannelRecordTests {
    @Test func `the newest launches of a channel say how it does`() throws {
        let fixture = try InboundFixture()
        try fixture.send()
        try fixture.acceptRest()
        try fixture.ledger.finish(1, .rejected(code: "550 5.1.1", suppress: nil))
        let record = try #require(try fixture.ledger.store.channelRecords()["email-main"])
        #expect(record.accepted == 4)
        #expect(record.failures.map(\.state).sorted() == ["rejected", "uncertain"])
        #expect(record.failures.first { $0.state == "uncertain" }?.count == 4)
        #expect(record.failures.first { $0.state == "rejected" }?.code == "550 5.1.1")
        #expect(record.heardAt == nil)
        try fixture.hear(.init(id: "a", type: "delivered", contact: 2, minute: 2))
        #expect(try fixture.ledger.store.channelRecords()["email-main"]?.heardAt != nil)
    }

    @Test func `a message of a run belongs to the channel of its own lane`() throws {
        let fixture = try InboundFixture()
        try fixture.send()
        try fixture.acceptRest()
        try fixture.ledger.change("UPDATE launch SET kind = 1")
        try fixture.ledger.change("UPDATE delivery SET channel = 'sms-eu' WHERE contact = 2")
        let records = try fixture.ledger.store.channelRecords()
        #expect(records["sms-eu"]?.accepted == 1)
        #expect(records["email-main"]?.accepted == 3)
        // The launch's channel speaks of an id that is another channel's: it means none of ours.
        #expect(try fixture.hear(.init(id: "a", type: "delivered", contact: 2, minute: 2)).matched == 0)
        var webhook = fixture.webhook(.init(id: "b", type: "delivered", contact: 2, minute: 2))
        webhook.channel = "sms-eu"
        _ = try fixture.inbox.store([webhook])
        #expect(try fixture.desk.process(fixture.inbox).matched == 1)
    }

    @Test func `an address is refused by its channel's entries and by those for all`() throws {
        let fixture = try InboundFixture()
        let store = fixture.ledger.store
        #expect(try store.isSuppressed("C4@Example.com", channelKind: "email") == false)
        try fixture.hear(.init(id: "a", type: "received", contact: 4, minute: 1, text: "STOP"))
        #expect(try store.isSuppressed("c4@example.com", channelKind: "email"))
        #expect(try store.isSuppressed("c4@example.com", channelKind: "sms") == false)
        #expect(try store.isSuppressed("no address", channelKind: "email") == false)
    }

    @Test func `what a provider told of a message is found by its id`() throws {
        let fixture = try InboundFixture()
        #expect(try fixture.inbox.news(of: "id-2", channel: "email-main").isEmpty)
        try fixture.hear(
            .init(id: "a", type: "sent", contact: 2, minute: 1),
            .init(id: "b", type: "delivered", contact: 2, minute: 2),
            .init(id: "c", type: "delivered", contact: 5, minute: 2))
        #expect(try fixture.inbox.news(of: "id-2", channel: "email-main") == ["sent", "delivered"])
        #expect(try fixture.inbox.news(of: "id-2", channel: "other").isEmpty)
        #expect(try fixture.inbox.news(of: "id", channel: "email-main").isEmpty)
    }
}
