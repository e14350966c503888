extension AnalysedProject.Program {
    /// A way in words, each node once and where it is gone several times with how often: `send welcome`, `wait 2d ×3`.
    /// What everybody passes and nobody notices, such as gates, is left out.
    package func words(for path: [Int]) -> [String] {
        var counts: [Int: Int] = [:]
        var order: [Int] = []
        for node in path {
            if counts[node] == nil { order.append(node) }
            counts[node, default: 0] += 1
        }
        return order.compactMap { index in
            guard let words = words(for: index) else { return nil }
            let count = counts[index] ?? 1
            return count > 1 ? "\(words) ×\(count)" : words
        }
    }

    private func words(for index: Int) -> String? {
        switch graph.nodes[index] {
        case .entry, .gate, .holdout: return nil
        case .send:
            guard case .campaign(let campaign) = source else { return "send" }
            return "send \(campaign.template.id ?? "message")"
        case .deliver(let send, _): return "send \(graph.names[index] ?? send.template.id ?? "message")"
        case .waitFor, .waitUntil, .wait, .choose, .split, .loop, .set, .tag, .untag, .emit, .call, .start, .handOver,
            .exit:
            let label = NodeLabel.text(graph.nodes[index], name: graph.names[index])
            return label.split(separator: "\n").joined(separator: " ")
        }
    }
}
