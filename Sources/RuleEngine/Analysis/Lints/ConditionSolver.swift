/// Decides whether conditions can hold together. Its no is certain; its yes may mean that it doesn't know.
struct ConditionSolver {
    /// How many alternatives are tried before it gives up.
    static let branchLimit = 256

    private var branchesLeft = branchLimit

    /// True where no contact, event or moment makes all of them hold at once.
    static func areImpossible(_ formulas: [ConditionFormula]) -> Bool {
        if case .impossible = answer(formulas) { true } else { false }
    }

    enum Answer {
        case impossible
        /// All of them hold where this is so.
        case possible(ConditionFacts)
        case unknown
    }

    /// - Parameter given: what is settled already.
    static func answer(_ formulas: [ConditionFormula], given: ConditionFacts = ConditionFacts()) -> Answer {
        var solver = ConditionSolver()
        var facts = given
        var open: [[ConditionFormula]] = []
        for formula in formulas where !take(formula, into: &facts, open: &open) { return .impossible }
        return solver.search(facts, open)
    }

    /// Takes in what must hold; false where that contradicts what is there.
    private static func take(
        _ formula: ConditionFormula, into facts: inout ConditionFacts, open: inout [[ConditionFormula]]
    ) -> Bool {
        switch formula {
        case .constant(let holds): return holds
        case .all(let parts):
            for part in parts where !take(part, into: &facts, open: &open) { return false }
            return true
        case .any(let parts):
            if parts.isEmpty { return false }
            if parts.count == 1 { return take(parts[0], into: &facts, open: &open) }
            open.append(parts)
            return true
        case .question(let term, let set, let holds): return facts.answer(term, set, holds: holds)
        case .relation(let left, let right, let order, let holds):
            return facts.relate(left, right, order, holds: holds)
        case .opaque(let question, let needs, let holds):
            return facts.answer(question, needs: needs, holds: holds)
        }
    }

    private mutating func search(_ facts: ConditionFacts, _ open: [[ConditionFormula]]) -> Answer {
        guard let parts = open.last else { return .possible(facts) }
        for part in parts {
            branchesLeft -= 1
            if branchesLeft < 0 { return .unknown }
            var facts = facts
            var rest = Array(open.dropLast())
            guard Self.take(part, into: &facts, open: &rest) else { continue }
            let answer = search(facts, rest)
            if case .impossible = answer { continue }
            return answer
        }
        return .impossible
    }
}

/// Conditions that all hold, to which others may come. It remembers a way in which they do: most of what comes fits into
/// that, and nothing need be searched.
struct HeldConditions {
    private var formulas: [ConditionFormula]
    private var example: ConditionFacts?

    init(_ formulas: [ConditionFormula]) {
        self.formulas = formulas
        example = Self.example(of: formulas)
    }

    /// Whether no contact, event or moment makes them and this one hold at once.
    func exclude(_ formula: ConditionFormula) -> Bool {
        if let example, Self.example(of: [formula], given: example) != nil { return false }
        return ConditionSolver.areImpossible(formulas + [formula])
    }

    mutating func add(_ formula: ConditionFormula) {
        formulas.append(formula)
        example = example.flatMap { Self.example(of: [formula], given: $0) } ?? Self.example(of: formulas)
    }

    private static func example(
        of formulas: [ConditionFormula], given facts: ConditionFacts = ConditionFacts()
    ) -> ConditionFacts? {
        if case .possible(let facts) = ConditionSolver.answer(formulas, given: facts) { facts } else { nil }
    }
}

/// What is settled so far.
struct ConditionFacts {
    private var domains: [(key: ConditionTerm.Key, domain: ConditionDomain)] = []
    private var relations: [(left: ConditionTerm.Key, right: ConditionTerm.Key, order: ConditionOrder)] = []
    private var answers: [(question: [UInt8], holds: Bool)] = []

    /// False where it contradicts what is there.
    mutating func answer(_ term: ConditionTerm, _ set: ConditionSet, holds: Bool) -> Bool {
        let place = place(of: term)
        domains[place].domain.narrow(to: set, holds: holds)
        guard !domains[place].domain.isImpossible else { return false }
        guard holds else { return areRelationsPossible(term.key) }
        for needed in term.needs where !answer(needed, .known, holds: true) { return false }
        return areRelationsPossible(term.key)
    }

    mutating func answer(_ question: [UInt8], needs: [ConditionTerm], holds: Bool) -> Bool {
        if let known = answers.first(where: { $0.question == question }) { return known.holds == holds }
        answers.append((question, holds))
        guard holds else { return true }
        for needed in needs where !answer(needed, .known, holds: true) { return false }
        return true
    }

    mutating func relate(
        _ left: ConditionTerm, _ right: ConditionTerm, _ order: ConditionOrder, holds: Bool
    ) -> Bool {
        if left.key == right.key {
            // A value is equal to itself, so only a missing one fails.
            guard order.contains(.equal) else { return !holds }
            return answer(left, .known, holds: holds)
        }
        let isMirrored = relations.contains { $0.left == right.key && $0.right == left.key }
        let (first, second) = isMirrored ? (right.key, left.key) : (left.key, right.key)
        let wanted = isMirrored ? order.mirrored : order
        // From here on both terms have a domain, which says whether they may be missing.
        _ = place(of: left)
        _ = place(of: right)
        if let known = relations.firstIndex(where: { $0.left == first && $0.right == second }) {
            relations[known].order.formIntersection(holds ? wanted : .every.subtracting(wanted))
        } else {
            relations.append((first, second, holds ? wanted : .every.subtracting(wanted)))
        }
        guard holds else { return areRelationsPossible(left.key) }
        return answer(left, .known, holds: true) && answer(right, .known, holds: true)
    }

    /// Two values that stand in no order to each other: one of them must be missing.
    private func areRelationsPossible(_ key: ConditionTerm.Key) -> Bool {
        for relation in relations where relation.left == key || relation.right == key {
            if relation.order.isEmpty, !mayBeMissing(relation.left), !mayBeMissing(relation.right) {
                return false
            }
        }
        return true
    }

    private func mayBeMissing(_ key: ConditionTerm.Key) -> Bool {
        domains.first { $0.key == key }?.domain.mayBeMissing ?? true
    }

    private mutating func place(of term: ConditionTerm) -> Int {
        if let known = domains.firstIndex(where: { $0.key == term.key }) { return known }
        domains.append((term.key, ConditionDomain(term)))
        return domains.count - 1
    }
}
