import RuleEngine

/// One run's account in sentences: what `carillon why` prints, and what the API tells beside the words for machines.
package struct RunTelling {
    private let report: RunReport
    private let person: String
    /// What people call the nodes of each version.
    private let labels: [LaunchID: [Int: String]]
    private let clock: ProjectClock

    package init(_ report: RunReport, of person: String, labels: [LaunchID: [Int: String]], clock: ProjectClock) {
        self.report = report
        self.person = person
        self.labels = labels
        self.clock = clock
    }

    package func label(_ node: Int) -> String { label(node, of: report.run.launch) }

    private func label(_ node: Int, of launch: LaunchID) -> String { labels[launch]?[node] ?? "step \(node)" }

    /// When they came in, and where they are or how they left.
    package var summary: String {
        let run = report.run
        var text = "run \(run.key.occurrence + 1): \(person) came in on \(clock.text(run.startedAt))"
        if let ended = run.endedAt {
            let last = report.lines.last { $0.decision == "ended" }
            let ending =
                last.flatMap { TraceSentence($0, step: label($0.node), clock: clock).predicate } ?? "was taken out"
            return text + " and \(ending) on \(clock.text(ended))."
        }
        if report.isPast {
            let node = report.lines.last?.node ?? run.state.node
            return text + " and was at `\(label(node))` then."
        }
        text += " and is at `\(label(run.state.node))`"
        if let due = run.state.due { text += ", where the next look is on \(clock.text(due))" }
        return text + "."
    }

    /// A sentence for each line, in their order; nil for what says nothing to people.
    package var sentences: [String?] {
        // Before the last move the nodes are those of an earlier version.
        let moved = report.lines.lastIndex { $0.decision == "moved" } ?? 0
        return report.lines.enumerated().map { index, line in
            let step = index < moved ? nil : label(line.node)
            return TraceSentence(line, step: step, clock: clock).text(of: person).map { $0 + "." }
        }
    }

    /// Without a mark and without a full stop.
    package func sentence(of delivery: RunReport.Delivery) -> String {
        let step = label(delivery.node, of: delivery.launch)
        var text = "the message of `\(step)` by `\(delivery.channel)`: \(delivery.state.sentence)"
        if let at = delivery.acceptedAt { text += " on \(clock.text(at))" }
        if let reason = delivery.reason {
            let meaning = SkipReason(rawValue: reason)?.explanation ?? HoldReason(rawValue: reason)?.explanation
            text += ", " + (meaning.map { "\($0) (\(reason))" } ?? reason)
        }
        if let until = delivery.notBefore, delivery.state.isOpen { text += ", until \(clock.text(until))" }
        if let news = delivery.news { text += "; the provider tells: " + news.words.joined(separator: ", ") }
        return text
    }
}

extension DeliveryState {
    /// Behind the message's name.
    fileprivate var sentence: String {
        switch self {
        case .planned: "is to be sent"
        case .deferred: "is held"
        case .sending: "is on its way"
        case .retryWait: "is tried again"
        case .uncertain, .unknownFinal: "nobody knows whether it arrived"
        case .accepted: "was accepted"
        case .skipped: "was not sent"
        case .rejected: "was refused by the provider"
        case .failed: "could not be sent"
        case .cancelled: "was cancelled"
        case .expired: "became too old"
        }
    }
}

extension ProgramLoader {
    /// What people call each node of versions, by the files as they were; nothing for those that don't compile any more.
    package func labels(of launches: [LaunchRecord]) throws(StoreError) -> [LaunchID: [Int: String]] {
        var labels: [LaunchID: [Int: String]] = [:]
        for launch in launches {
            guard let graph = try compile(launch)?.graph else { continue }
            labels[launch.id] = Dictionary(
                uniqueKeysWithValues: graph.nodes.indices.map { ($0, graph.label(of: $0)) })
        }
        return labels
    }
}
