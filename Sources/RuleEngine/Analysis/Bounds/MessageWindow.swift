/// The most messages that a program can send to one person within a span of time, wherever the span begins.
///
/// Waits take as little as they may, so that messages come as close together as they can. For every place the sweep
/// keeps how many messages the span has so far and the least time that has passed in it: more messages in less time
/// makes all other states of the place needless.
struct MessageWindow {
    /// How runs of one person follow each other.
    enum Sequel {
        case none
        /// The next begins at least so long after the end.
        case afterEnd(Int64)
        /// The next may begin at any moment, and ends the one before.
        case anyTime
    }

    let graph: UnrolledGraph
    /// By node.
    let messages: [Int]
    /// By node: how long after the first message of a send the last one of its attempts may leave.
    let tails: [Int64]

    private struct State {
        let count: Int
        let time: Int64
        let from: (place: Int, state: Int)?
    }

    /// Nil where there is no limit, or none below a thousand runs. The path leads over nodes, from the span's beginning.
    func most(within width: Int64, then sequel: Sequel = .none) -> (count: Int, path: [Int])? {
        var states = [[State]](repeating: [], count: graph.places.count)
        var done = [Int](repeating: 0, count: graph.places.count)
        for (index, place) in graph.places.enumerated() where messages[place.node] > 0 {
            states[index].append(State(count: 0, time: 0, from: nil))
            let tail = tails[place.node]
            // The span may begin behind the first attempt and still hold the later ones: it then reaches further.
            if tail > 0 { states[index].append(State(count: -1, time: -tail, from: nil)) }
        }
        var best = (count: 0, place: 0, state: -1)
        for _ in 0..<1000 {
            var next: [State] = []
            for index in graph.places.indices {
                while done[index] < states[index].count {
                    let number = done[index]
                    done[index] += 1
                    let state = states[index][number]
                    let count = state.count + messages[graph.places[index].node]
                    if count > best.count { best = (count, index, number) }
                    func reach(_ way: UnrolledGraph.Way) {
                        let time = state.time.cappedSum(way.wait.lowerBound)
                        let arrival = State(count: count, time: time, from: (index, number))
                        guard time < width else { return }
                        if let to = way.to { Self.insert(arrival, into: &states[to]) } else { end(arrival) }
                    }
                    func end(_ state: State) {
                        guard case .afterEnd(let gap) = sequel else { return }
                        let time = state.time.cappedSum(gap)
                        if time < width { next.append(State(count: state.count, time: time, from: state.from)) }
                    }
                    for way in graph.places[index].ways { reach(way) }
                    if graph.places[index].ways.isEmpty {
                        end(State(count: count, time: state.time, from: (index, number)))
                    }
                    if case .anyTime = sequel {
                        next.append(State(count: count, time: state.time, from: (index, number)))
                    }
                }
            }
            let before = states[0].count
            for state in next { Self.insert(state, into: &states[0]) }
            if states[0].count == before { return (best.count, path(to: best, in: states)) }
        }
        return nil
    }

    private static func insert(_ state: State, into states: inout [State]) {
        guard !states.contains(where: { $0.count >= state.count && $0.time <= state.time }) else { return }
        states.append(state)
    }

    private func path(to best: (count: Int, place: Int, state: Int), in states: [[State]]) -> [Int] {
        guard best.state >= 0 else { return [] }
        var path = [graph.places[best.place].node]
        var state = states[best.place][best.state]
        while let from = state.from {
            path.append(graph.places[from.place].node)
            state = states[from.place][from.state]
        }
        return path.reversed()
    }
}
