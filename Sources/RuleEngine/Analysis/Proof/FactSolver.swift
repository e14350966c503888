/// Looks for facts with which conditions hold or fail as asked, by trying values that stand in the conditions
/// themselves, or just beside them. It may give up; what it finds is asked of the evaluator in the end.
struct FactSolver {
    private enum Variable: Hashable {
        case contact(Int)
        case entry(String)
        case event(wait: Int, String)
        case answer(String)
    }

    private let slots: Int
    /// Fields without which nothing would be sent at all: the address.
    private let needed: Set<Int>
    private let constants: [Value]
    /// How many comparisons may still be tried.
    private(set) var budget: Int

    init(_ goals: [WayGoal], slots: Int, needed: Set<Int>, budget: Int) {
        self.slots = slots
        self.budget = budget
        self.needed = needed
        var constants: [Value] = []
        for goal in goals { goal.condition.collectConstants(into: &constants) }
        self.constants = Array(constants.prefix(64))
    }

    mutating func solve(_ goals: [WayGoal], from facts: AssumedFacts) -> AssumedFacts? {
        solve(goals[...], facts)
    }

    private mutating func solve(_ goals: ArraySlice<WayGoal>, _ facts: AssumedFacts) -> AssumedFacts? {
        guard let goal = goals.first else { return facts }
        guard budget > 0 else { return nil }
        let rest = goals.dropFirst()
        func with(_ node: TypedNode, _ isWanted: Bool) -> WayGoal {
            WayGoal(condition: node, isWanted: isWanted, wait: goal.wait)
        }
        switch (goal.condition.kind, goal.isWanted) {
        case (.not(let node), let isWanted): return solve([with(node, !isWanted)] + rest, facts)
        case (.inSegment(_, let node), let isWanted): return solve([with(node, isWanted)] + rest, facts)
        case (.and(let nodes), true), (.or(let nodes), false):
            return solve(nodes.map { with($0, goal.isWanted) } + rest, facts)
        case (.and(let nodes), false), (.or(let nodes), true):
            for node in nodes {
                if let found = solve([with(node, goal.isWanted)] + rest, facts) { return found }
            }
            return nil
        default: return tryValues(goal, rest, facts)
        }
    }

    /// Gives the variables of one comparison every candidate, until it comes out right and the rest does too.
    private mutating func tryValues(
        _ goal: WayGoal, _ rest: ArraySlice<WayGoal>, _ facts: AssumedFacts
    ) -> AssumedFacts? {
        var variables: [(Variable, TypeInfo)] = []
        collect(goal.condition, goal.wait, into: &variables)
        guard let (variable, type) = variables.first(where: { Self.value($0.0, in: facts) == nil }) else {
            budget -= 1
            let isTrue = goal.condition.evaluate(in: facts.context(at: goal.wait, slots: slots)).isTrue
            return isTrue == goal.isWanted ? solve(rest, facts) : nil
        }
        for value in candidates(for: variable, type) {
            var tried = facts
            Self.set(variable, value, in: &tried)
            if let found = tryValues(goal, rest, tried) { return found }
            if budget <= 0 { return nil }
        }
        return nil
    }

    private func collect(_ node: TypedNode, _ wait: Int?, into found: inout [(Variable, TypeInfo)]) {
        let variable: Variable?
        switch node.kind {
        case .field(let field): variable = .contact(field.slot)
        case .fact(.field(.entry, let field)): variable = .entry(field.name)
        case .fact(.field(.event, let field)):
            variable = wait.map { .event(wait: $0, field.name) } ?? .entry(field.name)
        case .local(let question): variable = .answer(question)
        default: variable = nil
        }
        if let variable, !found.contains(where: { $0.0 == variable }) {
            var type = node.type
            // A guard around the expression took the type's "may be missing" away; the field still has it.
            if case .field(let field) = node.kind { type = field.type }
            found.append((variable, type))
        }
        for operand in node.operands { collect(operand, wait, into: &found) }
    }

