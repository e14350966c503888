/// A graph with its loops written out, so that every way leads forward: all that is asked of it can be answered in one
/// sweep from one end to the other.
struct UnrolledGraph {
    struct Way {
        /// Nil for those who leave without another node: the holdout.
        let to: Int?
        let wait: ClosedRange<Int64>
        let share: Int64?
    }

    struct Place {
        let node: Int
        var ways: [Way]
    }

    /// The entry first; every way leads to a later one.
    let places: [Place]

    /// A loop that somebody is in, and how often its body may still be entered.
    private struct Round: Hashable {
        let loop: Int
        let left: Int
    }

    private struct Key: Hashable {
        let node: Int
        let rounds: [Round]
    }

    private struct Step {
        let to: Key?
        let wait: ClosedRange<Int64>
        let share: Int64?
    }

    /// Nil where it would have more places than the limit: loops in loops in loops.
    init?(_ graph: ProgramGraph, in project: CheckedProject, limit: Int = 10_000) {
        var numbers: [Key: Int] = [:]
        var steps: [[Step]] = []
        var keys: [Key] = []
        var finished: [Int] = []
        // Depth first without recursion: a place is finished when all behind it are.
        var stack: [(place: Int, next: Int)] = []
        func open(_ key: Key) -> Int {
            let number = keys.count
            numbers[key] = number
            keys.append(key)
            steps.append(Self.steps(from: key, graph, project))
            stack.append((number, 0))
            return number
        }
        _ = open(Key(node: 0, rounds: []))
        while let (place, next) = stack.last {
            guard next < steps[place].count else {
                finished.append(place)
                stack.removeLast()
                continue
            }
            stack[stack.count - 1].next += 1
            guard let key = steps[place][next].to, numbers[key] == nil else { continue }
            guard keys.count < limit else { return nil }
            _ = open(key)
        }
        var order = [Int](repeating: 0, count: keys.count)
        for (position, place) in finished.reversed().enumerated() { order[place] = position }
        places = finished.reversed().map { place in
            Place(
                node: keys[place].node,
                ways: steps[place].map { step in
                    Way(to: step.to.flatMap { numbers[$0] }.map { order[$0] }, wait: step.wait, share: step.share)
                })
        }
    }

    private static func steps(from key: Key, _ graph: ProgramGraph, _ project: CheckedProject) -> [Step] {
        let bounds = graph.wayBounds(from: key.node, in: project)
        switch graph.nodes[key.node] {
        case .loop(let atMost, let every, let until, let body, let next):
            // A way out of an inner loop may lead straight back to an outer one, so the inner ones are dropped here.
            let known = key.rounds.lastIndex { $0.loop == key.node }
            let outer = known.map { Array(key.rounds[..<$0]) } ?? key.rounds
            let left = known.map { key.rounds[$0].left } ?? atMost
            let pause = max(0, every)
            var steps: [Step] = []
            if left > 0 {
                steps.append(
                    Step(
                        to: Key(node: body, rounds: outer + [Round(loop: key.node, left: left - 1)]),
                        wait: known == nil ? 0...0 : pause...pause, share: nil))
            }
            // Without a condition the loop goes its full number of rounds.
            if left == 0 || !until.isEmpty {
                steps.append(
                    Step(
                        to: Key(node: next, rounds: outer), wait: known == nil || left == 0 ? 0...0 : 0...pause,
                        share: nil))
            }
            return steps
        case .holdout(let share, let next):
            // Nobody goes the way of a share of nothing.
            return [
                Step(to: Key(node: next, rounds: key.rounds), wait: 0...0, share: 1_000_000 - share),
                Step(to: nil, wait: 0...0, share: share),
            ].filter { $0.share != 0 }
        case .entry, .gate, .send, .deliver, .wait, .waitFor, .waitUntil, .choose, .split, .set, .tag, .untag, .emit,
            .call, .start, .handOver, .exit:
            return zip(graph.nodes[key.node].successors, bounds).compactMap { next, bounds in
                guard bounds.share != 0 else { return nil }
                let isEnd = if case .exit = graph.nodes[next] { true } else { false }
                return Step(
                    to: Key(node: next, rounds: isEnd ? [] : key.rounds), wait: bounds.wait, share: bounds.share)
            }
        }
    }
}
