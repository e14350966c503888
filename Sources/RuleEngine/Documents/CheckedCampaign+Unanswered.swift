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
        for id in via {
            guard let channel = project.channels[id] else { continue }
            if channel.repliesTo != nil {
                return UnansweredPart(what: "`replies_to` of the channel `\(id)`", span: channel.span)
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
        let templates = [template] + (experiment?.arms.map(\.template) ?? [])
        return templates.flatMap(\.messages.values).flatMap(\.values).first { message in
            message.fields.values.contains { $0.history.asksLinks }
        }?.span
    }

    /// What of a contact's past its texts look at.
    package var messageHistory: HistoryNeeds {
        var needs = HistoryNeeds()
        let templates = [template] + (experiment?.arms.map(\.template) ?? [])
        for message in templates.flatMap(\.messages.values).flatMap(\.values) {
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
