// Figures as JSON: for `--json` and the API alike.

extension DailyStatistic {
    package var json: JSON {
        [
            "day": .string(ISODay.text(key.day)), "channel": .string(key.channel), "program": .string(key.program),
            "figures": figures.json(currency: key.currency),
        ]
    }
}

extension MessageFigures {
    package func json(currency: String) -> JSON {
        [
            "messages": JSON(messages), "accepted": JSON(accepted), "rejected": JSON(rejected),
            "failed": JSON(failed), "uncertain": JSON(uncertain), "delivered": JSON(delivered),
            "opened": JSON(opened), "clicked": JSON(clicked), "bounced": JSON(bounced),
            "complained": JSON(complained), "unsubscribed": JSON(unsubscribed),
            "cost": ["currency": .string(currency), "micros": JSON(costMicros)],
        ]
    }
}
