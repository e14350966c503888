/// A program as consent sees it: every gate has a vertex of its own for "allowed", and a way around its send for those
/// whom it blocks. Built from the nodes alone: what the lowering meant to do is not asked.
struct ConsentFlow {
    let graph: ProgramGraph
    /// The nodes of the graph, then one vertex for each gate: it was passed.
    let successors: [[Int]]
    let predecessors: [[Int]]
    /// The nodes of the gates, in the order of their vertices.
    let gates: [Int]
    let dominators: Dominators

    init(_ graph: ProgramGraph) {
        self.graph = graph
        let count = graph.nodes.count
        var successors = graph.nodes.map { node in node.successors.filter { (0..<count).contains($0) } }
        var gates: [Int] = []
        for (index, node) in graph.nodes.enumerated() {
            guard case .gate(_, let next) = node, (0..<count).contains(next) else { continue }
            // Who is blocked goes on behind the send. A gate in front of anything else keeps nobody from it.
            let blocked = graph.nodes[next].isSend ? successors[next] : [next]
            gates.append(index)
            successors[index] = [count + gates.count - 1] + blocked
        }
        for gate in gates { successors.append(graph.nodes[gate].successors) }
        var predecessors = Array(repeating: [Int](), count: successors.count)
        for (vertex, others) in successors.enumerated() { for next in others { predecessors[next].append(vertex) } }
        self.successors = successors
        self.predecessors = predecessors
        self.gates = gates
        dominators = Dominators(successors: successors)
    }

    /// The gate that a vertex says was passed.
    func gate(passedAt vertex: Int) -> Int? {
        vertex >= graph.nodes.count ? gates[vertex - graph.nodes.count] : nil
    }

    var sends: [Int] { graph.nodes.indices.filter { graph.nodes[$0].isSend } }

    /// The nearest gate that dominates the send, is strong enough, and whose answer is still fresh there.
    func gate(dominating send: Int, where isStrong: (Int) -> Bool) -> Int? {
        for vertex in dominators.above(send) {
            guard let gate = gate(passedAt: vertex), isStrong(gate), isFresh(from: vertex, to: send) else { continue }
            return gate
        }
        return nil
    }

    /// Nothing between the two takes time or sends: an answer is good for one message, now.
    private func isFresh(from passed: Int, to send: Int) -> Bool {
        var seen: Set<Int> = [passed]
        var open = predecessors[send].filter { dominators.reaches($0) }
        while let vertex = open.popLast() {
            guard seen.insert(vertex).inserted else { continue }
            if vertex < graph.nodes.count, graph.nodes[vertex].endsAnswer { return false }
            open += predecessors[vertex].filter { dominators.reaches($0) }
        }
        return true
    }

    /// The ways to a send that pass no fresh gate of these, shortest first, by another method than dominance: a walk
    /// over vertices and whether the person is allowed at the moment. Each as vertices from the entry to the send.
    ///
    /// - Parameter isOpen: which ways a person takes; without it, any.
    func waysAround(
        to send: Int, limit: Int, where isStrong: (Int) -> Bool, taking isOpen: (Int, Int) -> Bool = { _, _ in true }
    ) -> [[Int]] {
        guard !graph.nodes.isEmpty else { return [] }
        let isStrongVertex = successors.indices.map { gate(passedAt: $0).map(isStrong) ?? false }
        // A state is a vertex before it has acted, twice: not allowed, and allowed.
        func after(_ vertex: Int, _ isAllowed: Bool) -> Bool {
            if isStrongVertex[vertex] { return true }
            return isAllowed && !(vertex < graph.nodes.count && graph.nodes[vertex].endsAnswer)
        }
        var backward = Array(repeating: [Int](), count: successors.count * 2)
        for vertex in successors.indices {
            for isAllowed in [false, true] {
                let state = after(vertex, isAllowed) ? 1 : 0
                for next in successors[vertex] where isOpen(vertex, next) {
                    backward[next * 2 + state].append(vertex * 2 + (isAllowed ? 1 : 0))
                }
            }
        }
        let target = send * 2
        var canReach: Set<Int> = []
        var open = [target]
        while let state = open.popLast() {
            if canReach.insert(state).inserted { open += backward[state] }
        }
        guard canReach.contains(0) else { return [] }
        var found: [[Int]] = []
        var ways = [[0]]
        var first = 0
        while first < ways.count, found.count < limit, ways.count < 5000 {
            let way = ways[first]
            ways[first] = []
            first += 1
            let state = way[way.count - 1]
            if state == target {
                found.append(way.map { $0 / 2 })
                continue
            }
            let next = after(state / 2, state % 2 == 1) ? 1 : 0
            for vertex in successors[state / 2]
            where canReach.contains(vertex * 2 + next) && isOpen(state / 2, vertex) {
                // A loop is worth two rounds, not more.
                guard way.count(where: { $0 / 2 == vertex }) < 2 else { continue }
                ways.append(way + [vertex * 2 + next])
            }
        }
        return found
    }
}

extension ProgramGraph.Node {
    package var isSend: Bool {
        switch self {
        case .send, .deliver: true
        case .entry, .holdout, .gate, .wait, .waitFor, .waitUntil, .choose, .split, .loop, .set, .tag, .untag, .emit,
            .call, .start, .handOver, .exit:
            false
        }
    }

    /// Behind it a gate's answer is worth nothing any more: time passed, or it was used.
    fileprivate var endsAnswer: Bool {
        switch self {
        case .send, .deliver, .wait, .waitFor, .waitUntil, .loop, .call: true
        case .entry, .holdout, .gate, .choose, .split, .set, .tag, .untag, .emit, .start, .handOver, .exit: false
        }
    }
}
