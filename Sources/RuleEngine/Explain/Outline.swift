/// A graph as a text: steps one after the other, ways indented below the step that opens them.
struct Outline: Sendable {
    indirect enum Item: Sendable {
        case step(Step)
        /// On to a step that stands elsewhere.
        case reference(Int)
    }

    struct Step: Sendable {
        let node: Int
        /// The run ends here: nothing to refer to.
        var isEnd = false
        /// In the order in which the node names its ways.
        var ways: [Way]
    }

    struct Way: Sendable {
        var items: [Item]
        /// Nobody is left at its end.
        var ends: Bool
        /// It leads straight to where everybody goes on.
        var isEmpty: Bool { items.isEmpty }
    }

    let items: [Item]
    /// `4.2`: what a step is called, by node. A gate shares its send's.
    let numbers: [Int: String]

    init(_ graph: ProgramGraph) {
        var writer = OutlineWriter(graph: graph, merges: MergePoints(graph).merges)
        let start: Int
        if case .entry(let next) = graph.nodes.first { start = next } else { start = 0 }
        items = writer.items(from: start, until: []).items
        var numbers: [Int: String] = [:]
        Self.number(items, below: "", into: &numbers)
        self.numbers = numbers
    }

    private static func number(_ items: [Item], below prefix: String, into numbers: inout [Int: String]) {
        var count = 0
        for case .step(let step) in items where !step.isEnd {
            count += 1
            numbers[step.node] = prefix + "\(count)"
            // Several ways of one step share its count, so that no number stands twice.
            var below: [Item] = []
            for way in step.ways { below += way.items }
            number(below, below: prefix + "\(count).", into: &numbers)
        }
    }
}

private struct OutlineWriter {
    let graph: ProgramGraph
    let merges: [Int?]
    var written: Set<Int> = []

    /// - Parameter stops: where the parts around this one go on, the innermost last.
    mutating func items(from first: Int, until stops: [Int]) -> Outline.Way {
        var items: [Outline.Item] = []
        var node = first
        while node != stops.last {
            if stops.contains(node) || written.contains(node) {
                items.append(.reference(node))
                return Outline.Way(items: items, ends: true)
            }
            if case .gate(_, let send) = graph.nodes[node] {
                written.insert(node)
                node = send
                continue
            }
            if case .exit = graph.nodes[node] {
                // An end may be told as often as people come to it.
                items.append(.step(Outline.Step(node: node, isEnd: true, ways: [])))
                return Outline.Way(items: items, ends: true)
            }
            written.insert(node)
            let ways = graph.nodes[node].successors
            if case .loop(_, _, _, let body, let next) = graph.nodes[node] {
                let inside = self.items(from: body, until: stops + [node])
                items.append(.step(Outline.Step(node: node, ways: [inside])))
                node = next
            } else if ways.count > 1 {
                let merge = merges[node]
                var told: [Outline.Way] = []
                for way in ways { told.append(self.items(from: way, until: merge.map { stops + [$0] } ?? stops)) }
                items.append(.step(Outline.Step(node: node, ways: told)))
                guard let merge, told.contains(where: { !$0.ends }) else {
                    return Outline.Way(items: items, ends: true)
                }
                node = merge
            } else {
                items.append(.step(Outline.Step(node: node, ways: [])))
                node = ways[0]
            }
        }
        return Outline.Way(items: items, ends: false)
    }
}
