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

    /// Whether a way to a send passes no fresh gate of these, by another method than dominance: a walk over vertices and
    /// whether the person is allowed at the moment.
    func hasWayAround(to send: Int, where isStrong: (Int) -> Bool) -> Bool {
        !graph.nodes.isEmpty && Bypass(self, to: send, isStrong, { _, _ in true }).distance[0] != nil
    }

    /// Such ways, each as vertices from the entry to the send; the first is a shortest one.
    ///
    /// - Parameter isOpen: which ways on a person takes.
    func waysAround(
        to send: Int, limit: Int, where isStrong: (Int) -> Bool, taking isOpen: (Int, Int) -> Bool
    ) -> [[Int]] {
        guard !graph.nodes.isEmpty else { return [] }
        let bypass = Bypass(self, to: send, isStrong, isOpen)
        guard bypass.distance[0] != nil else { return [] }
        var found: [[Int]] = []
        var way = [0]
        var choices = [bypass.next(from: 0)[...]]
        // At every vertex the nearest way on comes first, so that the first descent arrives.
        var steps = 0
        while let left = choices.last, found.count < limit, steps < 50_000 {
            steps += 1
            guard let state = left.first else {
                way.removeLast()
                choices.removeLast()
                continue
            }
            choices[choices.count - 1] = left.dropFirst()
            // A loop is worth two rounds, not more.
            guard way.count(where: { $0 / 2 == state / 2 }) < 2 else { continue }
            way.append(state)
            if state == send * 2 {
                found.append(way.map { $0 / 2 })
                way.removeLast()
            } else {
                choices.append(bypass.next(from: state)[...])
            }
        }
        return found
    }

    /// The states in front of a send that nobody allowed: every vertex twice, before the person was allowed and after.
    private struct Bypass {
        /// How far each state is from the send; nil where it doesn't lead there.
        private(set) var distance: [Int?]
        private var forward: [[Int]]

        init(_ flow: ConsentFlow, to send: Int, _ isStrong: (Int) -> Bool, _ isOpen: (Int, Int) -> Bool) {
            let count = flow.successors.count
            forward = Array(repeating: [], count: count * 2)
            distance = Array(repeating: nil, count: count * 2)
            var backward = forward
            for vertex in 0..<count {
                let isStrongGate = flow.gate(passedAt: vertex).map(isStrong) ?? false
                let endsAnswer = vertex < flow.graph.nodes.count && flow.graph.nodes[vertex].endsAnswer
                for next in flow.successors[vertex] where isOpen(vertex, next) {
                    for isAllowed in [false, true] {
                        let state = vertex * 2 + (isAllowed ? 1 : 0)
                        let after = next * 2 + (isStrongGate || (isAllowed && !endsAnswer) ? 1 : 0)
                        forward[state].append(after)
                        backward[after].append(state)
                    }
                }
            }
            distance[send * 2] = 0
            var open = [send * 2]
            var first = 0
            while first < open.count {
                let state = open[first]
                first += 1
                for before in backward[state] where distance[before] == nil {
                    distance[before] = (distance[state] ?? 0) + 1
                    open.append(before)
                }
            }
        }

        /// The states behind this one that lead to the send, the nearest first.
        func next(from state: Int) -> [Int] {
            let leading = forward[state].compactMap { next in distance[next].map { (next, $0) } }
            return leading.sorted { $0.1 < $1.1 }.map(\.0)
        }
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
