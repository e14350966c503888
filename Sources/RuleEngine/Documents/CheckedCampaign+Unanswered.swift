extension CheckedCampaign {
    /// The first place that asks what nothing answers yet (the contact's history, an office's clock). Such a campaign is
    /// checked and drawn, and not sent: a condition that nobody can decide must never be decided silently.
    package var unanswered: SourceSpan? {
        let segments = (audience.include + audience.exclude).flatMap(\.conditions)
        if let condition = (segments + audience.conditions).first(where: { !$0.isForAudiences }) {
            return condition.span
        }
        return template.messages.values.flatMap(\.values).first { $0.uses.contains(.history) }?.span
    }
}
