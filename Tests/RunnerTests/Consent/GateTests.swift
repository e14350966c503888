import RuleEngine
import Runner
import Testing

@Suite("The gate")
struct GateTests {
    static let now = Timestamp(microseconds: 1_800_000_000_000_000)
    static let marketing = GateRules(purpose: .marketing, minimumConsent: .express)

    /// Somebody whom nothing keeps from being reached.
    static var reachable: GateFacts {
        var facts = GateFacts()
        facts.hasAddress = true
        facts.isAddressWellFormed = true
        facts.consent = .express
        facts.isProofComplete = true
        return facts
    }

    @Test func `lets a consenting person through`() {
        #expect(Gate.decide(Self.reachable, rules: Self.marketing, now: Self.now) == .allow)
    }

    struct Case: Sendable {
        var reason: SkipReason
        var isForTransactional: Bool
        var change: @Sendable (inout GateFacts) -> Void
    }

    /// In the order in which the gate asks.
    static let cases: [Case] = [
        Case(reason: .erased, isForTransactional: true) { $0.isErased = true },
        Case(reason: .noAddress, isForTransactional: true) { $0.hasAddress = false },
        Case(reason: .badAddress, isForTransactional: true) { $0.isAddressWellFormed = false },
        Case(reason: .doNotContact, isForTransactional: true) { $0.isDoNotContact = true },
        Case(reason: .suppressedBounce, isForTransactional: true) { $0.suppression = .bounce },
        Case(reason: .suppressedStop, isForTransactional: false) { $0.suppression = .stop },
        Case(reason: .suppressedUnsubscribe, isForTransactional: false) { $0.suppression = .unsubscribe },
        Case(reason: .suppressedComplaint, isForTransactional: false) { $0.suppression = .complaint },
        Case(reason: .suppressedProvider, isForTransactional: false) { $0.suppression = .provider },
        Case(reason: .channelRefused, isForTransactional: false) { $0.hasRefusedChannel = true },
        Case(reason: .noConsent, isForTransactional: false) { $0.consent = .none },
        Case(reason: .noConsent, isForTransactional: false) { $0.isConsentRevoked = true },
        Case(reason: .consentWeak, isForTransactional: false) { $0.consent = .softOptIn },
        Case(reason: .consentExpired, isForTransactional: false) { $0.consentExpiresAt = GateTests.now },
        Case(reason: .proofMissing, isForTransactional: false) { $0.isProofComplete = false },
        Case(reason: .topicOff, isForTransactional: false) { $0.isTopicOff = true },
    ]

    @Test(arguments: cases.indices)
    func `gives the reason that stands against somebody`(index: Int) {
        let expected = Self.cases[index]
        var facts = Self.reachable
        expected.change(&facts)
        #expect(Gate.decide(facts, rules: Self.marketing, now: Self.now) == .block(expected.reason))
        let transactional = GateRules(purpose: .transactional, minimumConsent: .none)
        #expect(
            Gate.decide(facts, rules: transactional, now: Self.now)
                == (expected.isForTransactional ? .block(expected.reason) : .allow))
    }

    @Test func `names the first of two reasons in its fixed order`() {
        for first in Self.cases.indices {
            for second in Self.cases.indices where second > first {
                var facts = Self.reachable
                Self.cases[second].change(&facts)
                Self.cases[first].change(&facts)
                let reason = Gate.decide(facts, rules: Self.marketing, now: Self.now).skipReason
                // Two cases may set the same field; then the later change stands.
                let candidates = [Self.cases[first].reason, Self.cases[second].reason]
                #expect(reason.map(candidates.contains) == true)
            }
        }
    }

    @Test func `a revocation stands even where the law asks for no consent`() {
        var facts = Self.reachable
        facts.consent = .none
        let optOut = GateRules(purpose: .marketing, minimumConsent: .none)
        #expect(Gate.decide(facts, rules: optOut, now: Self.now) == .allow)
        facts.isConsentRevoked = true
        #expect(Gate.decide(facts, rules: optOut, now: Self.now) == .block(.noConsent))
    }

    @Test func `a do-not-contact entry for marketing lets transactional mail through`() {
        var facts = Self.reachable
        facts.isDoNotContact = true
        facts.doNotContactIsMarketingOnly = true
        #expect(Gate.decide(facts, rules: Self.marketing, now: Self.now) == .block(.doNotContact))
        let transactional = GateRules(purpose: .transactional, minimumConsent: .none)
        #expect(Gate.decide(facts, rules: transactional, now: Self.now) == .allow)
    }
}
