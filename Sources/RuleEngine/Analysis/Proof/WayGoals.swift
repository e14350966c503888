/// A condition that must hold, or must fail, so that somebody takes a certain way.
struct WayGoal {
    let condition: TypedNode
    let isWanted: Bool
    /// The wait whose event `event.` reads; nil for the one that the run began with.
    let wait: Int?
}

/// Everything that must be so for a person to take a way, collected along it. Assignments of the program itself are
/// carried into the conditions behind them.
struct WayGoals {
    private(set) var goals: [WayGoal] = []
    /// The way shows something that can't be said as conditions: a field is read that a text was put into.
    private(set) var isOpaque = false
    private let program: AnalysedProject.Program
    private var assigned: [Int: TypedNode?] = [:]
    private let schema: ContactSchema
    /// Rounds of a loop ask the same again; once is enough until something is set.
    private var asked: Set<Question> = []
    private var parts = 0
    /// More can't be tried in reasonable time, nor on a stack of ordinary size.
    private static let mostParts = 600

    private struct Question: Hashable {
        let span: SourceSpan
        let size: Int
        let isWanted: Bool
        let wait: Int?
    }

    /// - Parameter way: nodes of the graph alone.
    init(_ way: [Int], program: AnalysedProject.Program, project: CheckedProject, channel: String?) {
        self.program = program
        schema = project.schema
        addEntry()
        addStaying()
        var rounds: [Int: Int] = [:]
        for (index, next) in zip(way, way.dropFirst()) { add(index, next: next, rounds: &rounds) }
        if let last = way.last { addRoute(program.graph.nodes[last], project: project, channel: channel) }
    }

    private mutating func add(_ all: [TypedExpression], _ isWanted: Bool, wait: Int? = nil) {
        if isWanted {
            for condition in all { add(condition.root, true, wait: wait) }
        } else if let all = Self.conjunction(all) {
            add(all, false, wait: wait)
        }
    }

    private mutating func add(_ condition: TypedNode, _ isWanted: Bool, wait: Int? = nil) {
        var isReadable = true
        let carried =
            assigned.isEmpty
            ? condition
            : condition.replacing { node in
                guard case .field(let field) = node.kind, let value = assigned[field.slot] else { return nil }
                if value == nil { isReadable = false }
                return value
            }
        if !isReadable { isOpaque = true }
        let size = carried.size
        guard asked.insert(Question(span: condition.span, size: size, isWanted: isWanted, wait: wait)).inserted else {
            return
        }
        parts += size
        if parts > Self.mostParts {
            isOpaque = true
            return
        }
        goals.append(WayGoal(condition: FactQuestion.asked(carried), isWanted: isWanted, wait: wait))
    }

    // MARK: Coming in and staying

    private mutating func addEntry() {
        switch program.source {
        case .campaign(let campaign):
            let audience = campaign.audience
            let includes = audience.include.map { Self.conjunction($0.conditions) }
            if !includes.isEmpty, !includes.contains(where: { $0 == nil }),
                let any = Self.combined(includes.compactMap { $0 }, TypedNode.Kind.or)
            {
                add(any, true)
            }
            for segment in audience.exclude { add(segment.conditions, false) }
            add(audience.conditions, true)
        case .journey(let journey):
            if case .segment(let segment, let crossing, _) = journey.entry.cause {
                add(segment.conditions, crossing == .enters)
            }
            add(journey.entry.conditions, true)
        }
    }

    /// No condition of `exit_when` may hold.
    private mutating func addStaying() {
        for condition in program.graph.exitWhen { add(condition.root, false) }
    }

    // MARK: Along the way

    private mutating func add(_ index: Int, next: Int, rounds: inout [Int: Int]) {
        switch program.graph.nodes[index] {
        case .choose(let arms, let otherwise): add(arms, otherwise: otherwise, next: next)
        case .waitFor(_, let conditions, _, let then, let otherwise) where then != otherwise:
            if next == then { add(conditions, true, wait: index) }
        case .waitUntil(let conditions, _, let then, let otherwise) where then != otherwise:
            add(conditions, next == then)
        case .loop(let atMost, _, let until, let body, _):
            if next == body {
                add(until, false)
                rounds[index, default: 0] += 1
            } else if rounds[index, default: 0] < atMost {
                // Leaving early needs a reason; without one the rounds have to be used up.
                if until.isEmpty { isOpaque = true } else { add(until, true) }
            }
        case .set(let values, _):
            for value in values {
                guard let slot = schema.slot(of: value.field) else { continue }
                switch value.value {
                case .expression(let expression): assigned[slot] = .some(expression.root)
                case .text: assigned[slot] = .some(nil)
                }
            }
            asked = []
            addStaying()
        case .entry, .holdout, .gate, .send, .deliver, .wait, .waitFor, .waitUntil, .split, .tag, .untag, .emit,
            .call, .start, .handOver, .exit:
            break
        }
    }

