/// A program as the machine runs it: the graph, and beside each node what is worth preparing once for all runs.
///
/// A class: millions of runs share one, and each of their steps would copy it otherwise.
package final class JourneyProgram: Sendable {
    /// A clock that the program names and nobody has.
    package struct MissingZone: Error, Sendable, Hashable {
        package let name: String

        package init(name: String) {
            self.name = name
        }
    }

    package let graph: ProgramGraph
    /// The events that some step waits for.
    package let awaited: Set<String>
    /// How far before its beginning a run still looks for the events that it waits for: who visits a page and enrols
    /// ten seconds later has visited it, in whichever order the two are heard of.
    package let lookBack: Int64
    /// By node: the one of a wait or a loop.
    let conditions: [RunCondition]
    /// By node: what a `choose` asks. Conditions are most of what a walk passes, so they are taken by themselves.
    let choices: [RunChoice?]
    /// By node: the place of a split among the program's splits.
    let splits: [Int]
    let goal: RunCondition
    let exits: [RunCondition]
    private let zones: [String: TimeZoneRules]
    /// In which texts for other systems and for colleagues write dates.
    let projectZone: TimeZoneRules

    /// - Parameter zones: the rules of zones by name; the project's must be among them, and all that waits name.
    package init(
        _ graph: ProgramGraph, projectZone: String, zones: [String: TimeZoneRules], lookBack: Int64 = 600_000_000
    ) throws(MissingZone) {
        guard let rules = zones[projectZone] else { throw MissingZone(name: projectZone) }
        self.projectZone = rules
        self.graph = graph
        self.lookBack = lookBack
        self.zones = zones
        var conditions: [RunCondition] = []
        var choices: [RunChoice?] = []
        let always = RunCondition([])
        var splits: [Int] = []
        var splitCount = 0
        var awaited: Set<String> = []
        for node in graph.nodes {
            conditions.append(Self.condition(of: node) ?? always)
            choices.append(RunChoice(node))
            splits.append(splitCount)
            if case .split = node { splitCount += 1 }
            if case .waitFor(let event, _, _, _, _) = node { awaited.insert(event) }
            if case .wait(let wait, _) = node, case .zone(let name)? = wait.clockwork, zones[name] == nil {
                throw MissingZone(name: name)
            }
        }
        self.conditions = conditions
        self.choices = choices
        self.splits = splits
        self.awaited = awaited
        goal = RunCondition(graph.goal?.conditions ?? [])
        exits = graph.exitWhen.map { RunCondition([$0]) }
    }

    func rules(of clockwork: Clockwork, contact: TimeZoneRules) -> TimeZoneRules {
        switch clockwork {
        case .contactZone: contact
        case .zone(let name): zones[name] ?? projectZone
        }
    }

    private static func condition(of node: ProgramGraph.Node) -> RunCondition? {
        switch node {
        case .waitFor(_, let conditions, _, _, _), .waitUntil(let conditions, _, _, _),
            .loop(_, _, let conditions, _, _):
            RunCondition(conditions)
        case .entry, .holdout, .gate, .send, .deliver, .wait, .choose, .split, .set, .tag, .untag, .emit, .call,
            .start, .handOver, .exit:
            nil
        }
    }
}

/// A `choose` as the machine takes it.
final class RunChoice: Sendable {
    let conditions: [RunCondition]
    /// The node behind each arm.
    let ways: [Int]
    let otherwise: Int

    /// Nil for other nodes.
    init?(_ node: ProgramGraph.Node) {
        guard case .choose(let arms, let otherwise) = node else { return nil }
        conditions = arms.map { RunCondition($0.conditions) }
        ways = arms.map(\.next)
        self.otherwise = otherwise
    }
}

extension CheckedStep.Wait {
    /// Nil for a duration: every clock goes equally fast.
    package var clockwork: Clockwork? {
        switch self {
        case .duration: nil
        case .clock(_, _, let clockwork), .until(_, _, _, let clockwork, _): clockwork
        }
    }
}
