package import RuleEngine

extension CheckedJourney {
    /// What it says that nothing carries out yet. Such a program doesn't go live: what is read and ignored would be
    /// believed.
    package func unanswered(in project: CheckedProject) -> UnansweredPart? {
        if warnAt != nil { return UnansweredPart(what: "`warn_at`", span: budgetSpan ?? span) }
        if case .move = whenChanged { return UnansweredPart(what: "`when_changed: move`", span: span) }
        for key in ["plan_ahead", "pick_by"] {
            guard let policy, let span = policy.keys[key] else { continue }
            return UnansweredPart(what: "`\(key)` of the policy `\(policy.id)`", span: span)
        }
        return nil
    }
}
