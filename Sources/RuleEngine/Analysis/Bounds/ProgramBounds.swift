/// What a program can do at most, and must at least, before anybody is in it.
package struct ProgramBounds: Sendable {
    /// A largest or smallest value, and the nodes of the graph on the way that takes it, from its first to its last.
    package struct Extreme: Sendable, Hashable {
        package let value: Int64
        package let path: [Int]

        package init(value: Int64, path: [Int]) {
            self.value = value
            self.path = path
        }
    }

    /// How many messages one person gets within a span of time.
    package enum Frequency: Sendable, Hashable {
        case atMost(Int, path: [Int])
        /// The caps of the policy allow fewer than the program could send, or it has no limit of its own.
        case capped(Int, policy: String)
        case noLimit(UnlimitedReason)
    }

    /// In micros of the project's currency, for people whom every gate lets through.
    package struct Cost: Sendable, Hashable {
        /// The cheapest way.
        package let least: Extreme
        /// Chance by its shares, every other way as likely as its neighbours, the first choice of channels.
        package let expected: Int64
        /// The dearest way, with every attempt.
        package let most: Extreme
        /// Of many people: chance by its shares, everything else as cheap as can be.
        package let leastMean: Double
        /// True where `most` counts the most parts that an SMS can have, because nobody knows how long the text gets.
        package let countsUnknownParts: Bool
    }

    /// In one run.
    package let messages: Extreme
    package let perDay: Frequency
    package let perWeek: Frequency
    package let cost: Cost
    /// The most that a run waits in all, in microseconds. Time in queues is not in it.
    package let longestLife: Extreme

    package static let day: Int64 = 86_400_000_000

    /// Nil where the loops are too large to be written out.
    package init?(
        _ program: AnalysedProject.Program, in project: CheckedProject, isStartedByOthers: Bool = false
    ) {
        let graph = program.graph
        guard let unrolled = UnrolledGraph(graph, in: project) else { return nil }
        var campaign: CheckedCampaign?
        var limit = ReEntryLimit.once
        switch program.source {
        case .campaign(let checked): campaign = checked
        case .journey(let journey): limit = ReEntryLimit(journey, isStartedByOthers: isStartedByOthers)
        }
        let costs = graph.nodes.map { SendCost($0, campaign: campaign, in: project) ?? .none }
        let tails = graph.nodes.map { node in
            if case .deliver(let send, _) = node { send.tail(in: project) } else { Int64(0) }
        }
        // The goal of a campaign is only counted.
        let endsAtWaits = campaign == nil && (graph.goal?.endsRun == true || !graph.exitWhen.isEmpty)
        self.init(
            unrolled, costs: costs, tails: tails, limit: limit, endsAtWaits: endsAtWaits,
            caps: PolicyCaps(program, in: project))
    }

    init(
        _ graph: UnrolledGraph, costs: [SendCost], tails: [Int64], limit: ReEntryLimit, endsAtWaits: Bool,
        caps: PolicyCaps?
    ) {
        let measure = PathMeasure(graph: graph, endsAtWaits: endsAtWaits)
        func extreme(_ found: (value: Int64, path: [Int])) -> Extreme { Extreme(value: found.value, path: found.path) }
        messages = extreme(measure.extreme(.most, node: { Int64(costs[$0].messages) }))
        longestLife = extreme(measure.extreme(.most, node: { _ in 0 }, way: { $0.wait.upperBound }))
        cost = Cost(
            least: extreme(measure.extreme(.least, node: { costs[$0].least })),
            expected: Int64(measure.mean(.even, node: { costs[$0].expected }).rounded()),
            most: extreme(measure.extreme(.most, node: { costs[$0].most })),
            leastMean: measure.mean(.least, node: { Double(costs[$0].least) }),
            countsUnknownParts: costs.contains(where: \.countsUnknownParts))
        let window = MessageWindow(graph: graph, messages: costs.map(\.messages), tails: tails)
        let life = longestLife.value
        perDay = Self.frequency(window, within: Self.day, limit, life: life).capped(by: caps, within: Self.day)
        perWeek = Self.frequency(window, within: 7 * Self.day, limit, life: life)
            .capped(by: caps, within: 7 * Self.day)
    }

    private static func frequency(
        _ window: MessageWindow, within width: Int64, _ limit: ReEntryLimit, life: Int64
    ) -> Frequency {
        func found(_ most: (count: Int, path: [Int])?) -> Frequency {
            most.map { .atMost($0.count, path: $0.path) } ?? .noLimit(.runAfterRun)
        }
        switch limit {
        case .once: return found(window.most(within: width))
        case .oneByOne(let gap): return found(window.most(within: width, then: .afterEnd(gap)))
        case .restarts: return found(window.most(within: width, then: .anyTime))
        case .scheduled(let schedule):
            // Runs that begin within the span, and those that began before it and still go on.
            guard let one = window.most(within: width) else { return .noLimit(.runAfterRun) }
            let runs = schedule.mostBeginnings(within: width) + schedule.mostBeginnings(within: life)
            return .atMost(one.count * min(runs, 1_000_000), path: one.path)
        case .none(let reason):
            return window.messages.contains { $0 > 0 } ? .noLimit(reason) : .atMost(0, path: [])
        }
    }
}
