import RuleEngine

extension PlanReport {
    /// The keys of `status --json` that mean something before anything was sent, and `would_send`.
    /// audience = would_send + the sum of skipped; `held` are those of would_send who would wait first.
    package var json: JSON {
        [
            "id": .string(id), "state": "plan", "version": .string(version), "channel": .string(channel),
            "contacts": JSON(contacts), "audience": JSON(audience), "would_send": JSON(wouldSend),
            "skipped": JSON(skipped), "held": JSON(held), "accepted": 0, "rejected": 0, "failed": 0, "cancelled": 0,
            "expired": 0,
            "unknown_final": 0, "open": 0, "uncertain": 0, "languages": JSON(languages),
            "cost": [
                "currency": .string(leastCost.currency), "least": JSON(leastCost.micros), "most": JSON(mostCost.micros),
            ],
            "guards": .array(
                guards.map { ["name": .string($0.name), "held": JSON($0.isHeld), "message": .string($0.message)] }
            ),
            "samples": .array(
                samples.map {
                    [
                        "contact": .string($0.contact), "address": .string($0.address),
                        "language": .string($0.language),
                        "subject": .string($0.subject), "text": .string($0.text),
                    ]
                }
            ),
        ]
    }
}
