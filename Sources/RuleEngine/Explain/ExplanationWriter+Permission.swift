extension ExplanationWriter {
    private var topic: String? {
        switch program.source {
        case .campaign(let campaign): campaign.topic ?? campaign.template.topic
        case .journey(let journey): journey.topic
        }
    }

    private var lawfulBasis: String? {
        switch program.source {
        case .campaign(let campaign): campaign.lawfulBasis
        case .journey(let journey): journey.lawfulBasis
        }
    }

    private var brand: Brand? {
        switch program.source {
        case .campaign(let campaign): campaign.brand
        case .journey(let journey): journey.brand
        }
    }

    /// What the gate asks. It stands in front of every send, in every program.
    func questions() -> [Phrase] {
        let kinds = kindsUsed
        guard !kinds.isEmpty else { return [] }
        var subject = "Its purpose is \(purpose.rawValue)"
        if let topic { subject += ", its topic \(Wording.name(topic))" }
        if let lawfulBasis { subject += ", its lawful basis \(Wording.words(lawfulBasis))" }
        if let brand { subject += "; it comes from \(brand.name)" }
        var sentences = [Phrase(subject + ".")]
        sentences.append(
            Phrase("Whether a contact may be reached is asked when a message is due, and once more before it leaves."))
        if purpose == .marketing {
            for kind in kinds {
                let level = policy.map { $0.consent[kind] ?? .express } ?? .express
                sentences.append(Phrase("For \(Wording.channelKind(kind)), \(Self.consent(level))."))
            }
        } else {
            sentences.append(Phrase("No consent is asked for, because the purpose is \(purpose.rawValue)."))
        }
        if let policyWords { sentences.append(Phrase(policyWords)) }
        if let policy { sentences += rules(policy) }
        switch program.source {
        case .campaign: sentences.append(Phrase("Whoever may not be reached is skipped, and the reason is kept."))
        case .journey:
            sentences.append(
                Phrase("Whoever may not be reached does not get that message; the reason is kept, and the run goes on.")
            )
        }
        return sentences
    }

    private static func consent(_ level: ConsentLevel) -> String {
        switch level {
        case .none: "nobody need have agreed: it is enough that they have not refused"
        case .softOptIn: "at least the consent `soft_optin` is needed: a customer who was told and has not objected"
        case .express: "at least the consent `express` is needed: the contact said yes"
        case .expressWritten: "the consent `express_written` is needed: the contact said yes in writing"
        }
    }

    private var policyWords: String? {
        guard let policy else {
            return purpose == .marketing ? "No policy is named, so the built-in one holds." : nil
        }
        let packs =
            switch policy.packs.count {
            case 0: ""
            case 1: " and the rule pack " + Wording.name(policy.packs[0])
            default: " and the rule packs " + Wording.list(policy.packs.map(Wording.name), "and")
            }
        return "This follows the policy \(Wording.name(policy.id))\(packs)."
    }

    // MARK: What the sentences above rest on

    /// Segments, routes and opening hours that the program asks, each with what it says.
    func definitions() -> [Phrase] {
        var segments: [String: Phrase] = [:]
        var hours: Set<String> = []
        for segment in namedSegments { segments[segment.id] = wording.all(segment.conditions) }
        func collect(_ node: TypedNode) {
            if case .inSegment(let id, let condition) = node.kind, segments[id] == nil {
                segments[id] = project.segments[id].map { wording.all($0.conditions) } ?? wording.condition(condition)
            }
            if case .fact(.isOpen(let id)) = node.kind { hours.insert(id) }
            if case .fact(.opensNext(let id)) = node.kind { hours.insert(id) }
            for operand in node.operands { collect(operand) }
        }
        for expression in expressions { collect(expression.root) }
        for segment in namedSegments { for condition in segment.conditions { collect(condition.root) } }

        var sentences = segments.sorted { $0.key < $1.key }.map { id, condition in
            Phrase.ending("In the segment \(Wording.name(id)) is every contact for whom", condition)
        }
        sentences += routes.map { describe($0) }
        sentences += hours.sorted().compactMap { id in
            project.settings.openingHours[id].map { described in
                let phrase = wording.openingHours(described)
                return Phrase("\(Wording.name(id)) \(phrase.text)", phrase.parts)
            }
        }
        return sentences
    }

    private var namedSegments: [CheckedSegment] {
        switch program.source {
        case .campaign(let campaign): return campaign.audience.include + campaign.audience.exclude
        case .journey(let journey):
            if case .segment(let segment, _, _) = journey.entry.cause { return [segment] }
            return []
        }
    }

    private var expressions: [TypedExpression] {
        let asked =
            switch program.source {
            case .campaign(let campaign):
                campaign.audience.conditions + campaign.stopIf + (campaign.goal?.conditions ?? [])
                    + graph.nodes.flatMap(\.expressions)
            case .journey(let journey): journey.expressions(in: graph.nodes)
            }
        return asked + routes.flatMap { $0.skipWhen + $0.rank }
    }

    private var routes: [CheckedRoute] {
        var ids: Set<String> = []
        for case .deliver(let send, _) in graph.nodes { if case .route(let id) = send.reach { ids.insert(id) } }
        return ids.sorted().compactMap { project.routes[$0] }
    }

    private func describe(_ route: CheckedRoute) -> Phrase {
        var parts: [Phrase] = []
        if !route.skipWhen.isEmpty {
            parts.append(.ending("A channel is left out when", wording.any(route.skipWhen)))
        }
        for (index, rank) in route.rank.enumerated() {
            let beginning = index == 0 ? "The best is the one" : "Among equals it is the one"
            let isCondition = rank.type.type == .bool
            parts.append(
                isCondition
                    ? .ending(beginning + " for which", wording.condition(rank.root))
                    : Phrase("\(beginning) with the smallest value of \(wording.term(rank.root))."))
        }
        parts.append(
            Phrase(
                (route.rank.isEmpty ? "The best" : "Among equals it") + " is the one that stands first here: "
                    + Wording.list(route.candidates.map { wording.channel($0) }, "then") + "."))
        if let next = route.tryNext { parts.append(Phrase(wording.tryNext(next))) }
        return Phrase("The route \(Wording.name(route.id)) chooses between \(route.candidates.count) channels.", parts)
    }
}
