/// Sums over the ways through a graph: of prices, messages or time.
struct PathMeasure {
    /// What decides where facts decide and nobody knows them.
    enum Choice {
        case least, most
        /// Every way counts as much as the others.
        case even
    }

    let graph: UnrolledGraph
    /// True where a goal or `exit_when` may end the run at any wait.
    var endsAtWaits = false

    /// The extreme over all ways, chance among them, and the places that it leads over.
    func extreme(
        _ choice: Choice, node: (Int) -> Int64, way: (UnrolledGraph.Way) -> Int64 = { _ in 0 }
    ) -> (value: Int64, path: [Int]) {
        var values = [Int64](repeating: 0, count: graph.places.count)
        var chosen = [Int?](repeating: nil, count: graph.places.count)
        for index in graph.places.indices.reversed() {
            let place = graph.places[index]
            var best: Int64?
            for candidate in place.ways {
                let value = way(candidate).cappedSum(candidate.to.map { values[$0] } ?? 0)
                if let known = best, choice == .least ? known <= value : known >= value { continue }
                best = value
                chosen[index] = candidate.to
            }
            if endsAtWaits, choice == .least, let value = best, value > 0,
                place.ways.contains(where: { $0.wait.upperBound > 0 })
            {
                best = 0
                chosen[index] = nil
            }
            values[index] = node(place.node).cappedSum(best ?? 0)
        }
        var path: [Int] = []
        var place: Int? = 0
        while let index = place {
            path.append(graph.places[index].node)
            place = chosen[index]
        }
        return (values[0], path)
    }

    /// The mean where chance decides by its shares, and facts as `choice` says.
    func mean(_ choice: Choice, node: (Int) -> Double) -> Double {
        var values = [Double](repeating: 0, count: graph.places.count)
        for index in graph.places.indices.reversed() {
            let place = graph.places[index]
            var sum = 0.0
            if place.ways.contains(where: { $0.share != nil }) {
                for way in place.ways {
                    sum += Double(way.share ?? 0) / 1_000_000 * (way.to.map { values[$0] } ?? 0)
                }
            } else if !place.ways.isEmpty {
                let ahead = place.ways.map { way in way.to.map { values[$0] } ?? 0 }
                switch choice {
                case .least: sum = ahead.min() ?? 0
                case .most: sum = ahead.max() ?? 0
                case .even: sum = ahead.reduce(0, +) / Double(ahead.count)
                }
                if endsAtWaits, choice == .least, place.ways.contains(where: { $0.wait.upperBound > 0 }) {
                    sum = min(sum, 0)
                }
            }
            values[index] = node(place.node) + sum
        }
        return values.first ?? 0
    }
}
