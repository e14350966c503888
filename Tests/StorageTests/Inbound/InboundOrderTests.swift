import RuleEngine
import Runner
import Storage
import TestKit
import Testing

/// Providers repeat themselves, speak out of order, before we have written down that they accepted, and days later.
@Suite struct InboundOrderTests {
    @Test(arguments: 1...16)
    func `any order, repetition and earliness ends in one state`(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed))
        let sayings = Self.sayings(&random)

        let canonical = try InboundFixture()
        try canonical.send()
        try canonical.acceptRest()
        for saying in sayings.sorted(by: { $0.minute < $1.minute }) { try canonical.hear(saying) }

        let chaotic = try InboundFixture()
        try chaotic.send()
        var heard = sayings + sayings.filter { _ in random.chance(1, in: 2) } + sayings.prefix(5)
        heard.shuffle(using: &random)
        let acceptAfter = random.below(heard.count)
        for (index, saying) in heard.enumerated() {
            if index == acceptAfter { try chaotic.acceptRest() }
            _ = try chaotic.inbox.store([chaotic.webhook(saying)])
            if random.chance(1, in: 3) { _ = try chaotic.desk.process(chaotic.inbox) }
        }
        _ = try chaotic.desk.process(chaotic.inbox)
        _ = try chaotic.desk.process(chaotic.inbox)

        let difference = Set(try chaotic.state()).symmetricDifference(try canonical.state())
        #expect(difference.isEmpty)
        #expect(try chaotic.ledger.reader.verify(chaotic.ledger.launch, now: chaotic.ledger.now) == [])
    }

    private static func sayings(_ random: inout SeededRandom) -> [InboundFixture.Saying] {
        let kinds = [
            "queued", "sent", "delivered", "opened", "clicked", "failed", "bounced", "complained", "unsubscribed",
            "received",
            "received", "received",
        ]
        return (0..<40).map { index in
            let type = random.pick(kinds)
            // Those in doubt and those on their way are named by our reference, as after an answer that never came.
            let contact = 1 + random.below(InboundFixture.contacts)
            var saying = InboundFixture.Saying(id: "m\(index)", type: type, contact: contact, minute: 1 + index)
            saying.isReferenced = contact % 3 != 2 || random.chance(1, in: 2)
            if type == "received" {
                saying.text = random.pick(["STOP", "START", "please stop texting me", "when does it start?", "help"])
            }
            if type == "bounced" {
                saying.fields = ",\"permanent\":\(random.chance(1, in: 2)),\"code\":\"5.1.\(index % 3)\""
            }
            return saying
        }
    }

    @Test func `a message in doubt is settled by what its provider says`() throws {
        let fixture = try InboundFixture()
        try fixture.send()
        #expect(try fixture.ledger.row(3).state == .uncertain)
        let tally = try fixture.hear(.init(id: "a", type: "delivered", contact: 3, minute: 1, isReferenced: true))
        #expect(tally.matched == 1)
        let row = try fixture.ledger.row(3)
        #expect(row.state == .accepted && row.providerID == "id-3")
        #expect(try fixture.rows("SELECT rank, flags FROM delivery_status") == ["30 128"])
    }

    @Test func `an event that comes before our own note waits for it`() throws {
        let fixture = try InboundFixture()
        try fixture.send()
        let early = try fixture.hear(.init(id: "a", type: "delivered", contact: 2, minute: 1))
        #expect(early.waiting == 1 && early.matched == 0)
        try fixture.acceptRest()
        #expect(try fixture.desk.process(fixture.inbox).matched == 1)
        #expect(try fixture.rows("SELECT contact, rank FROM delivery_status") == ["2 30"])
    }

    @Test func `the proof that arrives late beats a failure, and a late bounce beats delivery`() throws {
        let fixture = try InboundFixture()
        try fixture.send()
        try fixture.acceptRest()
        try fixture.hear(
            .init(id: "a", type: "delivered", contact: 2, minute: 2),
            .init(id: "b", type: "failed", contact: 2, minute: 3))
        #expect(try fixture.rows("SELECT rank, flags FROM delivery_status") == ["30 160"])
        try fixture.hear(.init(id: "c", type: "bounced", contact: 2, minute: 9))
        #expect(try fixture.rows("SELECT rank FROM delivery_status") == ["35"])
    }

    @Test func `a stranger's provider id touches no row`() throws {
        let fixture = try InboundFixture()
        try fixture.send()
        try fixture.acceptRest()
        var saying = InboundFixture.Saying(id: "a", type: "complained", contact: 2, minute: 1)
        saying.fields = ",\"reference\":\"mfrggzdfmztwq2lknnwg23tpmfrggzdfmztwq2lknnwg23tp\""
        saying.contact = 99
        let tally = try fixture.hear(saying)
        #expect(tally.matched == 0 && tally.waiting == 1)
        // What a person wants counts, whether the message is known or not.
        #expect(tally.permissions == 1)
        #expect(try fixture.rows("SELECT count(*) FROM delivery_status") == ["0"])
    }

    @Test func `one channel can't speak of another's messages by their number`() throws {
        let fixture = try InboundFixture()
        try fixture.send()
        try fixture.acceptRest()
        var webhook = fixture.webhook(.init(id: "a", type: "delivered", contact: 2, minute: 1))
        webhook.channel = "other"
        _ = try fixture.inbox.store([webhook])
        #expect(try fixture.desk.process(fixture.inbox).waiting == 1)
        #expect(try fixture.rows("SELECT count(*) FROM delivery_status") == ["0"])
    }

    @Test func `what can't be read is put aside and holds nothing up`() throws {
        let fixture = try InboundFixture()
        try fixture.send()
        var broken = fixture.webhook(.init(id: "x", type: "sent", contact: 1, minute: 1))
        broken.body = Array("{\"type\":".utf8)
        _ = try fixture.inbox.store([broken])
        let tally = try fixture.hear(.init(id: "a", type: "delivered", contact: 1, minute: 1, isReferenced: true))
        #expect(tally.matched == 1)
        #expect(try fixture.rows("SELECT state, problem FROM webhook WHERE state = 2") == ["2 webhook_malformed"])
    }

    @Test func `waiting ends after three days`() throws {
        let fixture = try InboundFixture()
        try fixture.hear(.init(id: "a", type: "delivered", contact: 2, minute: 1))
        let later = fixture.ledger.now.adding(seconds: 73 * 3600)
        #expect(try fixture.inbox.matchWaiting(limit: 10, now: later) == 0)
        #expect(try fixture.rows("SELECT state FROM channel_event") == ["2"])
    }
}
