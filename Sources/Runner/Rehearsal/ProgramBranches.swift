package import RuleEngine

/// The ways on that a program has: what tests cover or leave untried.
package struct ProgramBranches: Sendable {
    package struct Branch: Sendable {
        package let label: String
        package let span: SourceSpan?
    }

    /// A node and one of its ways; nodes below zero are what ends a run anywhere.
    struct Place: Hashable {
        let node: Int
        let way: Int

        static func exit(_ index: Int) -> Place { Place(node: -2, way: index) }
        static let goal = Place(node: -1, way: 0)
        static let leftOut = Place(node: -3, way: 0)
        static let entered = Place(node: -3, way: 1)
    }

    package let branches: [Branch]
    private let indices: [Place: Int]

    /// - Parameter entry: where the entry's conditions stand; nil where anybody may come in.
    init(_ graph: ProgramGraph, entry: SourceSpan?) {
        var branches: [Branch] = []
        var indices: [Place: Int] = [:]
        func add(_ place: Place, _ label: String, _ span: SourceSpan?) {
            indices[place] = branches.count
            branches.append(Branch(label: label, span: span))
        }
        add(.entered, "somebody comes in", graph.spans.first ?? nil)
        if let entry { add(.leftOut, "somebody is left out by the conditions", entry) }
        if let goal = graph.goal { add(.goal, "the goal \(goal.event) is reached", goal.span) }
        for (index, exit) in graph.exitWhen.enumerated() {
            add(.exit(index), "ends because \(exit.source)", exit.span)
        }
        var labels = [[String]](repeating: [], count: graph.nodes.count)
        for edge in graph.edges { labels[edge.from].append(edge.label ?? "") }
        for (index, node) in graph.nodes.enumerated() {
            let span = index < graph.spans.count ? graph.spans[index] : nil
            switch node {
            case .holdout:
                add(Place(node: index, way: 0), "held out", span)
                add(Place(node: index, way: 1), "not held out", span)
            case .choose, .split, .waitFor, .waitUntil, .loop:
                for (way, label) in labels[index].enumerated() { add(Place(node: index, way: way), label, span) }
            case .call(_, let next, let failed) where next != failed:
                for (way, label) in labels[index].enumerated() { add(Place(node: index, way: way), label, span) }
            case .entry, .gate, .send, .deliver, .wait, .set, .tag, .untag, .emit, .call, .start, .handOver, .exit:
                break
            }
        }
        self.branches = branches
        self.indices = indices
    }

    func index(of place: Place) -> Int? { indices[place] }

    /// The way that a decision took.
    func index(of step: TraceStep) -> Int? {
        switch step.decision {
        case .heldOut: index(of: Place(node: step.node, way: 0))
        case .notHeldOut: index(of: Place(node: step.node, way: 1))
        case .chose(let arm?, _): index(of: Place(node: step.node, way: arm))
        case .chose(nil, _): lastWay(of: step.node)
        case .drew(let arm, _): index(of: Place(node: step.node, way: arm))
        case .tookEvent, .conditionHolds, .round: index(of: Place(node: step.node, way: 0))
        // A plain wait ends by time as well, and has no second way.
        case .timeUp, .leftLoop: index(of: Place(node: step.node, way: 1))
        case .answered(_, let isSuccess): index(of: Place(node: step.node, way: isSuccess ? 0 : 1))
        case .reachedGoal: index(of: .goal)
        case .ended(.exitWhen(let exit), _): index(of: .exit(exit))
        case .began, .askedGate, .ordered, .settled, .called, .waits, .nothingToWaitFor, .passedOver, .conditionFails,
            .wrote, .unwritten, .tagged, .untagged, .emitted, .started, .handedOver, .missedGoal, .ended:
            nil
        }
    }

    private func lastWay(of node: Int) -> Int? {
        var way = 0
        while index(of: Place(node: node, way: way + 1)) != nil { way += 1 }
        return index(of: Place(node: node, way: way))
    }
}
