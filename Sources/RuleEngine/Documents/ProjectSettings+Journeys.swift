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
