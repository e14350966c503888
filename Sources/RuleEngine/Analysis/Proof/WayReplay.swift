/// Walks a program with the facts of a counterexample and asks the evaluator at every decision. Waits, splits and calls
/// end as the way says: both of their ends are possible.
struct WayReplay {
    let program: AnalysedProject.Program
    let project: CheckedProject

    /// True where these facts lead from the entry along all of these nodes.
    func reaches(_ way: [Int], with facts: AssumedFacts) -> Bool {
        guard way.first == 0, comesIn(facts), stays(facts) else { return false }
        var facts = facts
        for (index, next) in zip(way, way.dropFirst()) {
            guard leads(index, to: next, &facts), stays(facts) else { return false }
        }
        return true
    }

    private func holds(_ all: [TypedExpression], _ facts: AssumedFacts, wait: Int? = nil) -> Bool {
        let context = facts.context(at: wait, slots: project.schema.fields.count)
        return all.allSatisfy { FactQuestion.asked($0.root).evaluate(in: context).isTrue }
    }

    private func comesIn(_ facts: AssumedFacts) -> Bool {
        switch program.source {
        case .campaign(let campaign):
            let audience = campaign.audience
            return (audience.include.isEmpty || audience.include.contains { holds($0.conditions, facts) })
                && !audience.exclude.contains { holds($0.conditions, facts) } && holds(audience.conditions, facts)
        case .journey(let journey):
            if case .segment(let segment, let crossing, _) = journey.entry.cause,
                holds(segment.conditions, facts) != (crossing == .enters)
            {
                return false
            }
            return holds(journey.entry.conditions, facts)
        }
    }

    private func stays(_ facts: AssumedFacts) -> Bool {
        !program.graph.exitWhen.contains { holds([$0], facts) }
    }

    private func leads(_ index: Int, to next: Int, _ facts: inout AssumedFacts) -> Bool {
        let node = program.graph.nodes[index]
        switch node {
        case .choose(let arms, let otherwise):
            return (arms.first { holds($0.conditions, facts) }?.next ?? otherwise) == next
        case .waitFor(_, let conditions, _, let then, let otherwise):
            return next == otherwise || (next == then && holds(conditions, facts, wait: index))
        case .waitUntil(let conditions, _, let then, let otherwise):
            return (next == then && holds(conditions, facts)) || (next == otherwise && !holds(conditions, facts))
        case .set(let values, let own):
            let context = facts.context(at: nil, slots: project.schema.fields.count)
            for value in values {
                guard let slot = project.schema.slot(of: value.field) else { continue }
                switch value.value {
                case .expression(let expression):
                    facts.contact[slot] = FactQuestion.asked(expression.root).evaluate(in: context)
                // Nothing behind it reads the field, or the way would not have been taken for one.
                case .text: facts.contact[slot] = .missing
                }
            }
            return own == next
        // Who is blocked goes around the send.
        case .gate(_, let own):
            return own == next || program.graph.nodes[own].successors.contains(next)
        case .entry, .holdout, .send, .deliver, .wait, .split, .loop, .tag, .untag, .emit, .call, .start, .handOver:
            return node.successors.contains(next)
        case .exit: return false
        }
    }
}
