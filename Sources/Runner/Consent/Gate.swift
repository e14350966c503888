package import RuleEngine

/// May this person be reached on this channel, for this purpose, now?
///
/// One implementation and one fixed order: planning asks it, and the transaction that writes the intent asks it
/// again. It is pure, so both get the same answer from the same facts.
package enum Gate {
    /// The first reason in the order of the cases of `SkipReason` wins. A block that will not pass comes before a
    /// wait, so that nobody is held for hours who may not be reached at all.
    package static func decide(_ facts: GateFacts, rules: GateRules, now: Timestamp) -> GateDecision {
        if let reason = refusal(facts, rules: rules, now: now) { return .block(reason) }
        if facts.hasLeftAudience { return .block(.leftAudience) }
        if let decision = capped(facts, rules: rules, now: now) { return decision }
        if let decision = outranked(facts, rules: rules, now: now) { return decision }
        return held(facts, rules: rules, now: now)
    }

    /// When the hours end in which a message that leaves now may arrive. Nil where nothing limits them.
    package static func validity(_ facts: GateFacts, rules: GateRules, now: Timestamp) -> Timestamp? {
        guard let hours = rules.hours else { return nil }
        let stretch = hours.stretch(at: now, for: facts.place ?? nowhere)
        return stretch.isOpen ? stretch.until : nil
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
        if let given = facts.consentGivenAt {
            let isOver = rules.expiries.contains {
                $0.concerns(facts) && $0.isOver(givenAt: given, now: now, place: facts.place ?? nowhere)
            }
            if isOver { return .consentExpired }
        }
        return facts.isProofComplete ? nil : .proofMissing
    }

    // MARK: - Caps

    /// Nil where there is room below every cap that concerns the person.
    private static func capped(_ facts: GateFacts, rules: GateRules, now: Timestamp) -> GateDecision? {
        var latest: (roomAt: Timestamp, isLegal: Bool)?
        for cap in rules.caps where cap.concerns(facts.place) {
            guard let roomAt = cap.load(of: facts.sends, now: now).roomAt else { continue }
            let isLegal = cap.pack != nil || latest?.isLegal == true
            latest = (max(roomAt, latest?.roomAt ?? roomAt), isLegal)
        }
        guard let latest else { return nil }
        guard rules.whenCapped == .wait else { return .block(latest.isLegal ? .capLegal : .capTenant) }
        return waiting(
            until: latest.roomAt, for: latest.isLegal ? .capLegal : .capTenant, facts, rules: rules)
    }

    /// How often at least somebody who yields looks again, in microseconds.
    private static let yielding: Int64 = 60_000_000

    /// There is room, and messages of higher priority that are due soon take all of it. Nil where some is left.
    private static func outranked(_ facts: GateFacts, rules: GateRules, now: Timestamp) -> GateDecision? {
        guard let ahead = rules.planAhead, !facts.rivals.isEmpty else { return nil }
        let rivals = facts.rivals.filter { $0.at <= now.later(by: ahead) }
        var latest: Timestamp?
        for cap in rules.caps where cap.pack == nil {
            let before = rivals.filter(cap.counts)
            let wanted = cap.load(of: facts.sends, now: now).sent + before.count
            guard !before.isEmpty, wanted >= cap.count else { continue }
            // With the last of them it is known whether a place is left.
            for rival in before { latest = max(latest ?? rival.at, rival.at) }
        }
        guard let latest else { return nil }
        guard rules.whenCapped == .wait else { return .block(.outranked) }
        return waiting(until: max(latest, now).later(by: yielding), for: .outranked, facts, rules: rules)
    }

    private static func waiting(
        until: Timestamp, for reason: HoldReason, _ facts: GateFacts, rules: GateRules
    ) -> GateDecision {
        guard let hours = rules.hours else { return .wait(until: until, reason: reason) }
        // There is no use in asking at night.
        let stretch = hours.stretch(at: until, for: facts.place ?? nowhere)
        if stretch.isOpen { return .wait(until: until, reason: reason) }
        guard let opens = stretch.until else { return .block(.windowNeverOpens) }
        return .wait(until: opens, reason: reason)
    }

    // MARK: - Hours

    private static func held(_ facts: GateFacts, rules: GateRules, now: Timestamp) -> GateDecision {
        guard let hours = rules.hours else { return .allow }
        let place = facts.place ?? nowhere
        let stretch = hours.stretch(at: now, for: place)
        let after = rules.afterQuietHours
        if stretch.isOpen {
            // It was held, and nobody came for it in time.
            if facts.heldFor == .quietHours, let after, let wanted = facts.wantedAt,
                now > wanted.later(by: after.dropAfter).later(by: after.spread ?? 0)
            {
                return .block(.expiredWaiting)
            }
            return .allow
        }
        guard let opens = stretch.until else { return .block(.windowNeverOpens) }
        let wanted = facts.wantedAt ?? now
        if let after, opens > wanted.later(by: after.dropAfter) { return .block(.expiredWaiting) }
        guard let spread = after?.spread, spread > 0 else { return .wait(until: opens, reason: .quietHours) }
        let open = hours.stretch(at: opens, for: place)
        let room = min(spread, max(1, (open.until ?? opens).microseconds - opens.microseconds))
        // Always the same moment for the same person, whatever asks and how often.
        return .wait(until: opens.later(by: Int64(mixed(facts.contact) % UInt64(room))), reason: .quietHours)
    }

    /// Nothing is known of where the person is.
    private static let nowhere = PlaceBook.shared.place(timeZone: nil, country: nil, number: nil)

    /// Spreads neighbouring keys over all numbers (splitmix64).
    private static func mixed(_ contact: Int64) -> UInt64 {
        var value = UInt64(bitPattern: contact) &+ 0x9E37_79B9_7F4A_7C15
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}

extension Timestamp {
    /// Microseconds; beyond the end of time is its end.
    func later(by duration: Int64) -> Timestamp {
        let (sum, isOver) = microseconds.addingReportingOverflow(duration)
        return Timestamp(microseconds: isOver ? .max : sum)
    }
}
