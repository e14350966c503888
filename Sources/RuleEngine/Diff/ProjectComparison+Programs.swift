extension ProjectComparison {
    func changes(of was: CheckedCampaign, _ now: CheckedCampaign) -> [MeaningChange] {
        if ProgramGraph.lower(was, in: old).canonicalForm == ProgramGraph.lower(now, in: new).canonicalForm {
            return []
        }
        var list = ChangeList("campaign \(Wording.name(now.id))", old: was.span, new: now.span)
        func places(_ key: String) -> (old: SourceSpan?, new: SourceSpan?) {
            (was.spans[key] ?? was.span, now.spans[key] ?? now.span)
        }
        rights(
            Rights(was.purpose, was.topic, was.lawfulBasis, was.brand, was.policy, kinds(old, was.via)),
            Rights(now.purpose, now.topic, now.lawfulBasis, now.brand, now.policy, kinds(new, now.via)), &list, places)
        list.compare("the priority", "\(was.priority)", "\(now.priority)", places: places("priority"))
        list.compare(
            "the budget", was.budget.map(before.money), now.budget.map(after.money), places: places("budget"))

        let audience = places("audience")
        list.compareSets(
            "the included segment", was.audience.include.map { Wording.name(before.alias(.segment, $0.id)) },
            now.audience.include.map { Wording.name($0.id) },
            added: was.audience.include.isEmpty ? .narrower : .wider, places: audience)
        list.compareSets(
            "the excluded segment", was.audience.exclude.map { Wording.name(before.alias(.segment, $0.id)) },
            now.audience.exclude.map { Wording.name($0.id) }, added: .narrower, places: audience)
        conditions.compare(
            "a condition of the audience", was.audience.conditions, now.audience.conditions, places: audience,
            into: &list)
        list.compare(
            "the expected size of the audience", was.audience.expect.map(Self.range),
            now.audience.expect.map(Self.range),
            places: audience)
        list.compare(
            "the channel", reach(was.route, was.via, before), reach(now.route, now.via, after), places: places("via"))
        if was.experiment != nil || now.experiment != nil {
            // The experiment names its own messages.
        } else if let first = was.template.id, let second = now.template.id {
            list.compare(
                "the template", Wording.name(before.alias(.template, first)), Wording.name(second),
                places: places("send"))
        } else {
            list.compare(
                "the template", was.template.id.map(Wording.name) ?? "a message written here",
                now.template.id.map(Wording.name) ?? "a message written here", places: places("send"))
            if was.template.id == nil, now.template.id == nil {
                texts("the message", was.template, now.template, &list)
            }
        }
        plan(was, now, &list)
        return list.changes
    }

    private func plan(_ was: CheckedCampaign, _ now: CheckedCampaign, _ list: inout ChangeList) {
        func places(_ key: String) -> (old: SourceSpan?, new: SourceSpan?) {
            (was.spans[key] ?? was.span, now.spans[key] ?? now.span)
        }
        list.compare(
            "the share that gets nothing", was.holdout.map(Wording.share), now.holdout.map(Wording.share),
            places: places("holdout"))
        list.compare(
            "when it begins", was.schedule.map { begins($0, before) }, now.schedule.map { begins($0, after) },
            places: places("schedule"))
        list.compare(
            "how long it may be held up", was.validFor.map(Wording.duration), now.validFor.map(Wording.duration),
            places: places("valid_for"))
        list.compare(
            "when the next channel is tried", was.tryNext.map(before.tryNext), now.tryNext.map(after.tryNext),
            places: places("try_next"))
        list.compare("the stages", Self.stages(was.rollout), Self.stages(now.rollout), places: places("rollout"))
        conditions.compare(
            "a condition that stops it", was.stopIf, now.stopIf, isAlternative: true, places: places("stop_if"),
            into: &list)
        goal(was.goal, now.goal, conditions, &list)
        list.compare(
            "when the budget warns", was.warnAt.map(Wording.share), now.warnAt.map(Wording.share),
            places: places("budget"))
        list.compare(
            "the experiment", was.experiment.map { experiment($0, before) },
            now.experiment.map { experiment($0, after) },
            places: (was.experiment?.span ?? was.span, now.experiment?.span ?? now.span))
    }

    private func begins(_ plan: CampaignSchedule, _ wording: Wording) -> String {
        let past = plan.ifAlreadyPast.map { "; where that is past, \(Wording.words($0.rawValue))" } ?? ""
        return wording.schedule(plan.schedule) + past + "; at most \(Wording.duration(plan.tooLateAfter)) late"
    }

    private static func stages(_ stages: [RolloutStage]) -> String? {
        let words = stages.map { stage in
            Wording.share(stage.share) + (stage.watch.map { " watched for \(Wording.duration($0))" } ?? "")
        }
        return words.isEmpty ? nil : Wording.list(words, "then")
    }

    private func experiment(_ experiment: CheckedExperiment, _ wording: Wording) -> String {
        let arms = experiment.arms.map { arm in
            let template =
                arm.template.id.map { Wording.name(wording.alias(.template, $0)) } ?? "a message written here"
            return "\(Wording.share(arm.share)) \(template)"
        }
        let fallback = experiment.arms.indices.contains(experiment.otherwise) ? experiment.otherwise + 1 : 0
        return "\(Wording.list(arms, "and")) of a sample of \(Wording.share(experiment.sample)); after "
            + "\(Wording.duration(experiment.decideAfter)) the one most \(experiment.metric.rawValue), if "
            + "\(Wording.share(experiment.confidence)) certain, else the one that stands at place \(fallback)"
    }

    func changes(of was: CheckedJourney, _ now: CheckedJourney) -> [MeaningChange] {
        if ProgramGraph.lower(was, in: old).canonicalForm == ProgramGraph.lower(now, in: new).canonicalForm {
            return []
        }
        var list = ChangeList("\(now.kind.rawValue) \(Wording.name(now.id))", old: was.span, new: now.span)
        func places(_ key: String) -> (old: SourceSpan?, new: SourceSpan?) {
            (was.spans[key] ?? was.span, now.spans[key] ?? now.span)
        }
        rights(
            Rights(was.purpose, was.topic, was.lawfulBasis, was.brand, was.policy, kinds(old, was.channels(in: old))),
            Rights(now.purpose, now.topic, now.lawfulBasis, now.brand, now.policy, kinds(new, now.channels(in: new))),
            &list, places)
        list.compare("the priority", "\(was.priority)", "\(now.priority)", places: places("priority"))
        list.compare(
            "the budget", was.budget.map { Self.allowance($0, before) }, now.budget.map { Self.allowance($0, after) },
            places: places("budget"))

        list.compare(
            "when the budget warns", was.warnAt.map(Wording.share), now.warnAt.map(Wording.share),
            places: places("budget"))

        let entry = (old: was.entry.span as SourceSpan?, new: now.entry.span as SourceSpan?)
        list.compare("what starts a run", cause(was.entry, before), cause(now.entry, after), places: entry)
        conditions.compare(
            "a condition of the entry", was.entry.conditions, now.entry.conditions, places: entry, into: &list)
        list.compare(
            "whether somebody may come in again", Self.again(was.entry.again), Self.again(now.entry.again),
            places: entry)
        list.compare("what a second start does", runs(was, before), runs(now, after), places: entry)
        list.compare(
            "the share that gets nothing", was.holdout.map(Wording.share), now.holdout.map(Wording.share),
            places: places("holdout"))

        // Steps before conditions that point at them: a renamed step is the same step.
        let second = now.steps.map { ComparedStep($0, after) }
        var renamed = before
        Self.matchNames(was.steps.map { ComparedStep($0, before) }, second, into: &renamed.renaming)
        let conditions = ConditionComparison(old: renamed, new: after)
        StepComparison.compare(was.steps.map { ComparedStep($0, renamed) }, second, into: &list)

        goal(was.goal, now.goal, conditions, &list)
        conditions.compare(
            "a condition that ends the run", was.exitWhen, now.exitWhen, isAlternative: true,
            places: places("exit_when"), into: &list)
        list.compare(
            "what a change does with people inside", Self.change(was.whenChanged), Self.change(now.whenChanged),
            places: places("when_changed"))
        return list.changes
    }

    private static func matchNames(_ old: [ComparedStep], _ new: [ComparedStep], into renaming: inout Renaming) {
        for case .both(let first, let second) in StepAlignment.align(
            old.count, new.count, cost: { old[$0].cost(to: new[$1]) })
        {
            if let name = old[first].name, let other = new[second].name { renaming.add(.step, name, now: other) }
            for (before, after) in zip(old[first].ways, new[second].ways) {
                matchNames(before.steps, after.steps, into: &renaming)
            }
        }
    }

    private func goal(
        _ was: CheckedGoal?, _ now: CheckedGoal?, _ conditions: ConditionComparison, _ list: inout ChangeList
    ) {
        let places = (was?.span, now?.span)
        list.compare("the goal", was.map { Wording.name($0.event) }, now.map { Wording.name($0.event) }, places: places)
        guard let was, let now else { return }
        conditions.compare("a condition of the goal", was.conditions, now.conditions, places: places, into: &list)
        list.compare(
            "the time for the goal", was.within.map(Wording.duration), now.within.map(Wording.duration), places: places)
        list.compare(
            "what reaching the goal does", was.endsRun ? "ends the run" : "is counted",
            now.endsRun ? "ends the run" : "is counted", places: places)
    }

    // MARK: Words

    private func reach(_ route: String?, _ channels: [String], _ wording: Wording) -> String {
        route.map { "the route " + Wording.name(wording.alias(.route, $0)) }
            ?? Wording.list(channels.map { wording.channel($0) }, "then")
    }

    private func cause(_ entry: CheckedEntry, _ wording: Wording) -> String {
        switch entry.cause {
        case .event(let name): "the event \(Wording.name(name))"
        case .webhook(let name): "a report of \(Wording.name(name)) by another system"
        case .inbound(let channel): "a message on \(wording.channel(channel))"
        case .segment(let segment, let crossing, let includesExisting):
            "\(crossing == .enters ? "getting into" : "dropping out of") the segment "
                + Wording.name(wording.alias(.segment, segment.id)) + (includesExisting ? ", with" : ", without")
                + " those who are there at the start"
        case .schedule(let schedule): wording.schedule(schedule)
        }
    }

    private func runs(_ journey: CheckedJourney, _ wording: Wording) -> String {
        journey.runs.rawValue + (journey.key.map { ", for each value of \(wording.term($0.root))" } ?? "")
    }

    private static func again(_ again: ReEntry) -> String {
        switch again {
        case .never: "never"
        case .always: "always"
        case .after(let pause): "\(Wording.duration(pause)) after the last run"
        }
    }

    private static func allowance(_ budget: Allowance, _ wording: Wording) -> String {
        wording.money(budget.amount) + (budget.period.map { " in any \(Wording.duration($0))" } ?? "")
    }

    private static func change(_ rule: ChangeRule) -> String {
        switch rule {
        case .keep: "they finish the version that they began"
        case .end: "they are taken out"
        case .move(let moves, let othersEnd):
            "they move " + moves.map { "\($0.key) to \($0.value.name)" }.sorted().joined(separator: ", ")
                + (othersEnd ? "; others are taken out" : "; others stay")
        }
    }

    static func range(_ range: ClosedRange<Int>) -> String {
        "\(Wording.number(range.lowerBound)) to \(Wording.number(range.upperBound))"
    }

    private func kinds(_ project: CheckedProject, _ channels: [String]) -> Set<String> {
        Set(channels.compactMap { project.channels[$0]?.kind })
    }

    // MARK: Rights

    private struct Rights {
        let purpose: Purpose
        let topic: String?
        let basis: String?
        let brand: Brand?
        let policy: CheckedPolicy?
        let kinds: Set<String>

        init(
            _ purpose: Purpose, _ topic: String?, _ basis: String?, _ brand: Brand?, _ policy: CheckedPolicy?,
            _ kinds: Set<String>
        ) {
            self.purpose = purpose
            self.topic = topic
            self.basis = basis
            self.brand = brand
            self.policy = policy
            self.kinds = kinds
        }

        func consent(_ kind: String) -> ConsentLevel {
            purpose == .marketing ? policy.map { $0.consent[kind] ?? .express } ?? .express : .none
        }
    }

    /// With what right it sends, and in whose name.
    private func rights(
        _ was: Rights, _ now: Rights, _ list: inout ChangeList,
        _ places: (String) -> (old: SourceSpan?, new: SourceSpan?)
    ) {
        let isWeaker = was.kinds.intersection(now.kinds).contains { now.consent($0) < was.consent($0) }
        let direction: MeaningChange.Direction? = isWeaker ? .weakerConsent : nil
        list.compare("the purpose", was.purpose.rawValue, now.purpose.rawValue, direction, places: places("purpose"))
        list.compare("the topic", was.topic.map(Wording.name), now.topic.map(Wording.name), places: places("topic"))
        list.compare(
            "the lawful basis", was.basis.map(Wording.words), now.basis.map(Wording.words),
            places: places("lawful_basis"))
        // The brand's own words are compared once, with the project's.
        let brands = (Self.brand(was.brand, old), Self.brand(now.brand, new))
        list.compare("the brand", brands.0, brands.1, places: places("brand"))
        list.compare(
            "the policy", was.policy.map { Wording.name(before.alias(.policy, $0.id)) } ?? "the built-in one",
            now.policy.map { Wording.name($0.id) } ?? "the built-in one", was.purpose == now.purpose ? direction : nil,
            places: places("policy"))
    }

    private static func brand(_ brand: Brand?, _ project: CheckedProject) -> String? {
        guard let brand else { return nil }
        return project.settings.brands.sorted { $0.key < $1.key }.first { $0.value == brand }.map {
            Wording.name($0.key)
        }
            ?? brand.name
    }
}

extension CheckedJourney {
    /// Every channel that some send may use.
    func channels(in project: CheckedProject) -> [String] {
        ProgramGraph.lower(self, in: project).nodes.flatMap { node -> [String] in
            if case .deliver(let send, _) = node { project.channels(of: send.reach) } else { [] }
        }
    }
}
