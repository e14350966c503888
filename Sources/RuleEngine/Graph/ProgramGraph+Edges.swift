extension ProgramGraph {
    /// The ways as people read them in a drawing: what decides, the share, and how long the way takes at most.
    package func edges(in project: CheckedProject) -> [Edge] {
        var places: [Int: Int] = [:]
        return edges.map { edge in
            let place = places[edge.from, default: 0]
            places[edge.from] = place + 1
            let bounds = wayBounds(from: edge.from, in: project)
            guard bounds.indices.contains(place), let time = time(of: edge.from, bounds[place]) else { return edge }
            return Edge(from: edge.from, to: edge.to, label: edge.label.map { "\($0), \(time)" } ?? time)
        }
    }

    /// Nil where no time passes, or the words of the way say it already.
    private func time(of node: Int, _ bounds: WayBounds) -> String? {
        guard bounds.wait.upperBound > 0 else { return nil }
        switch nodes[node] {
        case .wait, .waitFor, .waitUntil, .call, .deliver: break
        case .entry, .holdout, .gate, .send, .choose, .split, .loop, .set, .tag, .untag, .emit, .start, .handOver,
            .exit:
            return nil
        }
        let time = Self.compact(bounds.wait.upperBound)
        if bounds.wait.lowerBound < bounds.wait.upperBound { return "within \(time)" }
        if case .wait = nodes[node] { return "after \(time)" }
        return nil
    }

    /// `5d 2h`, where a duration of one unit would be `122h`.
    private static func compact(_ microseconds: Int64) -> String {
        let day: Int64 = 86_400_000_000
        guard microseconds > day, microseconds % day != 0 else { return NodeLabel.duration(microseconds) }
        return NodeLabel.duration(microseconds / day * day) + " " + NodeLabel.duration(microseconds % day)
    }
}
