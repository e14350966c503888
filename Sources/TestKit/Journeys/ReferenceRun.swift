package import RuleEngine

/// A second interpreter of sequences and rules, naive on purpose: it walks the checked steps by recursion, keeps every
/// input that there ever was, and begins from the first one at each step. A wait is a loop that asks for the next input;
/// where there is none, it gives up. It shares no code with the machine but the values, so that the two can disagree.
package struct ReferenceRun {
    package struct Answer {
        /// What the last input led to.
        package let commands: [RunCommand]
        /// The key of the step at which the run stands, and why. Nil once it is over.
        package let stand: String?
    }

    private let journey: CheckedJourney
    private let graph: ProgramGraph
    private let clocks: [String: TimeZoneRules]
    private let projectZone: TimeZoneRules
    private let lookBack: Int64
    private let entry: RunEntry
    private var inputs: [(input: RunInput?, facts: RunFacts)]

    /// - Parameter graph: only tells which node a step is.
    package init(
        _ journey: CheckedJourney, graph: ProgramGraph, projectZone: String, zones: [String: TimeZoneRules],
        lookBack: Int64, entry: RunEntry, facts: RunFacts
    ) {
        self.journey = journey
        self.graph = graph
        clocks = zones
        self.projectZone = zones[projectZone] ?? .utc
        self.lookBack = lookBack
        self.entry = entry
        inputs = [(nil, facts)]
    }

    package mutating func receive(_ input: RunInput, facts: RunFacts) {
        inputs.append((input, facts))
    }

    package func answer() -> Answer {
        var replay = ReferenceReplay(
            journey: journey, graph: graph, clocks: clocks, projectZone: projectZone, lookBack: lookBack, entry: entry,
            inputs: inputs)
        return Answer(commands: replay.lastCommands(), stand: replay.stand)
    }
}
