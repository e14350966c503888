import RuleEngine
import Runner

/// What happened to one person in a sequence or rule.
struct JourneyWhy {
    let program: String
    let contact: String
    let names: [Int: String]
    let runs: [RunReport]
    /// Where nobody has come in: what could have, and what the entry said.
    let entry: [EntryTracer.Answer]

    func text(for terminal: Terminal) -> String {
        var text = terminal.styled("\(program) → \(contact)", .bold) + "\n"
        guard !runs.isEmpty else { return text + notInside(terminal) }
        for report in runs {
            text += summary(of: report) + "\n\n"
            for line in report.lines where line.decision != "gate" { text += self.text(of: line, terminal) }
            for delivery in report.deliveries { text += self.text(of: delivery, terminal) }
            text += "\n"
        }
        return text
    }

    private func notInside(_ terminal: Terminal) -> String {
        var text = "\(contact) has never been in `\(program)`\n\n"
        for answer in entry {
            let mark = answer.wouldBegin ? terminal.styled("✓", .green) : terminal.styled("✗", .red)
            text += "  \(mark) \(answer.cause)"
            if let at = answer.at { text += " at \(Figures.instant(at))" }
            switch answer.reason {
            case "would_begin": text += ": would begin a run now; it came before the program was live, or is waiting\n"
            case "condition": text += ": a condition of the entry doesn't hold\n"
            case "no_key": text += ": the value that tells runs apart is missing\n"
            default: text += answer.at == nil ? "\n" : ": begins nothing\n"
            }
            for condition in answer.conditions { text += self.text(of: condition, terminal, depth: 2) }
        }
        return text
    }

    private func text(of condition: ConditionTrace, _ terminal: Terminal, depth: Int) -> String {
        let mark = condition.result ? terminal.styled("✓", .green) : terminal.styled("✗", .red)
        var line = String(repeating: "  ", count: depth) + mark + " " + condition.source
        if !condition.values.isEmpty {
            line += terminal.styled(
                "  (" + condition.values.map { "\($0.name): \($0.text)" }.joined(separator: ", ") + ")", .dim)
        }
        return line + "\n" + condition.parts.map { text(of: $0, terminal, depth: depth + 1) }.joined()
    }

    private func summary(of report: RunReport) -> String {
        let run = report.run
        var text = "run \(run.key.occurrence + 1), begun \(Figures.instant(run.startedAt))"
        if let ended = run.endedAt {
            let ending = report.lines.last { $0.decision == "ended" }?.text ?? "cancelled"
            return text + ", ended \(Figures.instant(ended)) by \(ending)"
        }
        text += ", is at " + (names[run.state.node].map { "`\($0)`" } ?? "step \(run.state.node)")
        if let due = run.state.due { text += " until \(Figures.instant(due))" }
        return text
    }

    private func text(of line: RunReport.Line, _ terminal: Terminal) -> String {
        var text = "  \(terminal.styled("·", .dim)) \(Figures.instant(line.at))  "
        text += line.decision.replacingUnderscores
        if !line.text.isEmpty { text += " \(line.text)" }
        if !line.place.isEmpty { text += terminal.styled("  \(line.place)", .dim) }
        return text + "\n"
    }

    private func text(of delivery: RunReport.Delivery, _ terminal: Terminal) -> String {
        let isGood = delivery.state == .accepted
        let mark = isGood ? terminal.styled("✓", .green) : terminal.styled(delivery.state.isOpen ? "·" : "✗", .dim)
        var text = "  \(mark) message by `\(delivery.channel)`: \(delivery.state.name)"
        if let reason = delivery.reason {
            let meaning = SkipReason(rawValue: reason)?.explanation ?? HoldReason(rawValue: reason)?.explanation
            text += ", " + (meaning.map { "\($0) (\(reason))" } ?? reason)
        }
        if let until = delivery.notBefore, delivery.state.isOpen { text += ", until \(Figures.instant(until))" }
        if let news = delivery.news { text += "; the provider tells: " + news.words.joined(separator: ", ") }
        return text + "\n"
    }

    var json: JSON {
        let entries = entry.map { answer -> JSON in
            [
                "cause": .string(answer.cause), "at": JSON(answer.at.map(Figures.instant)),
                "reason": .string(answer.reason),
            ]
        }
        return [
            "program": .string(program), "contact": .string(contact), "runs": .array(runs.map(json)),
            "entry": .array(entries),
        ]
    }

    private func json(of report: RunReport) -> JSON {
        let lines = report.lines.map { line -> JSON in
            [
                "at": .string(Figures.instant(line.at)), "node": JSON(line.node), "place": .string(line.place),
                "decision": .string(line.decision), "text": .string(line.text),
            ]
        }
        let messages = report.deliveries.map { delivery -> JSON in
            [
                "node": JSON(delivery.node), "channel": .string(delivery.channel),
                "status": .string(delivery.state.name), "reason": JSON(delivery.reason),
                "not_before": JSON(delivery.notBefore.map(Figures.instant)),
                "accepted_at": JSON(delivery.acceptedAt.map(Figures.instant)),
                "told": delivery.news.map { JSON($0.words) } ?? .null,
            ]
        }
        return [
            "run": JSON(Int(report.run.key.occurrence)), "begun_at": .string(Figures.instant(report.run.startedAt)),
            "ended_at": JSON(report.run.endedAt.map(Figures.instant)), "ending": JSON(report.run.state.ending?.text),
            "node": JSON(report.run.state.node), "due": JSON(report.run.state.due.map(Figures.instant)),
            "lines": .array(lines), "messages": .array(messages),
        ]
    }
}

extension String {
    fileprivate var replacingUnderscores: String {
        String(map { $0 == "_" ? " " : $0 })
    }
}
