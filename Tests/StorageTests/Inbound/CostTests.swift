import RuleEngine
import Runner
import Storage
import Testing

/// Prices that come after the message, and questions about messages without an answer.
@Suite struct CostTests {
    private static func sms(
        part: String, price: String, minute: Int, status: String = "delivered", reference: String
    ) -> RawWebhook {
        let body = """
            {"msisdn":"491511234567","to":"Acme","network-code":"26201","messageId":"\(part)","price":"\(price)",\
            "status":"\(status)","scts":"2609211000","err-code":"0","client-ref":"\(reference)",\
            "message-timestamp":"2026-09-21 10:0\(minute):00"}
            """
        return RawWebhook(
            channel: "email-main", channelKind: "sms", provider: "vonage",
            receivedAt: LedgerFixture.start.adding(seconds: 86_400),
            fingerprint: Array("\(part)-\(minute)-\(status)".utf8), method: "POST",
            url: "https://a.example/webhooks/email-main",
            contentType: "application/json", messageID: "", body: Array(body.utf8))
    }

    private func reference(_ fixture: InboundFixture, _ contact: Int) -> String {
        ReferenceSealer(fixture.ledger.store.key).seal(
            DeliveryKey(launch: fixture.ledger.launch, contact: ContactKey(rawValue: Int64(contact)), step: 1))
    }

    @Test func `prices of parts add up in any order, and the total is the sum of the rows`() throws {
        let parts = [
            ("p1", "0.0333", 1, "buffered"), ("p2", "0.0333", 2, "delivered"), ("p1", "0.0400", 3, "delivered"),
            ("p2", "0.0333", 2, "delivered"),
        ]
        for order in [[0, 1, 2, 3], [2, 0, 1, 3], [3, 2, 1, 0], [1, 3, 0, 2]] {
            let fixture = try InboundFixture()
            try fixture.send()
            try fixture.acceptRest()
            for index in order {
                let (part, price, minute, status) = parts[index]
                _ = try fixture.inbox.store([
                    Self.sms(part: part, price: price, minute: minute, status: status, reference: reference(fixture, 2))
                ])
                _ = try fixture.desk.process(fixture.inbox)
            }
            // The newest word of the first part, and the second part once.
            #expect(try fixture.rows("SELECT cost_micros FROM delivery WHERE contact = 2") == ["73300"], "\(order)")
            let sum = try fixture.rows("SELECT sum(cost_micros) FROM delivery")
            let counts = try fixture.ledger.store.openReader().counts(of: fixture.ledger.launch)
            #expect(sum == ["\(counts.costMicros + counts.reservedMicros)"])
        }
    }

    @Test func `a price in another currency is kept and changes no total`() throws {
        let fixture = try InboundFixture()
        try fixture.send()
        try fixture.acceptRest()
        try fixture.ledger.change("UPDATE launch SET currency = 'USD'")
        let before = try fixture.rows("SELECT sum(cost_micros) FROM delivery")
        _ = try fixture.inbox.store([
            Self.sms(part: "p1", price: "0.0333", minute: 1, reference: reference(fixture, 2))
        ])
        _ = try fixture.desk.process(fixture.inbox)
        #expect(try fixture.rows("SELECT micros, currency FROM delivery_cost") == ["33300 EUR"])
        #expect(try fixture.rows("SELECT sum(cost_micros) FROM delivery") == before)
    }

    @Test func `prices that are fetched later correct the rows that they belong to`() throws {
        let fixture = try InboundFixture()
        try fixture.send()
        try fixture.acceptRest()
        let prices = [
            PricedMessage(providerID: "id-2", price: ChargedPrice(micros: 7900, currency: "EUR")),
            PricedMessage(providerID: "id-5", price: ChargedPrice(micros: 15_800, currency: "EUR")),
            PricedMessage(providerID: "of-somebody", price: ChargedPrice(micros: 1, currency: "EUR")),
        ]
        for _ in 0..<2 {
            #expect(try fixture.inbox.note(prices, channel: "email-main", now: fixture.ledger.now) == 2)
            #expect(
                try fixture.rows("SELECT cost_micros FROM delivery WHERE contact IN (2, 5)") == ["15800", "7900"])
        }
        // Another channel's ids are not ours.
        #expect(try fixture.inbox.note(prices, channel: "sms-main", now: fixture.ledger.now) == 0)
    }

    // MARK: - Rows in doubt

    private func fixture() throws -> InboundFixture {
        let fixture = try InboundFixture()
        try fixture.ledger.intend(3)
        try fixture.ledger.finish(3, .uncertain(kind: "timeout"))
        return fixture
    }

    private func row(_ fixture: InboundFixture) throws -> [String] {
        try fixture.rows("SELECT state, provider_id, cost_micros FROM delivery WHERE contact = 3")
    }

    private func send(_ fixture: InboundFixture) throws -> UncertainSend {
        try #require(try fixture.inbox.uncertainSends(of: fixture.ledger.launch, limit: 10).first)
    }

    @Test func `a message that the provider has is accepted, with its price`() throws {
        let fixture = try fixture()
        let send = try send(fixture)
        let price = ChargedPrice(micros: 7900, currency: "EUR")
        #expect(try fixture.inbox.settle(send, .accepted(providerID: "SM1", price: price), now: fixture.ledger.now))
        #expect(try row(fixture) == ["10 SM1 7900"])
        #expect(try fixture.inbox.uncertainSends(of: fixture.ledger.launch, limit: 10).isEmpty)
        // Said again, nothing changes.
        #expect(try fixture.inbox.settle(send, .absent, now: fixture.ledger.now) == false)
        #expect(try row(fixture) == ["10 SM1 7900"])
    }

    @Test func `one that it doesn't have is to be sent again, with an attempt behind it`() throws {
        let fixture = try fixture()
        #expect(try fixture.inbox.settle(send(fixture), .absent, now: fixture.ledger.now))
        #expect(try row(fixture) == ["3 - 0"])
    }

    @Test func `an id that belongs to somebody else settles nothing`() throws {
        let fixture = try fixture()
        try fixture.ledger.intend(5)
        try fixture.ledger.finish(5, .accepted(providerID: "SM1"))
        #expect(try fixture.inbox.unknownIDs(["SM1", "SM2"]) == ["SM2"])
        #expect(
            try fixture.inbox.settle(send(fixture), .accepted(providerID: "SM1", price: nil), now: fixture.ledger.now)
                == false)
        #expect(try row(fixture) == ["4 - 100"])
    }

    @Test func `what was settled meanwhile stays as it is`() throws {
        let fixture = try fixture()
        let send = try send(fixture)
        try fixture.hear(.init(id: "a", type: "delivered", contact: 3, minute: 1, isReferenced: true))
        #expect(try fixture.inbox.settle(send, .absent, now: fixture.ledger.now) == false)
        #expect(try fixture.rows("SELECT state FROM delivery WHERE contact = 3") == ["10"])
    }
}
