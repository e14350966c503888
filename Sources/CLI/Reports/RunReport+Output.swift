import RuleEngine
import Runner

/// What happened to one person in a sequence or rule.
struct JourneyWhy {
    let program: String
    let contact: String
    /// What people call the nodes of each version.
    let labels: [LaunchID: [Int: String]]
    let clock: ProjectClock
    let runs: [RunReport]
    /// Where nobody has come in: what could have, and what the entry said.
    let entry: [EntryTracer.Answer]
    /// What the gate says of messages that wait or were not sent.
    let messages: [MessageTracer.Answer]
    /// Why nothing moves: what of it is paused.
    let rest: String?

    func text(for terminal: Terminal) -> String {
        var text = terminal.styled("\(program) → \(contact)", .bold) + "\n"
        if let rest { text += terminal.styled(rest, .yellow) + "\n" }
        guard !runs.isEmpty else { return text + notInside(terminal) }
        for report in runs {
            let telling = telling(report)
            text += telling.summary + "\n\n"
            text += timeline(of: report, telling, terminal)
            if !report.deliveries.isEmpty { text += "\n" }
            for delivery in report.deliveries { text += self.text(of: delivery, telling, terminal) }
            for answer in messages where answer.run == report.run.key.occurrence {
                text += self.text(of: answer, terminal)
            }
            for call in report.calls { text += self.text(of: call, telling, terminal) }
            text += "\n"
        }
        if !entry.isEmpty { text += "what began nothing\n" + self.text(of: entry, terminal) }
        return text
    }

    private func telling(_ report: RunReport) -> RunTelling {
        RunTelling(report, of: contact, labels: labels, clock: clock)
    }

    /// What holds a message or kept it back, what that rests on, and what would change it.
    private func text(of answer: MessageTracer.Answer, _ terminal: Terminal) -> String {
        var text = "    `\(answer.channel)`: \(answer.text)\n"
        let filling = answer.values.filter { $0.name == MessageTracer.counted }.map(\.value)
        if !filling.isEmpty { text += "    the cap is filled by " + filling.joined(separator: ", ") + "\n" }
        let values = answer.values.filter { $0.name != MessageTracer.counted }
        if !values.isEmpty {
            let list = values.map { "\($0.name): \($0.value)" }.joined(separator: "; ")
            text += terminal.styled("    at this moment: " + list, .dim) + "\n"
        }
        if let remedies = answer.wouldSendIf, !remedies.isEmpty {
            text +=
                "    it would be sent if " + remedies.map { $0.words(on: clock) }.joined(separator: ",\n      and if ")
                + "\n"
        }
        return text
    }

    private func notInside(_ terminal: Terminal) -> String {
        "\(contact) has never been in `\(program)`\n\n" + text(of: entry, terminal)
    }

