/// The most that can come together on one way through a graph: messages, or their price.
///
/// A loop counts as often as it may go round. The sum only ever errs upwards, which is what "at most" promises.
struct LongestWay {
    let graph: ProgramGraph
    /// What a node adds; never negative.
    let weight: (ProgramGraph.Node) -> Int64
    private var known: [Key: Int64] = [:]

    private struct Key: Hashable {
        let node: Int
        let loop: Int?
    }

    init(_ graph: ProgramGraph, weight: @escaping (ProgramGraph.Node) -> Int64) {
        self.graph = graph
        self.weight = weight
    }

    /// From the entry to any end. Saturates where it doesn't fit.
    static func most(_ graph: ProgramGraph, weight: @escaping (ProgramGraph.Node) -> Int64) -> Int64 {
        var search = LongestWay(graph, weight: weight)
        return graph.nodes.isEmpty ? 0 : search.most(from: 0, inside: nil)
    }

    /// - Parameter loop: the loop whose body this is: coming back to it ends a round.
    private mutating func most(from node: Int, inside loop: Int?) -> Int64 {
        if node == loop { return 0 }
        let key = Key(node: node, loop: loop)
        if let answer = known[key] { return answer }
        // Against going round in a graph that no program lowers to.
        known[key] = 0
        let answer: Int64
        if case .loop(let atMost, _, _, let body, let next) = graph.nodes[node] {
            let round = most(from: body, inside: node)
            let rounds = round.multipliedReportingOverflow(by: Int64(atMost))
            answer = Self.sum(rounds.overflow ? .max : rounds.partialValue, most(from: next, inside: loop))
        } else {
            let further = graph.nodes[node].successors.map { most(from: $0, inside: loop) }.max() ?? 0
            answer = Self.sum(weight(graph.nodes[node]), further)
        }
        known[key] = answer
        return answer
    }

    private static func sum(_ first: Int64, _ second: Int64) -> Int64 {
        let sum = first.addingReportingOverflow(second)
        return sum.overflow ? .max : sum.partialValue
    }
}