    /// Two arms may lead to the same place; either will do then.
    private mutating func add(_ arms: [ProgramGraph.Arm], otherwise: Int, next: Int) {
        var before: [TypedNode] = []
        var choices: [TypedNode] = []
        for arm in arms {
            let own = Self.conjunction(arm.conditions)
            if arm.next == next {
                guard let all = Self.combined(before + (own.map { [$0] } ?? []), TypedNode.Kind.and) else { return }
                choices.append(all)
            }
            if let own { before.append(Self.negation(own)) }
        }
        if otherwise == next {
            guard let all = Self.combined(before, TypedNode.Kind.and) else { return }
            choices.append(all)
        }
        if let any = Self.combined(choices, TypedNode.Kind.or) { add(any, true) }
    }

    /// The route must not leave out the channel.
    private mutating func addRoute(_ node: ProgramGraph.Node, project: CheckedProject, channel: String?) {
        guard case .deliver(let send, _) = node, case .route(let id) = send.reach, let route = project.routes[id],
            let channel, let kind = project.channels[channel]?.kind
        else { return }
        for condition in route.skipWhen {
            let asked = condition.root.replacing { node in
                guard case .fact(.channel(let field)) = node.kind else { return nil }
                return field == .kind
                    ? TypedNode(.constant(Value(kind)), node.type, span: node.span, range: node.range)
                    : TypedNode(
                        .local("\(channel): channel.\(field.rawValue)"), node.type, span: node.span,
                        range: node.range)
            }
            add(asked, false)
        }
    }

    // MARK: Building conditions

    static func conjunction(_ all: [TypedExpression]) -> TypedNode? {
        combined(all.map(\.root), TypedNode.Kind.and)
    }

    private static func combined(_ nodes: [TypedNode], _ make: ([TypedNode]) -> TypedNode.Kind) -> TypedNode? {
        guard let first = nodes.first else { return nil }
        return nodes.count == 1
            ? first : TypedNode(make(nodes), TypeInfo(.bool), span: first.span, range: first.range)
    }

    private static func negation(_ node: TypedNode) -> TypedNode {
        TypedNode(.not(node), TypeInfo(.bool), span: node.span, range: node.range)
    }
}

/// Questions that neither the contact's page nor the event answers: the history, an office's hours, an account. In a
/// counterexample their answers are assumed, each under a name that says what was asked.
enum FactQuestion {
    static func asked(_ node: TypedNode) -> TypedNode {
        node.replacing { node in
            guard case .fact(let query) = node.kind, let question = question(query) else { return nil }
            return TypedNode(.local(question), node.type, span: node.span, range: node.range)
        }
    }

    private static func question(_ query: FactQuery) -> String? {
        switch query {
        // The day of `now` follows from `now`.
        case .field, .runID, .conversationID, .localDay: return nil
        case .channel(let field): return "channel.\(field.rawValue)"
        case .rate(let rate): return rate.rawValue
        case .input(let name): return "input.\(name)"
        case .isOpen(let hours): return "open_now(\"\(hours)\")"
        case .opensNext(let hours): return "opens_next(\"\(hours)\")"
        case .history(let query): return question(query)
        }
    }

    private static func question(_ query: HistoryQuery) -> String {
        var parts: [String]
        switch query.subject {
        case .event(let name): parts = [query.field ?? name]
        case .step(let step): parts = [step.name]
        case .template(let id): parts = [id]
        }
        if let window = query.window { parts.append("last " + NodeLabel.duration(window)) }
        if let link = query.link { parts.append("link \"\(link)\"") }
        if let filter = query.filter {
            // Two questions with different filters are two questions.
            var writer = CanonicalWriter()
            filter.writeCanonical(into: &writer)
            let mark = writer.bytes.reduce(UInt64(14_695_981_039_346_656_037)) {
                ($0 ^ UInt64($1)) &* 1_099_511_628_211
            }
            parts.append("where #" + String(mark, radix: 16))
        }
        return "\(query.function.rawValue)(\(parts.joined(separator: ", ")))"
    }
}
