import RuleEngine
import Runner
import Testing

/// `plan_ahead` and `pick_by: priority`: a place below a cap is kept for who goes first.
@Suite("Priority below caps")
struct PriorityTests {
    private static let now = Timestamp(microseconds: 1_805_284_800_000_000)

    private static func rules(_ whenCapped: CappedAction = .wait) -> GateRules {
        var rules = GateRules(purpose: .transactional, minimumConsent: .none)
        rules.caps = [CapRule(count: 2, period: 86_400_000_000)]
        rules.whenCapped = whenCapped
        rules.planAhead = 86_400_000_000
        rules.priority = 10
        return rules
    }

    private static func facts(sent: Int, rivals: [Double]) -> GateFacts {
        var facts = GateFacts()
        facts.hasAddress = true
        facts.isAddressWellFormed = true
        facts.sends = (0..<sent).map { SendMark(at: now.adding(seconds: -3600 * Double($0 + 1)), kind: "email") }
        facts.rivals = rivals.map { SendMark(at: now.adding(seconds: $0 * 3600), kind: "email") }
        return facts
    }

    @Test func `the last place waits for the message of higher priority, and the one before doesn't`() {
        let rules = Self.rules()
        #expect(Gate.decide(Self.facts(sent: 0, rivals: [5]), rules: rules, now: Self.now) == .allow)
        #expect(
            Gate.decide(Self.facts(sent: 1, rivals: [5]), rules: rules, now: Self.now)
                == .wait(until: Self.now.adding(seconds: 5 * 3600 + 60), reason: .outranked))
        // What is due later than `plan_ahead` says doesn't compete.
        #expect(Gate.decide(Self.facts(sent: 1, rivals: [25]), rules: rules, now: Self.now) == .allow)
        // Where there is no room at all, that is the reason.
        #expect(Gate.decide(Self.facts(sent: 2, rivals: [5]), rules: rules, now: Self.now).holdReason == .capTenant)
    }

    @Test func `where what is capped is skipped, so is what yields`() {
        let rules = Self.rules(.skip)
        #expect(
            Gate.decide(Self.facts(sent: 1, rivals: [5]), rules: rules, now: Self.now) == .block(.outranked))
    }

    @Test func `without pick_by nobody yields`() {
        var rules = Self.rules()
        rules.planAhead = nil
        #expect(Gate.decide(Self.facts(sent: 1, rivals: [0]), rules: rules, now: Self.now) == .allow)
        #expect(rules.questions.rivalsAbove == nil)
        rules.planAhead = 0
        #expect(rules.questions.rivalsAbove == 10)
    }
}
