/// Turns the steps of a sequence or rule into nodes.
///
/// From the end to the beginning, because every step needs to know where it leads. Then the nodes are numbered anew in
/// the order in which a walk from the entry meets them: the same steps give the same numbers, however they are written.
struct JourneyLowering {
    private let purpose: Purpose
    private var nodes: [ProgramGraph.Node] = []
    private var spans: [SourceSpan?] = []
    private var steps: [String: Int] = [:]
    private var names: [Int: String] = [:]
    /// Where an `exit` leads inside of a fragment: behind it. Outside it ends the run.
    private var fragmentEnds: [Int] = []
    private var ends: [String: Int] = [:]

    struct Lowered {
        var nodes: [ProgramGraph.Node]
        var spans: [SourceSpan?]
        var steps: [String: Int]
        var names: [Int: String]
    }

    static func lower(_ journey: CheckedJourney) -> Lowered {
        var lowering = JourneyLowering(purpose: journey.purpose)
        let end = lowering.end("finished", span: nil)
        var first = lowering.lower(journey.steps, next: end)
        if let share = journey.holdout { first = lowering.add(.holdout(share: share, next: first), nil) }
        let entry = lowering.add(.entry(next: first), journey.entry.span)
        return lowering.numbered(from: entry)
    }

    private init(purpose: Purpose) {
        self.purpose = purpose
    }

    private mutating func add(_ node: ProgramGraph.Node, _ span: SourceSpan?) -> Int {
        nodes.append(node)
        spans.append(span)
        return nodes.count - 1
    }

    private mutating func end(_ name: String, span: SourceSpan?) -> Int {
        if let known = ends[name] { return known }
        let index = add(.exit(name: name), span)
        ends[name] = index
        return index
    }

    private mutating func lower(_ steps: [CheckedStep], next: Int) -> Int {
        steps.reversed().reduce(next) { lower($1, next: $0) }
    }

    private mutating func lower(_ step: CheckedStep, next: Int) -> Int {
        let span = step.span
        let index: Int
        switch step.action {
        case .send(let send):
            let place = add(.deliver(send, next: next), span)
            self.steps[step.key] = place
            names[place] = step.name ?? send.template.id
            return add(.gate(purpose: purpose, next: place), nil)
        case .wait(let wait): index = add(.wait(wait, next: next), span)
        case .waitFor(let wait):
            let then = lower(wait.bound.then, next: next)
            let otherwise = lower(wait.bound.otherwise, next: next)
            index = add(
                .waitFor(
                    event: wait.event, conditions: wait.conditions, upTo: wait.bound.upTo, then: then,
                    otherwise: otherwise), span)
        case .waitUntil(let conditions, let bound):
            let then = lower(bound.then, next: next)
            let otherwise = lower(bound.otherwise, next: next)
            index = add(.waitUntil(conditions, upTo: bound.upTo, then: then, otherwise: otherwise), span)
        case .branch(let arms, let otherwise):
            let ways = arms.map { arm in
                ProgramGraph.Arm(conditions: arm.conditions, next: lower(arm.steps, next: next))
            }
            index = add(.choose(ways, otherwise: lower(otherwise, next: next)), span)
        case .split(let name, let arms):
            let shares = arms.map { arm in
                ProgramGraph.Share(name: arm.name, share: arm.share, next: lower(arm.steps, next: next))
            }
            index = add(.split(name: name, shares), span)
        case .loop(let loop):
            // The body leads back to the loop, so the loop has its place before the body is there.
            index = add(.exit(name: ""), span)
            let body = lower(loop.steps, next: index)
            nodes[index] = .loop(
                atMost: loop.atMost, every: loop.every, until: loop.until, body: body, next: next)
        case .set(let values): index = add(.set(values, next: next), span)
        case .tag(let name, let lifetime): index = add(.tag(name, lifetime: lifetime, next: next), span)
        case .untag(let name): index = add(.untag(name, next: next), span)
        case .emit(let event, let values): index = add(.emit(event: event, values, next: next), span)
        case .call(let call):
            let failed = lower(call.otherwise, next: next)
            index = add(.call(call, next: next, failed: failed), span)
        case .start(let kind, let id, let values): index = add(.start(kind, id, values, next: next), span)
        case .handOver(let team, let note): index = add(.handOver(team: team, note: note, next: next), span)
        case .fragment(_, let steps):
            fragmentEnds.append(next)
            let first = lower(steps, next: next)
            fragmentEnds.removeLast()
            return first
        case .exit(let name): return fragmentEnds.last ?? end(name, span: span)
        }
        self.steps[step.key] = index
        names[index] = step.name
        return index
    }

    // MARK: Numbers

    /// In the order of a walk that takes a node's ways in their order. Nobody comes to what it doesn't meet.
    private func numbered(from entry: Int) -> Lowered {
        var numbers: [Int: Int] = [:]
        var order: [Int] = []
        var open = [entry]
        while let index = open.popLast() {
            if numbers[index] != nil { continue }
            numbers[index] = order.count
            order.append(index)
            open.append(contentsOf: nodes[index].successors.reversed())
        }
        return Lowered(
            nodes: order.map { nodes[$0].mapped { numbers[$0] ?? 0 } },
            spans: order.map { spans[$0] },
            steps: steps.compactMapValues { numbers[$0] },
            names: Dictionary(
                uniqueKeysWithValues: names.compactMap { index, name in numbers[index].map { ($0, name) } }))
    }
}
