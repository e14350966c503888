/// For how long after a person's last message a platform takes texts that it has not approved. Facts of the platforms,
/// whoever carries the message there: WhatsApp's customer service window, Messenger's and Instagram's standard
/// messaging window. The seven days of a human agent are for people who write themselves, never for a program.
package enum SessionWindow {
    /// Microseconds; nil where the platform knows no window.
    package static func length(for kind: String) -> Int64? {
        switch kind {
        case "whatsapp", "messenger", "instagram": 24 * 3_600_000_000
        default: nil
        }
    }
}

/// The longest time since the person last wrote, at every node: sums of the bounds of waits along the slowest way.
struct MessageAge {
    /// Microseconds since the message that began the run, and the ways that cost them; nil where nobody wrote.
    struct Longest {
        var age: Int64
        /// The node before on the slowest way.
        var before: Int?
    }

    private let graph: ProgramGraph
    private(set) var longest: [Int: Longest] = [:]
    /// The nodes that only a loop's body holds, by loop.
    private var bodies: [Int: Set<Int>] = [:]

    init(_ graph: ProgramGraph) {
        self.graph = graph
        guard !graph.nodes.isEmpty else { return }
        for (index, node) in graph.nodes.enumerated() {
            if case .loop(_, _, _, let body, let next) = node {
                bodies[index] = reachable(body, without: index, end: next)
            }
        }
        longest = walk(from: 0, inside: nil)
        // Inside of a loop, the last round comes after all the others.
        for (index, node) in graph.nodes.enumerated() {
            guard case .loop(let atMost, let every, _, let body, _) = node, let start = longest[index]?.age,
                let round = round(of: index)
            else { continue }
            let earlier = Self.times(Self.sum(round, every), atMost - 1)
            for (inner, own) in walk(from: body, inside: index) {
                let age = Self.sum(start, Self.sum(earlier, own.age))
                if age >= longest[inner]?.age ?? -1 {
                    longest[inner] = Longest(age: age, before: own.before ?? index)
                }
            }
        }
    }

    /// The slowest way to a node, from the entry.
    func way(to node: Int) -> [Int] {
        var way = [node]
        var next = longest[node]?.before
        while let index = next, way.count <= graph.nodes.count {
            way.append(index)
            next = longest[index]?.before
        }
        return way.reversed()
    }

    // MARK: Longest ways

    private func reachable(_ start: Int, without loop: Int, end: Int) -> Set<Int> {
        var seen: Set<Int> = []
        var open = [start]
        while let index = open.popLast() {
            guard index != loop, graph.nodes.indices.contains(index), seen.insert(index).inserted else { continue }
            open += graph.nodes[index].successors
        }
        // What lies behind the loop can be reached from its body by an exit only, never through it.
        return seen.filter { leadsBack($0, to: loop) }
    }

    private func leadsBack(_ start: Int, to loop: Int) -> Bool {
        var seen: Set<Int> = []
        var open = [start]
        while let index = open.popLast() {
            if index == loop { return true }
            guard graph.nodes.indices.contains(index), seen.insert(index).inserted else { continue }
            open += graph.nodes[index].successors
        }
        return false
    }

    /// Ages by relaxation in rounds: without the ways back to loops the graph has no cycles, so that as many rounds as
    /// there are nodes are enough.
    private func walk(from start: Int, inside loop: Int?) -> [Int: Longest] {
        var found = [start: Longest(age: 0, before: nil)]
        var open = [start]
        var steps = 0
        while let index = open.popLast(), steps < 200_000 {
            steps += 1
            guard let own = found[index], graph.nodes.indices.contains(index) else { continue }
            let age = Self.sum(own.age, passing(index))
            for next in ways(from: index, inside: loop) where age > found[next]?.age ?? -1 {
                found[next] = Longest(age: age, before: index)
                open.append(next)
            }
        }
        return found
    }

    /// The ways on without those back to a loop: its rounds are counted where it is passed.
    private func ways(from index: Int, inside loop: Int?) -> [Int] {
        if case .loop(_, _, _, _, let next) = graph.nodes[index] { return [next] + exits(of: index) }
        return graph.nodes[index].successors.filter { next in
            next != loop && !(bodies[next]?.contains(index) ?? false)
        }
    }

    /// Where a body leads besides back to its loop.
    private func exits(of loop: Int) -> [Int] {
        let body = bodies[loop] ?? []
        return body.sorted().flatMap { graph.nodes[$0].successors }.filter { $0 != loop && !body.contains($0) }
    }

    private func round(of loop: Int) -> Int64? {
        guard case .loop(_, _, _, let body, _) = graph.nodes[loop] else { return nil }
        let ages = walk(from: body, inside: loop)
        return (bodies[loop] ?? []).filter { graph.nodes[$0].successors.contains(loop) }.compactMap { last in
            ages[last].map { Self.sum($0.age, passing(last)) }
        }.max()
    }

    /// The longest that a node can hold somebody.
    private func passing(_ index: Int) -> Int64 {
        switch graph.nodes[index] {
        case .wait(let wait, _): return Self.longest(wait)
        case .waitFor(_, _, let upTo, _, _), .waitUntil(_, let upTo, _, _): return upTo
        case .call(let call, _, _): return call.attempts > 1 ? call.over : 0
        case .loop(let atMost, let every, _, _, _):
            let round = round(of: index) ?? 0
            return Self.sum(Self.times(round, atMost), Self.times(every, atMost - 1))
        case .entry, .holdout, .gate, .send, .deliver, .choose, .split, .set, .tag, .untag, .emit, .start, .handOver,
            .exit:
            return 0
        }
    }

    static func longest(_ wait: CheckedStep.Wait) -> Int64 {
        switch wait {
        case .duration(let length): return length
        case .clock(_, let days, let clock):
            let days = days ?? WeekDays(rawValue: 0x7F)
            let named = (0..<7).filter { days.contains(WeekDays(day: $0)) }
            // On holidays alone: nobody knows how far the next one is.
            guard let first = named.first else { return Units.longestDuration }
            let gaps = zip(named, Array(named.dropFirst()) + [first + 7]).map { $1 - $0 }
            let day: Int64 = 86_400_000_000
            // When clocks go back, the time until the same time of day is an hour longer.
            let change: Int64 = clock == .zone("Etc/UTC") || clock == .zone("UTC") ? 0 : 3_600_000_000
            return Int64(gaps.max() ?? 7) * day + change
        case .until(_, _, _, _, let upTo): return upTo
        }
    }

    private static func sum(_ left: Int64, _ right: Int64) -> Int64 {
        let (sum, overflow) = left.addingReportingOverflow(right)
        return overflow ? .max : sum
    }

    private static func times(_ length: Int64, _ count: Int) -> Int64 {
        let (product, overflow) = length.multipliedReportingOverflow(by: Int64(max(0, count)))
        return overflow ? .max : product
    }
}
