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
    /// How long one round of a loop takes at most.
    private var rounds: [Int: Int64] = [:]

    init(_ graph: ProgramGraph) {
        self.graph = graph
        guard !graph.nodes.isEmpty else { return }
        for (index, node) in graph.nodes.enumerated() {
            if case .loop(_, _, _, let body, _) = node { bodies[index] = nodes(of: index, body: body) }
        }
        // Inner loops first: a round of the outer one counts all rounds of the inner.
        for (loop, body) in bodies.sorted(by: { ($0.value.count, $0.key) < ($1.value.count, $1.key) }) {
            rounds[loop] = round(of: loop, body: body)
        }
        longest = walk(from: 0, inside: nil)
        // Inside of a loop, the last round comes after all the others. Outer loops first: they move the inner ones.
        for (loop, _) in bodies.sorted(by: { ($1.value.count, $0.key) < ($0.value.count, $1.key) }) {
            guard case .loop(let atMost, let every, _, let body, _) = graph.nodes[loop],
                let start = longest[loop]?.age
            else { continue }
            let earlier = Self.times(Self.sum(rounds[loop] ?? 0, every), atMost - 1)
            for (inner, own) in walk(from: body, inside: loop) where bodies[loop]?.contains(inner) == true {
                let age = Self.sum(start, Self.sum(earlier, own.age))
                if age >= longest[inner]?.age ?? -1 {
                    longest[inner] = Longest(age: age, before: own.before ?? loop)
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

    /// What can be reached from a loop's body without passing the loop, and leads back to it.
    private func nodes(of loop: Int, body: Int) -> Set<Int> {
        var seen: Set<Int> = []
        var before: [Int: [Int]] = [:]
        var open = [body]
        while let index = open.popLast() {
            guard index != loop, graph.nodes.indices.contains(index), seen.insert(index).inserted else { continue }
            for next in graph.nodes[index].successors {
                before[next, default: []].append(index)
                open.append(next)
            }
        }
        var inside: Set<Int> = []
        open = before[loop] ?? []
        while let index = open.popLast() {
            if inside.insert(index).inserted { open += before[index] ?? [] }
        }
        return inside
    }

    /// Without the ways back to loops the graph has no cycles, so that one pass in the order of a walk's ends is enough.
    private func walk(from start: Int, inside loop: Int?) -> [Int: Longest] {
        var found = [start: Longest(age: 0, before: nil)]
        for index in order(from: start, inside: loop) {
            guard let own = found[index] else { continue }
            let age = Self.sum(own.age, passing(index))
            for next in ways(from: index, inside: loop) where age > found[next]?.age ?? -1 {
                found[next] = Longest(age: age, before: index)
            }
        }
        return found
    }

    /// Every node behind all those that lead to it.
    private func order(from start: Int, inside loop: Int?) -> [Int] {
        var order: [Int] = []
        var seen: Set<Int> = [start]
        var stack = [(index: start, ways: ways(from: start, inside: loop)[...])]
        while let top = stack.last {
            guard let next = top.ways.first else {
                order.append(top.index)
                stack.removeLast()
                continue
            }
            stack[stack.count - 1].ways = top.ways.dropFirst()
            if seen.insert(next).inserted { stack.append((next, ways(from: next, inside: loop)[...])) }
        }
        return order.reversed()
    }

    /// The ways on without those back to a loop: its rounds are counted where it is passed.
    private func ways(from index: Int, inside loop: Int?) -> [Int] {
        guard graph.nodes.indices.contains(index) else { return [] }
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

    private func round(of loop: Int, body: Set<Int>) -> Int64 {
        guard case .loop(_, _, _, let first, _) = graph.nodes[loop] else { return 0 }
        let ages = walk(from: first, inside: loop)
        return body.filter { graph.nodes[$0].successors.contains(loop) }.compactMap { last in
            ages[last].map { Self.sum($0.age, passing(last)) }
        }.max() ?? 0
    }

    /// The longest that a node can hold somebody.
    private func passing(_ index: Int) -> Int64 {
        switch graph.nodes[index] {
        case .wait(let wait, _): return Self.longest(wait)
        case .waitFor(_, _, let upTo, _, _), .waitUntil(_, let upTo, _, _): return upTo
        case .call(let call, _, _): return call.attempts > 1 ? call.over : 0
        case .loop(let atMost, let every, _, _, _):
            return Self.sum(Self.times(rounds[index] ?? 0, atMost), Self.times(every, atMost - 1))
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
