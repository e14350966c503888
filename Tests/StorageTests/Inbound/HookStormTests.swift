import Channels
import Glibc
import RuleEngine
import Runner
import Storage
import TestKit
import Testing

/// R-HOOK: what providers send three times over, shuffled, with forgeries, strangers' ids and news that comes before we have
/// written down that a message was accepted. Each delivery hears the same events in an order of its own: all orders that
/// there are.
@Suite struct HookStormTests {
    /// Six have 720 orders; `CARILLON_STORM=7` asks for the 5,040 of seven, which are more than 100,000 requests.
    private static let kinds = Array(
        ["queued", "sent", "delivered", "opened", "failed", "bounced", "clicked"]
            .prefix(getenv("CARILLON_STORM").flatMap { Int(String(cString: $0)) } ?? 6))

    @Test func `every order of six events, three times over and shuffled among forgeries, ends in one state`() throws {
        let orders = Self.orders(of: Array(Self.kinds.indices))
        #expect(orders.count == Self.kinds.indices.reduce(1) { $0 * ($1 + 1) })
        let fixture = try InboundFixture(contacts: orders.count)
        let ledger = fixture.ledger
        try ledger.intend(all: 1...orders.count)
        // One in twenty is accepted only when half of the storm is over.
        let late = Set((1...orders.count).filter { $0 % 20 == 0 })
        try ledger.accept(all: (1...orders.count).filter { !late.contains($0) })

        let storm = try Storm(now: ledger.now)
        var random = SeededRandom(seed: 7)
        var calls: [Storm.Call] = []
        // The order of a delivery is kept among its first hearings; the repetitions go wherever they fall.
        for place in Self.kinds.indices {
            var round: [Storm.Call] = []
            for (index, order) in orders.enumerated() {
                let kind = order[place]
                let call = storm.genuine(Self.kinds[kind], contact: index + 1, minute: kind, fixture)
                round.append(call)
                if random.chance(1, in: 20) { round.append(storm.forged(call)) }
                if random.chance(1, in: 100) { round.append(storm.stranger(index, place)) }
            }
            round.shuffle(using: &random)
            calls += round
        }
        for _ in 0..<2 { calls += calls.prefix(orders.count * Self.kinds.count).shuffled(using: &random) }

        var (stored, repeated, refused) = (0, 0, 0)
        var index = 0
        while index < calls.count {
            let wave = calls[index..<min(calls.count, index + 500)]
            let intakes = try fixture.desk.take(wave.map { ($0.request, storm.endpoint) }, into: fixture.inbox)
            for (call, intake) in zip(wave, intakes) {
                #expect(call.isForged == (intake == .refused(.badSignature)), "\(intake)")
                switch intake {
                case .stored: stored += 1
                case .repeated: repeated += 1
                default: refused += 1
                }
            }
            if random.chance(1, in: 3) { _ = try fixture.desk.process(fixture.inbox) }
            if index < calls.count / 2, index + 500 >= calls.count / 2 { try ledger.accept(all: Array(late)) }
            index += 500
        }
        _ = try fixture.desk.process(fixture.inbox)
        _ = try fixture.desk.process(fixture.inbox)

        print("storm        \(calls.count) requests: \(stored) stored, \(repeated) repeated, \(refused) forged")
        #expect(stored > orders.count * Self.kinds.count && repeated > stored && refused > 0)
        // Whatever came first: a late bounce beats a delivery, and nothing that was seen is forgotten.
        let states = try fixture.rows(
            "SELECT DISTINCT rank, flags, sent_at, delivered_at, failed_at, code FROM delivery_status")
        #expect(states.count == 1, "\(states)")
        #expect(try fixture.rows("SELECT count(*) FROM delivery_status") == ["\(orders.count)"])
        #expect(try fixture.rows("SELECT count(*) FROM delivery WHERE state = 10") == ["\(orders.count)"])
        // Of a forgery nothing is kept, of a stranger's id nothing follows.
        #expect(try fixture.rows("SELECT count(*) FROM webhook WHERE body LIKE '%forged%'") == ["0"])
        #expect(try ledger.reader.verify(ledger.launch, now: ledger.now) == [])
    }

    private static func orders(of items: [Int]) -> [[Int]] {
        guard items.count > 1 else { return [items] }
        return items.indices.flatMap { index -> [[Int]] in
            var rest = items
            let first = rest.remove(at: index)
            return orders(of: rest).map { [first] + $0 }
        }
    }
}

/// Signed requests as a receiver of ours makes them.
private struct Storm {
    struct Call {
        var request: WebhookRequest
        var isForged = false
    }

    let endpoint: WebhookDesk.Endpoint
    private let secret: WebhookSecret
    private let now: Int

    init(now: Timestamp) throws {
        let text = "whsec_c2FuZGJveCBzYW5kYm94IHNhbmRib3ggc2FuZGJveA=="
        self.now = Int(now.microseconds / 1_000_000)
        secret = try #require(WebhookSecret(text))
        var settings = WebhookSettings()
        settings.set("secret", [text])
        endpoint = try #require(
            WebhookDesk.Endpoint(
                channel: "email-main", kind: "email", provider: "webhook", url: "https://a.example/webhooks/email-main",
                settings: settings))
    }

    func genuine(_ kind: String, contact: Int, minute: Int, _ fixture: InboundFixture) -> Call {
        var saying = InboundFixture.Saying(id: "\(kind)-\(contact)", type: kind, contact: contact, minute: minute)
        saying.isReferenced = contact % 3 == 0
        return call(saying.id, fixture.webhook(saying).body)
    }

    /// The same with another body: what a thief of one request would send.
    func forged(_ call: Call) -> Call {
        var forged = call
        forged.isForged = true
        forged.request.body += Array(" forged".utf8)
        return forged
    }

    func stranger(_ index: Int, _ place: Int) -> Call {
        let body =
            "{\"type\":\"message.delivered\",\"timestamp\":\"2026-09-21T12:00:00Z\",\"data\":{\"message_id\":\"of-others-\(index)\"}}"
        return call("stranger-\(index)-\(place)", Array(body.utf8))
    }

    private func call(_ id: String, _ body: [UInt8]) -> Call {
        Call(
            request: WebhookRequest(
                method: "POST", url: endpoint.url,
                headers: [
                    "content-type": "application/json", "webhook-id": id, "webhook-timestamp": "\(now)",
                    "webhook-signature": secret.signature(id: id, timestamp: now, body: body),
                ], body: body))
    }
}
