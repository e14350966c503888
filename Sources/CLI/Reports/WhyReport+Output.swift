import RuleEngine
import Runner

extension WhyReport {
    var json: JSON {
        [
            "program": .string(program), "contact": .string(contact), "outcome": .string(outcome),
            "reason": JSON(reason), "summary": .string(summary), "steps": .array(steps.map(\.json)),
            "delivery": delivery?.json ?? nil,
            "would_send_if": wouldSendIf.map { .array($0.map { .string($0.words) }) } ?? .null,
        ]
    }

    func text(for terminal: Terminal) -> String {
        let id = asked == contact ? "" : "  (id \(contact))"
        var text = terminal.styled("\(program) → \(asked)", .bold) + id + "\n" + summary + "\n\n"
        for step in steps { text += step.text(for: terminal, depth: 1) }
        if let wouldSendIf, !wouldSendIf.isEmpty {
            text += "\n  would send if " + wouldSendIf.map(\.words).joined(separator: ",\n            and ") + "\n"
        }
        return text
    }
}

extension WhyReport.Step {
    fileprivate var json: JSON {
        [
            "kind": .string(kind), "result": .string(result.rawValue), "text": .string(text), "place": JSON(place),
            "values": .object(values.map { JSON.Entry(key: $0.name, value: .string($0.value)) }),
            "parts": .array(parts.map(\.json)),
        ]
    }

    fileprivate func text(for terminal: Terminal, depth: Int) -> String {
        let mark =
            switch result {
            case .passed: terminal.styled("✓", .green)
            case .blocked: terminal.styled("✗", .red)
            case .info: terminal.styled("·", .dim)
            }
        var line = String(repeating: "  ", count: depth) + mark + " " + text
        if !values.isEmpty {
            line += terminal.styled(
                "  (" + values.map { "\($0.name): \($0.value)" }.joined(separator: ", ") + ")",
                .dim
            )
        }
        if let place { line += terminal.styled("  \(place)", .dim) }
        return line + "\n" + parts.map { $0.text(for: terminal, depth: depth + 1) }.joined()
    }
}

extension DeliveryRecord {
    var json: JSON {
        [
            "contact": .string(externalID), "channel": .string(channelID), "address": .string(address),
            "status": .string(state.name), "reason": JSON(reason), "provider_id": JSON(providerID),
            "attempts": JSON(Int(attempts)), "cost_micros": JSON(costMicros), "currency": .string(currency),
            "created_at": .string(Figures.instant(createdAt)), "accepted_at": JSON(acceptedAt.map(Figures.instant)),
            "not_before": JSON(notBefore.map(Figures.instant)), "told": news.map { JSON($0.words) } ?? .null,
        ]
    }
}
