import Channels
import RuleEngine
import Runner
import Storage
import Synchronization
import TestKit
import Testing

/// Whoever tells of events sends some of them twice, and all of them in any order.
struct ShuffledEventsTests {
    private static let cart = """
        rule: cart
        purpose: transactional
        trigger: {event: cart_updated}
        runs: restart
        goal: {event: bought, then: exit}
        via: [mail]
        steps:
          - wait: 2h
          - send: message
            message:
              email:
                en: {subject: "Your cart", body: "It is cart <<entry.cart_id>>."}
        """

    private struct Happening {
        var name: String
        var contact: Int
        var fields: [String: Value]
        /// Seconds before they are heard of.
        var ago: Double
        var id: String
    }

    /// What five people do in a minute; some buy before they sign up, some behind their cart, some never.
    private static let happenings: [Happening] = (1...5).flatMap { person in
        var all = [Happening(name: "signed_up", contact: person, fields: [:], ago: 30, id: "s\(person)")]
        for cart in 1...3 {
            all.append(
                Happening(
                    name: "cart_updated", contact: person, fields: ["cart_id": .words("\(person)-\(cart)")],
                    ago: 25 - Double(cart), id: "c\(person)-\(cart)"))
        }
        if person % 2 == 0 {
            all.append(
                Happening(
                    name: "bought", contact: person,
                    fields: ["order_id": .words("o\(person)"), "total": .number(1, .money)],
                    ago: person == 2 ? 40 : 10, id: "b\(person)"))
        }
        return all
    }

    private final class Texts: Sendable {
        private let all = Mutex<[String]>([])

        func add(_ message: ComposedMessage) {
            all.withLock { $0.append(message.address + " " + String(decoding: message.wire, as: UTF8.self)) }
        }

        var sorted: [String] { all.withLock { $0.sorted() } }
    }

    private static func live(_ happenings: [Happening]) throws -> [String] {
        let texts = Texts()
        let channel = FakeChannel { message, _ in
            texts.add(message)
            return .accepted(providerID: "")
        }
        let fixture = try EngineFixture(EngineFixture.welcome, cart, people: 5, email: channel)
        for event in happenings {
            try fixture.happen(event.name, to: event.contact, event.fields, ago: event.ago, id: event.id)
        }
        try fixture.pass(hours: 100)
        return texts.sorted + (try fixture.endings)
    }

    @Test func `shuffled and repeated events give the same decisions`() throws {
        let expected = try Self.live(Self.happenings)
        #expect(expected.count { $0.contains("-3.") } == 3, "whoever bought nothing is asked about the last cart")
        for seed in 0..<40 as Range<UInt64> {
            var random = SeededRandom(seed: seed)
            let repeated = Self.happenings.filter { _ in Bool.random(using: &random) }
            let mixed = (Self.happenings + repeated).shuffled(using: &random)
            #expect(try Self.live(mixed) == expected, "seed \(seed)")
        }
    }
}
