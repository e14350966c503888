/// A way through a program in the words of its author: what decided, and what was sent.
package struct WayNames {
    private let program: AnalysedProject.Program
    private let facts: ProgramFacts

    package init(_ program: AnalysedProject.Program) {
        self.program = program
        facts = program.facts
    }

    /// - Parameter nodes: from the entry on; of the last one only its name is said.
    package func names(of nodes: [Int]) -> [String] {
        var names: [String] = []
        for (place, index) in nodes.enumerated() {
            let next = place + 1 < nodes.count ? nodes[place + 1] : nil
            guard let name = name(of: index, next: next), names.last != name else { continue }
            names.append(name)
        }
        return names
    }

    private func name(of index: Int, next: Int?) -> String? {
        switch program.graph.nodes[index] {
        case .entry: return entry
        case .send, .deliver: return facts.name(of: index, in: program.graph)
        case .wait(let wait, _): return text(wait)
        case .waitFor(let event, _, let upTo, let then, let otherwise):
            if next == otherwise, next != then { return "no \(event) within \(NodeLabel.duration(upTo))" }
            return event
        case .waitUntil(let conditions, let upTo, let then, let otherwise):
            let all = sources(conditions)
            return next == otherwise && next != then ? "no \(all) within \(NodeLabel.duration(upTo))" : all
        case .choose(let arms, let otherwise):
            if let arm = arms.first(where: { $0.next == next }) { return sources(arm.conditions) }
            return next == otherwise && arms.count == 1 ? negated(arms[0].conditions) : "otherwise"
        case .split(let name, let shares):
            return shares.first { $0.next == next }.map { "\(name): \($0.name)" } ?? name
        case .loop(_, _, _, let body, _): return next == body ? "round" : nil
        case .call(let call, let done, let failed):
            return next == failed && done != failed ? "\(call.call) failed" : nil
        case .holdout, .gate, .set, .tag, .untag, .emit, .start, .handOver, .exit: return nil
        }
    }

    private var entry: String {
        switch program.source {
        case .campaign(let campaign):
            let ids = campaign.audience.include.map(\.id)
            return ids.isEmpty ? "everyone" : ids.joined(separator: " or ")
        case .journey(let journey):
            switch journey.entry.cause {
            case .event(let name), .webhook(let name): return name
            case .inbound(let channel): return "message from \(channel)"
            case .segment(let segment, let crossing, _): return "\(crossing.rawValue) \(segment.id)"
            case .schedule: return "schedule"
            }
        }
    }

    private func text(_ wait: CheckedStep.Wait) -> String {
        switch wait {
        case .duration(let length): "wait \(NodeLabel.duration(length))"
        case .clock(let time, let days, _): "wait until \(time.text)" + (days.map { " on \($0.text)" } ?? "")
        case .until(let expression, _, _, _, let upTo):
            "wait until \(expression.source), up to \(NodeLabel.duration(upTo))"
        }
    }

    private func sources(_ conditions: [TypedExpression]) -> String {
        conditions.map(\.source).joined(separator: " and ")
    }

    private func negated(_ conditions: [TypedExpression]) -> String {
        if conditions.count == 1, case .not(let inner) = conditions[0].root.kind {
            let bytes = Array(conditions[0].source.utf8)
            return String(decoding: bytes[inner.range.clamped(to: 0..<bytes.count)], as: UTF8.self)
        }
        return "not (\(sources(conditions)))"
    }
}
