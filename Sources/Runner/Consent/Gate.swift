package import RuleEngine

/// What a program asks of the gate, taken from its policy once.
package struct GateRules: Sendable, Equatable {
    package var purpose: Purpose
    /// The weakest consent that will do on this channel.
    package var minimumConsent: ConsentLevel

    package init(purpose: Purpose, minimumConsent: ConsentLevel) {
        self.purpose = purpose
        self.minimumConsent = minimumConsent
    }
}

/// May this person be reached on this channel, for this purpose, now?
///
/// One implementation and one fixed order: planning asks it, and the transaction that writes the intent asks it
/// again. It is pure, so both get the same answer from the same facts.
package enum Gate {
    /// The first reason in the order of the cases of `SkipReason` wins. A block that will not pass comes before a
    /// wait, so that nobody is held for hours who may not be reached at all.
    package static func decide(_ facts: GateFacts, rules: GateRules, now: Timestamp) -> GateDecision {
        if let reason = refusal(facts, rules: rules, now: now) { return .block(reason) }
        return .allow
    }

    /// What no time heals.
    private static func refusal(_ facts: GateFacts, rules: GateRules, now: Timestamp) -> SkipReason? {
        if facts.isErased { return .erased }
        if !facts.hasAddress { return .noAddress }
        if !facts.isAddressWellFormed { return .badAddress }
        if facts.isDoNotContact, rules.purpose == .marketing || !facts.doNotContactIsMarketingOnly {
            return .doNotContact
        }
        if let reason = suppression(facts, rules: rules) { return reason }
        // Step 5, external do-not-contact lists, concerns voice and SMS; email passes.
        guard rules.purpose == .marketing else { return nil }
        if let reason = consent(facts, rules: rules, now: now) { return reason }
        return facts.isTopicOff ? .topicOff : nil
    }

    private static func suppression(_ facts: GateFacts, rules: GateRules) -> SkipReason? {
        // A dead mailbox takes no transactional mail either; the other reasons are about marketing, which is what
        // people said they don't want.
        if facts.suppression == .bounce { return .suppressedBounce }
        guard rules.purpose == .marketing else { return nil }
        switch facts.suppression {
        case .stop: return .suppressedStop
        case .unsubscribe: return .suppressedUnsubscribe
        case .complaint: return .suppressedComplaint
        case .bounce: return .suppressedBounce
        case .provider: return .suppressedProvider
        case nil: return facts.hasRefusedChannel ? .channelRefused : nil
        }
    }

    private static func consent(_ facts: GateFacts, rules: GateRules, now: Timestamp) -> SkipReason? {
        if facts.isConsentRevoked { return .noConsent }
        // An opt-out regime: nothing need have been given.
        if rules.minimumConsent == .none { return nil }
        if facts.consent == .none { return .noConsent }
        if facts.consent < rules.minimumConsent { return .consentWeak }
        if let expiry = facts.consentExpiresAt, expiry <= now { return .consentExpired }
        return facts.isProofComplete ? nil : .proofMissing
    }
}
