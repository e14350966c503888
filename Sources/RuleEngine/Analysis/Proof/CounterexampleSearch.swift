/// Looks for somebody who comes to a send past the gates that would keep them from it, and shows it: the way, the facts
/// that make a person take it, and a replay of every decision on it in the evaluator.
struct CounterexampleSearch {
    /// So many ways are looked at; the shortest come first.
    private static let limit = 200
    /// So many comparisons are tried for one send: whoever breaks a rule is nearly always found within a hundred.
    private var budget = 10_000

    let project: CheckedProject
    let program: AnalysedProject.Program
    let flow: ConsentFlow
    let facts: ProgramFacts

    init(project: CheckedProject, program: AnalysedProject.Program, flow: ConsentFlow, facts: ProgramFacts) {
        self.project = project
        self.program = program
        self.flow = flow
        self.facts = facts
    }

    /// - Parameters:
    ///   - channel: by which the message leaves; the person has an address and this consent there, and no other.
    ///   - isStrong: the gates to get around.
    mutating func find(
        _ send: Int, channel: String?, countries: CountrySet, consent: ConsentLevel, around isStrong: (Int) -> Bool
    ) -> Counterexample? {
        let kind = channel.flatMap { project.channels[$0]?.kind }
        let ways = flow.waysAround(to: send, limit: Self.limit, where: isStrong) { from, to in
            guard from < program.graph.nodes.count, case .gate = program.graph.nodes[from] else { return true }
            return lets(through: from, kind: kind, consent: consent) == (flow.gate(passedAt: to) == from)
        }
        for way in ways where budget > 0 {
            let nodes = expanded(way.filter { $0 < program.graph.nodes.count })
            let goals = WayGoals(nodes, program: program, project: project, channel: channel)
            if goals.isOpaque { continue }
            for country in countries.numbers.prefix(3) {
                if let found = solve(goals.goals, nodes, country: country, kind: kind) {
                    return Counterexample(
                        nodes: nodes, path: WayNames(program).names(of: nodes), facts: found, channel: channel,
                        consent: consent, described: describe(found))
                }
            }
        }
        return nil
    }

    /// What a gate answers to somebody with this consent on this kind of channel and none elsewhere.
    private func lets(through gate: Int, kind: String?, consent: ConsentLevel) -> Bool {
        guard case .gate(let purpose, let next) = program.graph.nodes[gate] else { return true }
        let strength = GateStrength(purpose: purpose, policy: facts.policy)
        let kinds = facts.channels(of: program.graph.nodes[next], in: project).compactMap { project.channels[$0]?.kind }
        return kinds.contains { strength.minimum(for: $0) <= ($0 == kind ? consent : .none) }
    }

    /// A loop without an end of its own goes round as often as it may, so that leaving it is real.
    private func expanded(_ way: [Int]) -> [Int] {
        var expanded: [Int] = []
        var starts: [Int: Int] = [:]
        for (place, index) in way.enumerated() {
            guard case .loop(let atMost, _, let until, let body, _) = program.graph.nodes[index] else {
                expanded.append(index)
                continue
            }
            let next = place + 1 < way.count ? way[place + 1] : nil
            if next != body, until.isEmpty, let start = starts[index] {
                let round = Array(expanded[start...])
                let done = way[..<place].count { $0 == index }
                for _ in 0..<max(0, min(atMost, 100) - done) { expanded += round }
            }
            starts[index] = expanded.count
            expanded.append(index)
        }
        return expanded
    }

    private mutating func solve(_ goals: [WayGoal], _ nodes: [Int], country: Int, kind: String?) -> AssumedFacts? {
        var start = AssumedFacts()
        let slots = project.schema.fields.count
        if let slot = project.schema.slot(of: "country") {
            start.contact[slot] = CountrySet.code(of: country).map { Value($0) } ?? .missing
        }
        let address = kind.flatMap { Self.addressFields[$0] }.flatMap { project.schema.slot(of: $0) }
        var solver = FactSolver(goals, slots: slots, needed: address.map { [$0] } ?? [], budget: budget)
        let solved = solver.solve(goals, from: start)
        budget = solver.budget - 1
        guard let found = solved else { return nil }
        return WayReplay(program: program, project: project).reaches(nodes, with: found) ? found : nil
    }

    private static let addressFields = [
        "email": "email", "sms": "phone", "whatsapp": "whatsapp", "telegram": "telegram", "messenger": "messenger",
        "instagram": "instagram", "webchat": "webchat", "voice_live": "phone", "voice_recorded": "phone",
    ]

    /// In the order of the schema, then of the names.
    private func describe(_ facts: AssumedFacts) -> [String] {
        var lines: [String] = []
        for (slot, value) in facts.contact.sorted(by: { $0.key < $1.key }) {
            lines.append("contact.\(project.schema.fields[slot].name) \(Self.says(value))")
        }
        for (name, value) in facts.entry.sorted(by: { $0.key < $1.key }) {
            lines.append("entry.\(name) \(Self.says(value))")
        }
        for (_, fields) in facts.events.sorted(by: { $0.key < $1.key }) {
            for (name, value) in fields.sorted(by: { $0.key < $1.key }) {
                lines.append("event.\(name) \(Self.says(value))")
            }
        }
        for (question, value) in facts.answers.sorted(by: { $0.key < $1.key }) {
            lines.append("\(question) \(Self.says(value))")
        }
        return lines
    }

    private static func says(_ value: Value) -> String {
        value.isMissing ? "is missing" : "is " + value.described
    }
}
