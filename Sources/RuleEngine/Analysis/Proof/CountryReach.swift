/// The countries that a contact can have at each node of a program: a forward analysis over the graph, whose sets grow
/// until nothing changes any more.
///
/// A contact's country is taken to stay as it is while the contact is inside, unless the project itself changes it: a
/// `set` of the country anywhere in the project makes every wait forget what was known.
package struct CountryReach: Sendable {
    /// Before each node; empty where nobody comes.
    package let before: [CountrySet]

    init(_ graph: ProgramGraph, entering: CountrySet, slot: Int, isSettled: Bool, field: String) {
        var staying = CountrySet.all
        for condition in graph.exitWhen where condition.slots.contains(slot) {
            staying = staying.intersection(CountryCondition(condition.root, slot: slot).whenFalse)
        }
        var before = Array(repeating: CountrySet.none, count: graph.nodes.count)
        guard !graph.nodes.isEmpty else {
            self.before = before
            return
        }
        before[0] = entering.intersection(staying)
        var open = [0]
        while let index = open.popLast() {
            let node = graph.nodes[index]
            let known = before[index]
            Self.leaving(node, known, slot: slot, isSettled: isSettled, field: field) { next, set in
                // The edges of a graph that somebody else made may lead nowhere.
                guard before.indices.contains(next) else { return }
                let grown = before[next].union(set.intersection(staying))
                if grown != before[next] {
                    before[next] = grown
                    open.append(next)
                }
            }
        }
        self.before = before
    }

    /// Hands over each way on, with the countries that may take it.
    private static func leaving(
        _ node: ProgramGraph.Node, _ known: CountrySet, slot: Int, isSettled: Bool, field: String,
        _ give: (Int, CountrySet) -> Void
    ) {
        let later = isSettled ? known : .all
        switch node {
        case .waitFor(_, let conditions, _, let then, let otherwise):
            give(then, later.intersection(CountryCondition(all: conditions, slot: slot).whenTrue))
            give(otherwise, later)
        case .waitUntil(let conditions, _, let then, let otherwise):
            let shown = CountryCondition(all: conditions, slot: slot)
            give(then, later.intersection(shown.whenTrue))
            give(otherwise, later.intersection(shown.whenFalse))
        case .choose(let arms, let otherwise):
            var left = known
            for arm in arms {
                let shown = CountryCondition(all: arm.conditions, slot: slot)
                give(arm.next, left.intersection(shown.whenTrue))
                left = left.intersection(shown.whenFalse)
            }
            give(otherwise, left)
        case .set(let values, let next):
            guard let value = values.last(where: { $0.field == field }) else { return give(next, known) }
            give(next, Self.assigned(value.value))
        case .wait(_, let next): give(next, later)
        case .loop(_, _, _, let body, let next):
            give(body, later)
            give(next, later)
        case .call(_, let next, let failed):
            give(next, later)
            give(failed, later)
        case .gate(_, let next):
            give(next, known)
        // Who is blocked goes on behind the send: `ConsentFlow` has that way; here it adds nothing, because a
        // send changes no country.
        case .entry, .holdout, .send, .deliver, .split, .tag, .untag, .emit, .start, .handOver, .exit:
            for next in node.successors { give(next, known) }
        }
    }

    private static func assigned(_ value: Assignment.Value) -> CountrySet {
        guard case .expression(let expression) = value, case .constant(.text(let bytes)) = expression.root.kind else {
            return .all
        }
        return CountrySet([String(decoding: bytes, as: UTF8.self)])
    }
}

extension AnalysedProject.Program {
    /// The countries with which a contact can come in.
    func entering(slot: Int, isOptional: Bool) -> CountrySet {
        var entering = isOptional ? CountrySet.all : .known
        switch source {
        case .campaign(let campaign):
            let audience = campaign.audience
            if !audience.include.isEmpty {
                entering = entering.intersection(
                    audience.include.reduce(CountrySet.none) {
                        $0.union(CountryCondition(all: $1.conditions, slot: slot).whenTrue)
                    })
            }
            for segment in audience.exclude {
                entering = entering.intersection(CountryCondition(all: segment.conditions, slot: slot).whenFalse)
            }
            entering = entering.intersection(CountryCondition(all: audience.conditions, slot: slot).whenTrue)
        case .journey(let journey):
            if case .segment(let segment, let crossing, _) = journey.entry.cause {
                let shown = CountryCondition(all: segment.conditions, slot: slot)
                entering = entering.intersection(crossing == .enters ? shown.whenTrue : shown.whenFalse)
            }
            entering = entering.intersection(CountryCondition(all: journey.entry.conditions, slot: slot).whenTrue)
        }
        return entering
    }
}
