import RuleEngine

/// What was sent, what became of it, and who is where in programs.
extension ServiceDesk {
    package func deliveries(_ search: DeliverySearch, _ page: PageRequest) throws -> FoundPage<FoundDelivery> {
        try ledgerSearch().deliveries(search, page)
    }

    package func delivery(_ reference: String) throws -> FoundDelivery {
        guard let key = sealer.open(reference), let found = try ledgerSearch().delivery(key) else {
            throw ServiceRefusal(.notFound, "unknown_delivery", "there is no such delivery")
        }
        return found
    }

    /// What it said.
    package func message(of delivery: FoundDelivery) throws -> KeptMessage {
        guard let found = try archive().message(delivery.key) else {
            throw ServiceRefusal(.notFound, "unknown_delivery", "there is no such delivery")
        }
        return found
    }

    package func runs(
        of program: String?, contact name: String?, isOpen: Bool?, _ page: PageRequest
    ) throws -> FoundPage<FoundRun> {
        let key = try name.map { try contact($0) }
        return try ledgerSearch().runs(of: program, contact: key, isOpen: isOpen, page)
    }

    /// The key of whoever is meant, for a search.
    package func key(of name: String) throws -> ContactKey { try contact(name) }

    // MARK: Statistics

    /// One day of one channel, over all programs.
    package struct ChannelDay: Sendable {
        package var day: Int64
        package var channel: String
        package var currency: String
        package var figures: MessageFigures
        package var reach: DailyReach

        /// `total` were tried; `sent` are those that a provider took.
        package var json: JSON {
            [
                "date": .string(ISODay.text(day)), "channel": .string(channel), "total": JSON(figures.messages),
                "sent": JSON(figures.accepted), "delivered": JSON(figures.delivered),
                "failed": JSON(figures.failed + figures.rejected), "read": JSON(figures.opened),
                "cost": ["currency": .string(currency), "micros": JSON(figures.costMicros)],
                "engagement_rate": figures.delivered == 0 ? .null : Self.share(figures.opened, of: figures.delivered),
                "unique_recipients": JSON(reach.recipients),
                "response_time_seconds": reach.responses == 0
                    ? .null : JSON(reach.responseMicros / Int64(reach.responses) / 1_000_000),
            ]
        }

        /// To four decimals, rounded down.
        private static func share(_ part: Int, of whole: Int) -> JSON {
            let parts = part * 10_000 / whole
            let digits = String(parts % 10_000)
            return .written("\(parts / 10_000).\(String(repeating: "0", count: 4 - digits.count))\(digits)")
        }
    }

    package func channelDays(_ days: ClosedRange<Int64>) throws -> [ChannelDay] {
        let zone = try zone()
        let rows = try statistics().counted(days, zone: zone)
        let reach = try ledgerSearch().reach(days, zone: zone)
        var found: [ChannelDay] = []
        for row in rows {
            // In the order of day, channel and program.
            if let last = found.indices.last, found[last].day == row.key.day, found[last].channel == row.key.channel,
                found[last].currency == row.key.currency
            {
                found[last].figures += row.figures
            } else {
                let key = DailyReachKey(day: row.key.day, channel: row.key.channel)
                found.append(
                    ChannelDay(
                        day: row.key.day, channel: row.key.channel, currency: row.key.currency, figures: row.figures,
                        reach: reach[key] ?? DailyReach()))
            }
        }
        return found
    }
}
