extension ExplanationWriter {
    func steps() -> [Phrase] {
        if case .campaign(let campaign) = program.source, let experiment = campaign.experiment {
            let holdout = campaign.holdout.map { [wording.holdout($0)] } ?? []
            return (holdout + self.experiment(experiment, campaign)).enumerated().map { index, phrase in
                Phrase(phrase.text, phrase.parts, number: "\(index + 1)")
            }
        }
        let steps = phrases(outline.items)
        let branches = outline.items.contains { if case .step(let step) = $0 { !step.ways.isEmpty } else { false } }
        guard branches else { return steps }
        return [
            Phrase("Whoever comes to the end of an indented part goes on with the next step of the part around it.")
        ]
            + steps
    }

    private func phrases(_ items: [Outline.Item]) -> [Phrase] {
        items.map { item in
            switch item {
            case .reference(let node): reference(node)
            case .step(let step): phrase(step)
            }
        }
    }

    private func reference(_ node: Int) -> Phrase {
        if case .exit(let name) = graph.nodes[node] { return wording.exit(name) }
        let target = if case .gate(_, let send) = graph.nodes[node] { send } else { node }
        return Phrase("On to step \(outline.numbers[target] ?? "?").")
    }

    private func phrase(_ step: Outline.Step) -> Phrase {
        var phrase = sentence(graph.nodes[step.node], step)
        if case .exit = graph.nodes[step.node] { return phrase }
        phrase.number = outline.numbers[step.node]
        return phrase
    }

    private func sentence(_ node: ProgramGraph.Node, _ step: Outline.Step) -> Phrase {
        switch node {
        case .entry, .gate: Phrase("Go on.")
        case .holdout(let share, _): wording.holdout(share)
        case .send(let channels, _): wording.send(templateOfCampaign, on: channels)
        case .deliver(let send, _): wording.deliver(send, name: graph.names[step.node])
        case .wait(let wait, _): wording.wait(wait)
        case .waitFor(let event, let conditions, let upTo, _, _):
            wording.waitFor(event, conditions, upTo: upTo)
                .adding([way("If it comes in time", step.ways[0]), way("If it does not", step.ways[1])])
        case .waitUntil(let conditions, let upTo, _, _):
            wording.waitUntil(conditions, upTo: upTo)
                .adding([way("If that comes in time", step.ways[0]), way("If it does not", step.ways[1])])
        case .choose(let arms, _) where arms.count == 1:
            wording.question(arms[0].conditions).adding([way("If so", step.ways[0]), way("If not", step.ways[1])])
        case .choose(let arms, _): choose(arms, step)
        case .split(let name, let shares):
            Phrase(
                "Chance decides between these ways (\(Wording.name(name))); the same contact always gets the same one.",
                zip(shares, step.ways).map { way("\(Wording.share($0.share)), \(Wording.name($0.name))", $1) })
        case .loop(let atMost, let every, let until, _, _):
            wording.loop(atMost, every: every, until: until).adding(phrases(step.ways[0].items))
        case .set(let values, _): wording.set(values)
        case .tag(let name, let lifetime, _): wording.tag(name, lifetime: lifetime)
        case .untag(let name, _): wording.untag(name)
        case .emit(let event, let values, _): wording.emit(event, values)
        case .call(let call, _, _):
            wording.call(call).adding(
                step.ways.count == 2
                    ? [way("If it is answered", step.ways[0]), way("If it fails for good", step.ways[1])] : [])
        case .start(let kind, let id, let values, _): wording.start(kind, id, values)
        case .handOver(let team, let note, _): wording.handOver(to: team, note: note)
        case .exit(let name): wording.exit(name)
        }
    }

    private var templateOfCampaign: CheckedTemplate? {
        switch program.source {
        case .campaign(let campaign): campaign.template
        case .journey: nil
        }
    }

    // MARK: Ways

    /// One way of a question, with what happens on it.
    private func way(_ beginning: String, _ way: Outline.Way, condition: Phrase? = nil) -> Phrase {
        let details = condition.map { [Phrase("Condition: " + $0.text, $0.parts)] } ?? []
        if way.isEmpty { return Phrase(beginning + ": on to the next step.", details) }
        let items = phrases(way.items)
        if items.count == 1, items[0].number == nil, items[0].parts.isEmpty {
            return Phrase(beginning + ": " + items[0].text.lowercasedFirst, details)
        }
        return Phrase(beginning + ":", details + items)
    }

    private func choose(_ arms: [ProgramGraph.Arm], _ step: Outline.Step) -> Phrase {
        var ways: [Phrase] = []
        for (index, arm) in arms.enumerated() {
            let condition = wording.all(arm.conditions)
            let beginning = index == 0 ? "If " : "Else, if "
            ways.append(
                condition.parts.isEmpty
                    ? way(beginning + condition.text, step.ways[index])
                    : way(beginning + "the condition holds", step.ways[index], condition: condition))
        }
        ways.append(way("Otherwise", step.ways[arms.count]))
        return Phrase("The first of these that holds decides.", ways)
    }
}

extension Phrase {
    fileprivate func adding(_ parts: [Phrase]) -> Phrase {
        Phrase(text, self.parts + parts, number: number)
    }
}

extension String {
    fileprivate var lowercasedFirst: String {
        first.map { $0.lowercased() + dropFirst() } ?? self
    }
}
