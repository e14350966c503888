/// What a campaign says that nothing carries out yet. Such a campaign is checked and drawn, and not sent: what is read
/// and ignored would be believed.
package struct UnansweredPart: Sendable, Hashable {
    /// `schedule`, or `quiet_hours` of the policy.
    package let what: String
    package let span: SourceSpan

    package init(what: String, span: SourceSpan) {
        self.what = what
        self.span = span
    }
}

extension CheckedCampaign {
    /// The first such part, in the order of the language's tables.
    package func unanswered(in project: CheckedProject) -> UnansweredPart? {
        if let span = unansweredQuestion {
            return UnansweredPart(what: "which link of a message was followed", span: span)
        }
        let own: [(key: String, isUsed: Bool)] = [
            ("holdout", holdout != nil), ("schedule", schedule != nil), ("experiment", experiment != nil),
            ("valid_for", validFor != nil), ("try_next", tryNext != nil), ("rollout", !rollout.isEmpty),
            ("stop_if", !stopIf.isEmpty), ("goal", goal != nil),
        ]
        for (key, isUsed) in own where isUsed { return UnansweredPart(what: "`\(key)`", span: spans[key] ?? span) }
        if warnAt != nil {
            return UnansweredPart(what: "`warn_at`", span: spans["budget.warn_at"] ?? span)
        }
        if route != nil { return UnansweredPart(what: "a route", span: spans["via"] ?? span) }
        if via.count > 1 { return UnansweredPart(what: "several channels", span: spans["via"] ?? span) }
        for id in via {
            guard let channel = project.channels[id] else { continue }
            let limits: [(key: String, isUsed: Bool)] = [
                ("warm_up", channel.warmUp != nil), ("contacts_per_day", channel.contactsPerDay != nil),
                ("replies_to", channel.repliesTo != nil),
            ]
            for (key, isUsed) in limits where isUsed {
                return UnansweredPart(what: "`\(key)` of the channel `\(id)`", span: channel.span)
            }
        }
        for key in Self.unansweredPolicyKeys {
            guard let policy, let span = policy.keys[key] else { continue }
            return UnansweredPart(what: "`\(key)` of the policy `\(policy.id)`", span: span)
        }
        return nil
    }

    private static let unansweredPolicyKeys = [
        "plan_ahead", "pick_by", "approval",
    ]

    /// Where a condition or text asks what nothing records yet, which link of a message was followed: a condition that
    /// nobody can decide must never be decided silently.
    private var unansweredQuestion: SourceSpan? {
        let segments = (audience.include + audience.exclude).flatMap(\.conditions)
        if let condition = (segments + audience.conditions).first(where: { !$0.isForAudiences }) {
            return condition.span
        }
        return template.messages.values.flatMap(\.values).first { message in
            message.fields.values.contains { $0.history.asksLinks }
        }?.span
    }

    /// What of a contact's past its texts look at.
    package var messageHistory: HistoryNeeds {
        var needs = HistoryNeeds()
        for message in template.messages.values.flatMap(\.values) {
            for field in message.fields.values { needs.formUnion(field.history) }
        }
        return needs
    }
}

extension CheckedAudience {
    /// What of a contact's past its conditions look at.
    package var history: HistoryNeeds {
        HistoryNeeds(of: (include + exclude).flatMap(\.conditions) + conditions)
    }
}
