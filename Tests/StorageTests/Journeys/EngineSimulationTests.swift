import Channels
import Glibc
import RuleEngine
import Runner
import Storage
import Synchronization
import TestKit
import Testing

/// The engine on bad days that a seed makes up: people and purchases in any order, providers that refuse, throttle or
/// fall silent, processes that end in the middle, opt-outs at the last moment, clocks that jump ahead.
struct EngineSimulationTests {
    /// How many days are lived through; `CARILLON_SEEDS` asks for more.
    private static let seeds = getenv("CARILLON_SEEDS").flatMap { Int(String(cString: $0)) } ?? 2000
    /// One day alone, to look at it: the number that a failure prints.
    private static let only = getenv("CARILLON_SEED").flatMap { UInt64(String(cString: $0)) }
    private static let shares = 4

    /// In shares, for as many threads.
    @Test(arguments: 0..<UInt64(shares))
    func `no bad day loses, doubles or strands anybody`(share: UInt64) throws {
        let before = try BadDay.before()
        for seed in stride(from: share, to: UInt64(Self.seeds), by: Self.shares) where Self.only ?? seed == seed {
            let day = try BadDay(seed: seed, after: before)
            try day.live()
            if let fault = try day.fault() {
                Issue.record("seed \(seed): \(fault); CARILLON_SEED=\(seed) lives it again")
                return
            }
        }
    }
}

private final class BadDay {
    private static let programs = """
        sequence: nurture
        purpose: marketing
        topic: news
        lawful_basis: consent
        enter: {event: signed_up, again: always, where: contact.country == "DE"}
        goal: {event: bought, within: 10d}
        via: [mail]
        steps:
          - send: pitch
          - wait: 1d
          - split: half
            arms:
              a: {share: 50%, do: [{send: pitch}]}
              b: {share: 50%, do: [{wait: 2h}]}
          - send: pitch
        ---
        rule: cart
        purpose: transactional
        trigger: {event: cart_updated}
        runs: {mode: restart, key: event.cart_id}
        via: [text, mail]
        steps:
          - wait_for: bought
            up_to: 2h
            then:
              - exit: bought
          - repeat: {at_most: 3, every: 1h}
            do:
              - send: hello
        ---
        template: pitch
        purpose: marketing
        topic: news
        email:
          en: {subject: "News", body: "<<contact.id>> <<sender.postal_address>> <<unsubscribe.link>>"}
        """

    private let fixture: EngineFixture
    private var random: SeededRandom
    private static let people = 4
    private var revoked: Set<Int> = []

    /// People and programs, before anything happens.
    static func before() throws -> EngineFixture {
        let fixture = try EngineFixture(programs, people: people)
        try fixture.connection.execute(
            """
            INSERT INTO consent (contact, channel, purpose, level, given_at, source)
            SELECT id, 'email', 'marketing', 2, 1, 'form' FROM contact
            """)
        try fixture.rest()
        return fixture
    }

    init(seed: UInt64, after before: EngineFixture) throws {
        random = SeededRandom(seed: seed)
        fixture = try EngineFixture(
            copyOf: before, email: FakeChannel(provider: Self.provider(seed ^ 0xABCD)),
            sms: FakeChannel(provider: Self.provider(seed ^ 0xDCBA)))
    }

    private static func provider(_ seed: UInt64) -> FakeChannel.Provider {
        let answers = Dice(seed: seed)
        return { _, _ in
            switch answers.throwOne(of: 20) {
            case 0: .rejected(code: "no", suppress: nil)
            case 1: .throttled(code: "slow", retryAfter: 30)
            case 2: .unavailable(code: "down")
            case 3: .outcomeUnknown(phase: .awaitingAnswer, detail: "")
            case 4: nil
            default: .accepted(providerID: "x")
            }
        }
    }

    func live() throws {
        for _ in 0..<30 {
            let person = Int.random(in: 1...Self.people, using: &random)
            switch Int.random(in: 0..<12, using: &random) {
            case 0, 1: try fixture.happen("signed_up", to: person)
            case 2, 3:
                let cart = Int.random(in: 1...2, using: &random)
                try fixture.happen("cart_updated", to: person, ["cart_id": .words("\(cart)")])
            case 4:
                try fixture.happen(
                    "bought", to: person, ["order_id": .words("o"), "total": .number(1, .money)],
                    ago: Double.random(in: 0..<900, using: &random))
            case 5: try fixture.restartWithSamePrograms()
            case 6: try revoke(person)
            case 7: fixture.advance(seconds: Double.random(in: 0..<100_000, using: &random))
            default: fixture.advance(seconds: Double.random(in: 0..<600, using: &random))
            }
            for _ in 0..<Int.random(in: 0..<6, using: &random) { _ = try fixture.engine.turn() }
        }
        // Time passes until everything has come to an end. What a provider never answers is settled by the next start.
        for _ in 0..<16 {
            try fixture.restartWithSamePrograms()
            try fixture.pass(hours: 48)
        }
    }

    private func revoke(_ person: Int) throws {
        guard revoked.insert(person).inserted else { return }
        _ = try fixture.store.openConsents().suppress(
            .contact(ContactKey(rawValue: Int64(person))), channel: "email", reason: .unsubscribe, marketingOnly: true,
            source: "test", actor: "test", now: fixture.now)
        // Which rows had begun when the person said no.
        try fixture.connection.execute(
            """
            CREATE TABLE IF NOT EXISTS begun (launch, contact, step, occurrence, attempts);
            INSERT INTO begun SELECT launch, contact, step, occurrence, attempts FROM delivery WHERE contact = \(person);
            """)
    }

    /// What is wrong; nil where nothing is.
    func fault() throws -> String? {
        let checks = [
            ("a run doesn't end", "SELECT count(*) FROM run WHERE ended_at IS NULL"),
            ("a cause is left over", "SELECT count(*) FROM cause"),
            ("a message is open", "SELECT count(*) FROM delivery WHERE state IN (0, 1, 2, 3)"),
            ("an order is open", "SELECT count(*) FROM send_order"),
            (
                "two channels took one message",
                """
                SELECT count(*) FROM (SELECT 1 FROM delivery WHERE state IN (4, 10)
                GROUP BY launch, contact, step, occurrence >> 8 HAVING count(*) > 1)
                """
            ),
        ]
        for (name, query) in checks {
            if let count = try fixture.text(query).first, count != "0" { return "\(name): \(count)" }
        }
        if revoked.isEmpty { return nil }
        let late = try fixture.text(
            """
            SELECT d.launch || '/' || d.contact || '/' || d.step FROM delivery d JOIN launch l ON l.id = d.launch
            LEFT JOIN begun b ON b.launch = d.launch AND b.contact = d.contact AND b.step = d.step
                AND b.occurrence = d.occurrence
            WHERE l.purpose = 'marketing' AND d.contact IN (\(revoked.map(String.init).joined(separator: ",")))
                AND d.attempts > ifnull(b.attempts, 0)
            """)
        return late.isEmpty ? nil : "sent after a revocation: \(late)"
    }
}

/// Chance for providers, which answer on any thread.
private final class Dice: Sendable {
    private let random: Mutex<SeededRandom>

    init(seed: UInt64) {
        random = Mutex(SeededRandom(seed: seed))
    }

    func throwOne(of sides: Int) -> Int {
        random.withLock { $0.below(sides) }
    }
}