    private static func value(_ variable: Variable, in facts: AssumedFacts) -> Value? {
        switch variable {
        case .contact(let slot): facts.contact[slot]
        case .entry(let name): facts.entry[name]
        case .event(let wait, let name): facts.events[wait]?[name]
        case .answer(let question): facts.answers[question]
        }
    }

    private static func set(_ variable: Variable, _ value: Value, in facts: inout AssumedFacts) {
        switch variable {
        case .contact(let slot): facts.contact[slot] = value
        case .entry(let name): facts.entry[name] = value
        case .event(let wait, let name): facts.events[wait, default: [:]][name] = value
        case .answer(let question): facts.answers[question] = value
        }
    }

    // MARK: Candidates

    private func candidates(for variable: Variable, _ type: TypeInfo) -> [Value] {
        var values: [Value]
        switch type.type {
        case .bool: values = [.bool(false), .bool(true)]
        case .oneOf(let words): values = words.map { Value($0) }
        case .list: values = lists(of: variable)
        case .country: values = texts().filter { $0.isText(ofLength: 2) } + [Value("DE")]
        case .channelKind: values = Catalog.channelKinds.map { Value($0) }
        case .text, .email, .phone, .locale, .unknown: values = texts()
        case .int, .decimal, .money, .date, .instant, .duration:
            values = type.type.numberKind.map { numbers($0) } ?? []
        }
        var isOptional = type.isOptional
        if case .contact(let slot) = variable, needed.contains(slot) { isOptional = false }
        // What isn't there is tried last: a person with everything filled in is easier to picture.
        if isOptional { values.append(.missing) }
        return values.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    private func numbers(_ kind: Value.NumberKind) -> [Value] {
        let day = Arithmetic.microsecondsPerDay
        let now = AssumedFacts.now.microseconds
        var numbers: [Int64] = [kind == .decimal || kind == .money ? 1_000_000 : 1]
        for case .number(let number, let own) in constants where own == kind || kind == .int {
            numbers += [number, number.addingReportingOverflow(1).partialValue]
            numbers.append(number.subtractingReportingOverflow(1).partialValue)
        }
        switch kind {
        case .instant: numbers += [now, now + day, now - day, now + 400 * day, now - 400 * day]
        case .date:
            let today = now / day
            numbers += [today, today + 1, today - 1, today + 400, today - 400]
        case .int, .decimal, .money, .duration: numbers += [0, 1_000_000_000]
        }
        return numbers.map { .number($0, kind) }
    }

    private func texts() -> [Value] {
        var texts: [Value] = []
        for case .text(let bytes) in constants {
            texts += [.text(bytes), .text([0x78] + bytes), .text(bytes + [0x78])]
        }
        return texts + [Value("x"), Value("")]
    }

    private func lists(of variable: Variable) -> [Value] {
        let items = constants.filter { if case .text = $0 { true } else { false } }
        let counts = constants.compactMap { value -> Int? in
            guard case .number(let number, .int) = value, (0...100).contains(number) else { return nil }
            return Int(number)
        }
        let sized = counts.flatMap { [$0, $0 + 1] }.map { Value.list(Array(repeating: Value("x"), count: $0)) }
        let named = items.map { Value.list([$0]) } + (items.isEmpty ? [] : [.list(items)])
        // Lists of events are counted, those of contacts are looked into.
        if case .contact = variable { return [.list([])] + named + sized }
        return [.list([])] + sized + named
    }
}

extension TypedNode {
    fileprivate func collectConstants(into constants: inout [Value]) {
        switch kind {
        case .constant(let value): constants.append(value)
        case .isAmong(_, let values): constants += values
        case .matches(_, let glob): constants.append(.text(glob.sample))
        default: break
        }
        for operand in operands { operand.collectConstants(into: &constants) }
    }
}

extension Glob {
    /// A text that the pattern fits.
    fileprivate var sample: [UInt8] {
        pattern.compactMap { byte in
            switch byte {
            case UInt8(ascii: "*"): nil
            case UInt8(ascii: "?"): UInt8(ascii: "x")
            default: byte
            }
        }
    }
}

extension Value {
    fileprivate func isText(ofLength length: Int) -> Bool {
        if case .text(let bytes) = self { bytes.count == length } else { false }
    }
}