    private func text(of entry: [EntryTracer.Answer], _ terminal: Terminal) -> String {
        var text = ""
        for answer in entry {
            let mark = answer.wouldBegin ? terminal.styled("✓", .green) : terminal.styled("✗", .red)
            text += "  \(mark) \(answer.cause)"
            if let at = answer.at { text += " at \(clock.text(at))" }
            switch answer.reason {
            case "would_begin": text += ": would begin a run now; it came before the program was live, or is waiting\n"
            case "condition": text += ": a condition of the entry doesn't hold\n"
            case "never_again": text += ": they were in it, and `again` lets nobody in twice\n"
            case "goes_on": text += ": they are in it, and one run at a time is taken\n"
            case "was_there_before": text += ": they were in the segment before the program was live\n"
            case "too_soon":
                text += ": they were in it; taken again from \(answer.until.map(clock.text) ?? "then") on\n"
            case "no_key": text += ": the value that tells runs apart is missing\n"
            default: text += answer.at == nil ? "\n" : ": begins nothing\n"
            }
            for condition in answer.conditions { text += self.text(of: condition, terminal, depth: 2) }
            if !answer.flips.isEmpty {
                let parts = answer.flips.map { "`\($0.source)` \($0.becomes ? "held" : "did not hold")" }
                text += "    would begin if " + parts.joined(separator: ", and ") + "\n"
            }
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

    /// Its decisions as sentences, in their order.
    private func timeline(of report: RunReport, _ telling: RunTelling, _ terminal: Terminal) -> String {
        var text = ""
        for (line, sentence) in zip(report.lines, telling.sentences) {
            guard let sentence else { continue }
            text += "  \(clock.text(line.at))  \(sentence)"
            if !line.place.isEmpty { text += terminal.styled("  \(line.place)", .dim) }
            text += "\n"
        }
        return text
    }

    private func text(of delivery: RunReport.Delivery, _ telling: RunTelling, _ terminal: Terminal) -> String {
        let isGood = delivery.state == .accepted
        let mark = isGood ? terminal.styled("✓", .green) : terminal.styled(delivery.state.isOpen ? "·" : "✗", .dim)
        return "  \(mark) \(telling.sentence(of: delivery))\n"
    }

    private func text(of call: RunReport.Call, _ telling: RunTelling, _ terminal: Terminal) -> String {
        let name = "`\(telling.label(call.node))`"
        let tries = Figures.count(call.attempts, "attempt")
        let answer = call.answer.map { CallAnswerWords.text($0) } ?? "no answer"
        switch call.state {
        case .answered:
            return "  \(terminal.styled("✓", .green)) \(name): answered \(answer), \(tries)\n"
        case .givenUp:
            return "  \(terminal.styled("✗", .red)) \(name): given up after \(tries): \(answer)\n"
        case .underWay: return "  \(terminal.styled("·", .dim)) \(name): under way, \(tries)\n"
        case .waiting:
            let last = call.answer == nil ? "" : ": \(answer)"
            return "  \(terminal.styled("·", .dim)) \(name): waits until \(clock.text(call.notBefore)), "
                + "\(tries) so far\(last)\n"
        }
    }

    var json: JSON {
        let entries = entry.map { answer -> JSON in
            [
                "cause": .string(answer.cause), "at": JSON(answer.at.map(Figures.instant)),
                "reason": .string(answer.reason), "until": JSON(answer.until.map(Figures.instant)),
                "would_begin_if": JSON(answer.flips.map { ($0.becomes ? "" : "not ") + $0.source }),
            ]
        }
        return [
            "program": .string(program), "contact": .string(contact), "rest": JSON(rest),
            "runs": .array(runs.map(json)),
            "entry": .array(entries),
            "gate": .array(
                messages.map { answer in
                    [
                        "run": JSON(Int(answer.run)), "node": JSON(answer.node), "channel": .string(answer.channel),
                        "text": .string(answer.text),
                        "values": .object(answer.values.map { JSON.Entry(key: $0.name, value: .string($0.value)) }),
                        "would_send_if": answer.wouldSendIf.map { .array($0.map { .string($0.words) }) } ?? .null,
                    ]
                }),
        ]
    }

    private func json(of report: RunReport) -> JSON {
        let telling = telling(report)
        let lines = zip(report.lines, telling.sentences).map { line, sentence -> JSON in
            [
                "at": .string(Figures.instant(line.at)), "node": JSON(line.node), "place": .string(line.place),
                "decision": .string(line.decision), "text": .string(line.text), "sentence": JSON(sentence),
            ]
        }
        let messages = report.deliveries.map { delivery -> JSON in
            [
                "sentence": .string(telling.sentence(of: delivery)), "node": JSON(delivery.node),
                "channel": .string(delivery.channel),
                "status": .string(delivery.state.name), "reason": JSON(delivery.reason),
                "not_before": JSON(delivery.notBefore.map(Figures.instant)),
                "accepted_at": JSON(delivery.acceptedAt.map(Figures.instant)),
                "told": delivery.news.map { JSON($0.words) } ?? .null,
            ]
        }
        return [
            "summary": .string(telling.summary),
            "run": JSON(Int(report.run.key.occurrence)), "begun_at": .string(Figures.instant(report.run.startedAt)),
            "ended_at": JSON(report.run.endedAt.map(Figures.instant)), "ending": JSON(report.run.state.ending?.text),
            "node": JSON(report.run.state.node), "due": JSON(report.run.state.due.map(Figures.instant)),
            "lines": .array(lines), "messages": .array(messages),
            "calls": .array(
                report.calls.map { call in
                    [
                        "node": JSON(call.node), "state": .string(call.state.name), "attempts": JSON(call.attempts),
                        "not_before": .string(Figures.instant(call.notBefore)), "answer": JSON(call.answer),
                    ]
                }),
        ]
    }
}

extension RunReport.Call.State {
    var name: String {
        switch self {
        case .waiting: "waiting"
        case .underWay: "under_way"
        case .answered: "answered"
        case .givenUp: "given_up"
        }
    }
}

/// What came of a call, for people: its status, or why there was none.
private enum CallAnswerWords {
    static func text(_ answer: String) -> String {
        switch answer {
        case "rehearsed": "in rehearsal, and nobody was called"
        case "program_ended": "the program was ended"
        default: answer
        }
    }
}
