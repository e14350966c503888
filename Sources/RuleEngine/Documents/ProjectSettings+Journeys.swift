extension ProjectSettings {
    /// What sequences and rules need of the project. Reads what can be read; what can't was reported with its form.
    mutating func readJourneySettings(_ document: Document) {
        teams = document.value("teams")?.texts.map(\.text) ?? []
        for entry in document.value("opening_hours")?.entries ?? [] {
            openingHours[entry.key.text] = Self.hours(entry.value)
        }
        for endpoint in document.value("endpoints")?.entries ?? [] {
            for call in endpoint.value.value("calls")?.entries ?? [] {
                guard let method = call.value.text("method"), let path = call.value.text("path") else { continue }
                calls[endpoint.key.text + "." + call.key.text] = EndpointCall(
                    endpoint: endpoint.key.text, secret: endpoint.value.text("secret"), method: method, path: path)
            }
        }
    }

    /// Bounds, rates of exchange, and whose clock counts where nobody knows a contact's.
    mutating func readBounds(_ document: Document) {
        stepLimit = document.value("limits")?.text("steps_per_file").flatMap { try? Units.integer($0) }
        waitLimit = document.value("limits")?.text("wait").flatMap { try? Units.duration($0) }
        unknownZone = document.value("defaults")?.text("unknown_zone").flatMap(UnknownZone.init(rawValue:))
        for kind in document.value("replies")?.entries ?? [] {
            for text in kind.value.entries ?? [] {
                replies[kind.key.text, default: [:]][text.key.text] = text.value.text
            }
        }
        if let media = document.value("media") {
            self.media = MediaSettings(
                folder: media.text("folder"), store: media.text("store"), region: media.text("region"),
                secret: media.text("secret"))
        }
        for entry in document.value("exchange_rates")?.entries ?? [] {
            guard let rate = entry.value.text.flatMap({ try? Units.money($0) }), rate.currency == currency,
                rate.micros > 0
            else { continue }
            exchangeRates[entry.key.text] = rate.micros
        }
    }

    /// The amount in the project's currency, to the nearest millionth; nil without a rate.
    func converted(_ money: Money) -> Money? {
        if money.currency == currency { return money }
        guard let rate = exchangeRates[money.currency] else { return nil }
        let product = Int128(money.micros) * Int128(rate)
        guard let micros = Int64(exactly: (product + 500_000) / 1_000_000) else { return nil }
        return Money(micros: micros, currency: currency)
    }

    private static func hours(_ node: SyntaxNode) -> OpeningHours? {
        guard let zone = node.text("in") else { return nil }
        let times = (node.value("open")?.items ?? []).compactMap { item -> OpeningHours.Times? in
            guard let days = item.text("days").flatMap({ try? Units.days($0) }),
                let hours = item.text("hours").flatMap({ try? Units.hours($0) })
            else { return nil }
            return OpeningHours.Times(days: days, hours: hours)
        }
        let closed = node.value("closed")?.texts.map(\.text) ?? []
        return OpeningHours(
            zone: zone, open: times, closedOnHolidays: closed.contains("holidays"),
            closed: closed.compactMap { try? Units.date($0) })
    }
}
