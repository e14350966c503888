import RuleEngine

/// What would have to be otherwise for one person to be sent a campaign: the fewest things, over all of its channels.
struct SmallestChange {
    let program: CampaignProgram
    let now: Timestamp
    let place: (SourceSpan) -> String

    /// - Parameters:
    ///   - facts: how each channel sees the person.
    ///   - delivery: the row that was not sent; nil where there is none.
    /// - Returns: nil where nothing helps; empty where it would be sent now.
    func remedies(
        _ row: RecipientPage.Row, _ page: RecipientPage, facts: [GateFacts], audience context: EvaluationContext,
        delivery: DeliveryRecord?
    ) -> [Remedy]? {
        var best: [Remedy]?
        for (lane, facts) in facts.enumerated() {
            let plan = program.steps[0].messages[lane]
            var facts = facts
            // Whoever asks wants to know about a message that is wanted now.
            (facts.heldFor, facts.wantedAt, facts.hasLeftAudience) = (nil, nil, false)
            guard
                var remedies = Gate.remedies(facts, rules: plan.rules, kind: program.lanes[lane].kind, now: now)
            else { continue }
            if MessageRenderer(plan: plan, startedAt: now).language(of: row, pool: page.facts.pool) == nil {
                remedies.append(.language(plan.messages.keys.sorted()))
            }
            if remedies.count < best?.count ?? Int.max { best = remedies }
        }
        guard let best else { return nil }
        let contact = row.externalID.bytes(pool: page.facts.pool)
        var own = conditions(context).map { Remedy.condition($0, place: place($0.span)) }
        if program.pace.isHeldOut(contact) {
            own.append(.notHeldOut(below: ContactShare.position(contact, in: program.campaign.id, .holdout)))
        }
        if let remedy = delivery.flatMap(remedy(of:)) { own.append(remedy) }
        return own + best
    }

    /// What the ledger has written down and the gate doesn't know of.
    private func remedy(of delivery: DeliveryRecord) -> Remedy? {
        guard let reason = delivery.reason.flatMap(SkipReason.init(rawValue:)) else { return nil }
        switch reason {
        case .budget:
            return .budget(moreMicros: max(1, delivery.costMicros), currency: delivery.currency)
        case .contentUnsafe, .contentTooLarge, .contentEmpty, .contentMissing: return .content(reason)
        case .alreadyPast, .tooLate: return .moment
        case .erased, .noAddress, .badAddress, .doNotContact, .suppressedStop, .suppressedUnsubscribe,
            .suppressedComplaint, .suppressedBounce, .suppressedProvider, .channelRefused, .noConsent, .consentWeak,
            .consentExpired, .proofMissing, .topicOff, .leftAudience, .capLegal, .capTenant, .outranked,
            .windowNeverOpens,
            .expiredWaiting, .noLanguage, .holdout, .noChannelLeft, .notAllowed, .sessionClosed:
            return nil
        }
    }

    /// One of the segments, none of those that are excluded, and every condition.
    private func conditions(_ context: EvaluationContext) -> [FlippedPart] {
        let audience = program.campaign.audience
        var parts: [FlippedPart] = []
        let ways = audience.include.map { segment in
            segment.conditions.flatMap { $0.smallestFlip(to: true, in: context) }
        }
        if let nearest = ways.min(by: { $0.count < $1.count }) { parts += nearest }
        for segment in audience.exclude {
            // Out of it by whichever of its conditions is quickest.
            let ways = segment.conditions.map { $0.smallestFlip(to: false, in: context) }
            if ways.allSatisfy({ !$0.isEmpty }), let nearest = ways.min(by: { $0.count < $1.count }) {
                parts += nearest
            }
        }
        for condition in audience.conditions { parts += condition.smallestFlip(to: true, in: context) }
        return parts
    }
}
