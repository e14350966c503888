import RuleEngine

// What became of messages, and why, as JSON: for `--json` and the API alike.

extension WhyReport {
    package var json: JSON {
        [
            "program": .string(program), "contact": .string(contact), "outcome": .string(outcome),
            "reason": JSON(reason), "summary": .string(summary), "steps": .array(steps.map(\.json)),
            "delivery": delivery?.json ?? nil,
            "would_send_if": wouldSendIf.map { .array($0.map { .string($0.words) }) } ?? .null,
        ]
    }
}

extension WhyReport.Step {
    package var json: JSON {
        [
            "kind": .string(kind), "result": .string(result.rawValue), "text": .string(text), "place": JSON(place),
            "values": .object(values.map { JSON.Entry(key: $0.name, value: .string($0.value)) }),
            "parts": .array(parts.map(\.json)),
        ]
    }
}

extension DeliveryRecord {
    package var json: JSON {
        [
            "contact": .string(externalID), "channel": .string(channelID), "address": .string(address),
            "status": .string(state.name), "reason": JSON(reason), "provider_id": JSON(providerID),
            "attempts": JSON(Int(attempts)), "cost_micros": JSON(costMicros), "currency": .string(currency),
            "created_at": .string(ISOInstant.text(createdAt)), "accepted_at": JSON(acceptedAt.map(ISOInstant.text)),
            "not_before": JSON(notBefore.map(ISOInstant.text)), "told": news.map { JSON($0.words) } ?? .null,
        ]
    }
}
