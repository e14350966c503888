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

    /// Whether a conversation is open. Platforms without a window have the same to tell of: whether the person wrote within
    /// a day.
    package static func isOpen(at now: Timestamp, since last: Timestamp?) -> Bool {
        last.map { now.microseconds - $0.microseconds < 24 * 3_600_000_000 } ?? false
    }
}

/// The longest time since the person last wrote on a channel, at every node: sums of the bounds of waits along the slowest
/// way. Where an answer to a message of that channel is known of, it counts from there.
struct MessageAge {
    /// Microseconds since the person's last message, and the ways that cost them; `Int64.max` where nobody knows of any.
    struct Longest {
        var age: Int64
        /// The node before on the slowest way.
        var before: Int?
    }

    /// What the graph alone doesn't say.
    struct Surroundings {
        /// The message that began the run was written on this channel.
        var isBegunByWriting = true
        /// Runs of one contact wait for each other.
        var isQueued = false
        /// How long a send may hold a run before it goes on, by node.
        var hold: (Int) -> Int64 = { _ in 0 }
        /// Whether a send can leave by this channel alone, so that an answer to it is written there.
        var isSentThere: (Int) -> Bool = { _ in false }
    }

    private let graph: ProgramGraph
    private let surroundings: Surroundings
    private(set) var longest: [Int: Longest] = [:]
    /// The nodes that only a loop's body holds, by loop.
    private var bodies: [Int: Set<Int>] = [:]
    /// How long one round of a loop takes at most.
    private var rounds: [Int: Int64] = [:]

    init(_ graph: ProgramGraph, _ surroundings: Surroundings) {
        self.graph = graph
        self.surroundings = surroundings
        guard !graph.nodes.isEmpty else { return }
        for (index, node) in graph.nodes.enumerated() {
            if case .loop = node { bodies[index] = graph.nodes(inside: index) }
        }
        // Inner loops first: a round of the outer one counts all rounds of the inner.
        for (loop, body) in bodies.sorted(by: { ($0.value.count, $0.key) < ($1.value.count, $1.key) }) {
            rounds[loop] = round(of: loop, body: body)
        }
        longest = walk(from: 0, entering: beginning, inside: nil, renewals: renewals())
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

    /// A run that waits for the one before it begins long after its message.
    private var beginning: Int64 {
        guard surroundings.isBegunByWriting else { return .max }
        return surroundings.isQueued && graph.nodes.indices.contains { passing($0) > 0 } ? .max : 0
    }

    /// Without the ways back to loops the graph has no cycles, so that one pass in the order of a walk's ends is enough.
    private func walk(
        from start: Int, entering age: Int64 = 0, inside loop: Int?, renewals: [SessionRenewal.Way: Int64] = [:]
    ) -> [Int: Longest] {
        var found = [start: Longest(age: age, before: nil)]
        for index in order(from: start, inside: loop) {
            guard let own = found[index] else { continue }
            let passed = Self.sum(own.age, passing(index))
            for (number, next) in ways(from: index, inside: loop).enumerated() {
                let age = min(passed, renewals[SessionRenewal.Way(node: index, number: number)] ?? .max)
                if age > found[next]?.age ?? -1 { found[next] = Longest(age: age, before: index) }
            }
        }
        return found
    }

    /// How old an answer can be on the ways that are taken because there is one: it came after the message that it
    /// answers. In loops nobody can say which round's message was answered, so nothing is said there.
    private func renewals() -> [SessionRenewal.Way: Int64] {
        let looping = bodies.values.reduce(into: Set<Int>()) { $0.formUnion($1) }
        var found: [SessionRenewal.Way: Int64] = [:]
        var ages: [Int: [Int: Longest]] = [:]
        for renewal in SessionRenewal.all(in: graph) where surroundings.isSentThere(renewal.answered) {
            guard !looping.contains(renewal.way.node), !looping.contains(renewal.answered),
                let next = graph.nodes[renewal.answered].successors.first
            else { continue }
            let known = ages[renewal.answered] ?? walk(from: next, inside: nil)
            ages[renewal.answered] = known
            // Behind a wait for the answer it has either just come or had come before the wait began.
            guard let elapsed = known[renewal.way.node]?.age else { continue }
            found[renewal.way] = min(found[renewal.way] ?? .max, elapsed, renewal.window ?? .max)
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
        case .send, .deliver: return surroundings.hold(index)
        case .entry, .holdout, .gate, .choose, .split, .set, .tag, .untag, .emit, .start, .handOver, .exit: return 0
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
