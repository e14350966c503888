package import RuleEngine

/// Where a person may be, as far as anybody knows: on which clocks, and under whose law.
package final class Place: Sendable, Equatable {
    /// What the zones were taken from, the most trusted first.
    package enum Source: String, Sendable {
        /// The contact's own time zone.
        case profile
        case number, country
        /// Nothing is known.
        case nothing = "default"
    }

    /// IANA names. Empty: any zone.
    package let zones: [String]
    package let source: Source
    /// ISO 3166-1 alpha-2. Empty: any country.
    package let countries: [String]
    /// Parts of those countries. Empty: any part.
    package let states: [String]
    /// Nobody else has it: answers about a place are remembered under it.
    let number: Int

    init(number: Int, zones: [String], source: Source, countries: [String], states: [String]) {
        self.number = number
        self.zones = zones
        self.source = source
        self.countries = countries
        self.states = states
    }

    package static func == (left: Place, right: Place) -> Bool {
        left.number == right.number
            || left.zones == right.zones && left.source == right.source && left.countries == right.countries
                && left.states == right.states
    }

    /// The clock of somebody who may be in several zones: the one furthest behind, so that nothing reaches them before its
    /// hour wherever they are. Nil where nothing is known.
    package func latestZone(at instant: Timestamp) -> String? {
        if zones.count == 1 { return zones[0] }
        let readings = zones.compactMap { name in
            TimeZoneLoader.rules(for: name).map { (name: name, local: $0.localTime(of: instant)) }
        }
        return readings.min {
            ($0.local.date.daysSinceEpoch, $0.local.secondOfDay, $0.name)
                < ($1.local.date.daysSinceEpoch, $1.local.secondOfDay, $1.name)
        }?.name
    }

    /// Whether a law of these countries and of these parts of them may protect somebody here.
    package func mayBe(in lands: [String], states parts: [String]) -> Bool {
        guard countries.isEmpty || countries.contains(where: lands.contains) else { return false }
        return parts.isEmpty || states.isEmpty || states.contains(where: parts.contains)
    }
}
