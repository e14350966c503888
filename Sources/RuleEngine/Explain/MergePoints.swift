/// Where the ways of a branching node come together again, so that a graph can be told as a text.
///
/// A way that leads out of the run is no way on: whoever remains simply goes on behind the question. Of the others the
/// merge is the nearest node that all of them pass, which is the nearest dominator from behind.
struct MergePoints: Sendable {
    /// By node; nil where the ways don't meet before the end.
    let merges: [Int?]

    init(_ graph: ProgramGraph) {
        let nodes = graph.nodes
        let isExit = nodes.map { if case .exit = $0 { true } else { false } }
        let finishing = Self.leadingToFinish(nodes)
        let onward = nodes.indices.map { Self.waysOn(from: $0, nodes, isExit, finishing) }

        // Dominators from behind: vertex 0 is the end that all exits lead to, and every way is turned round.
        var behind = [[Int]](repeating: [], count: nodes.count + 1)
        for (index, ways) in onward.enumerated() {
            for way in ways.isEmpty ? [0] : ways.map({ $0 + 1 }) { behind[way].append(index + 1) }
        }
        let dominators = Dominators(successors: behind)
        merges = nodes.indices.map { index in
            dominators.immediate[index + 1].flatMap { $0 == 0 ? nil : $0 - 1 }
        }
    }

    /// Nodes that some way leads from to the natural end of the program.
    private static func leadingToFinish(_ nodes: [ProgramGraph.Node]) -> [Bool] {
        var before = [[Int]](repeating: [], count: nodes.count)
        for (index, node) in nodes.enumerated() { for next in node.successors { before[next].append(index) } }
        var leads = [Bool](repeating: false, count: nodes.count)
        var open = nodes.indices.filter { if case .exit(ProgramGraph.naturalEnd) = nodes[$0] { true } else { false } }
        while let node = open.popLast() {
            if leads[node] { continue }
            leads[node] = true
            open += before[node]
        }
        return leads
    }

    /// The ways by which somebody stays in the run; all of them where none does.
    private static func waysOn(
        from index: Int, _ nodes: [ProgramGraph.Node], _ isExit: [Bool], _ finishing: [Bool]
    ) -> [Int] {
        // A loop's body comes back to it.
        if case .loop(_, _, _, _, let next) = nodes[index] { return [next] }
        let ways = nodes[index].successors
        let staying = ways.filter { !isExit[$0] && (finishing[$0] || !finishing[index]) }
        if staying.isEmpty { return ways }
        // At the end of a program, "for those who opened it" stays below its question, unless it is long.
        let isShort = staying.count < ways.count && Self.isShort(staying, nodes)
        return isShort ? ways.filter { finishing[$0] || !finishing[index] } : staying
    }

    /// Whether only a few nodes follow.
    private static func isShort(_ ways: [Int], _ nodes: [ProgramGraph.Node]) -> Bool {
        var seen: Set<Int> = []
        var open = ways
        while let node = open.popLast() {
            if !seen.insert(node).inserted { continue }
            if seen.count > 6 { return false }
            open += nodes[node].successors
        }
        return true
    }
}

extension ProgramGraph {
    /// What the end is called that nobody wrote.
    static let naturalEnd = "finished"
}
