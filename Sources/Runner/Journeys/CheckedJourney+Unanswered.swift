package import RuleEngine

extension CheckedJourney {
    /// What it says that nothing carries out yet. Such a program doesn't go live: what is read and ignored would be
    /// believed.
    package func unanswered(in project: CheckedProject) -> UnansweredPart? {
        for key in ["plan_ahead", "pick_by", "approval"] {
            guard let policy, let span = policy.keys[key] else { continue }
            return UnansweredPart(what: "`\(key)` of the policy `\(policy.id)`", span: span)
        }
        let nodes = ProgramGraph.lower(self, in: project, isVersioned: false).nodes
        if let asking = expressions(in: nodes).first(where: { $0.root.asksLink }) {
            return UnansweredPart(what: "which link of a message was followed", span: asking.span)
        }
        for case .deliver(let send, _) in nodes {
            for id in send.reach.channels(in: project) {
                guard let channel = project.channels[id], let key = channel.unansweredKey else { continue }
                return UnansweredPart(what: "`\(key)` of the channel `\(id)`", span: channel.span)
            }
        }
        return nil
    }
}

extension TypedNode {
    /// A condition that nobody can decide must never be decided silently.
    fileprivate var asksLink: Bool {
        if case .fact(.history(let query)) = kind, query.link != nil { return true }
        return operands.contains(where: \.asksLink)
    }
}

extension CheckedChannel {
    /// Limits by the day are counted by campaigns alone.
    fileprivate var unansweredKey: String? {
        if repliesTo != nil { return "replies_to" }
        if warmUp != nil { return "warm_up" }
        return contactsPerDay == nil ? nil : "contacts_per_day"
    }
}

extension CheckedSend.Reach {
    /// In turn, as far as the file says.
    package func channels(in project: CheckedProject) -> [String] {
        switch self {
        case .channels(let ids): ids
        case .route(let id): project.routes[id]?.candidates ?? []
        case .reply(let channel): [channel]
        }
    }
}
