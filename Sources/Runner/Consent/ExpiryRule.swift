package import RuleEngine

/// How long a consent lasts by a law's word, counted from the day on which it was given.
package struct ExpiryRule: Sendable, Hashable {
    package let pack: String
    package let basis: Catalog.Pack.ConsentExpiry.Basis
    private let months: Int
    private let days: Int
    let countries: [String]
    let states: [String]

    static func all(of pack: Catalog.Pack) -> [ExpiryRule] {
        pack.consentExpiries.map { expiry in
            ExpiryRule(
                pack: pack.id, basis: expiry.basis, months: expiry.months, days: expiry.days,
                countries: pack.countries, states: pack.states)
        }
    }

    /// False where every consent that is strong enough is of a kind that this rule doesn't speak of.
    func canDecide(minimum: ConsentLevel) -> Bool {
        switch basis {
        case .express: minimum <= .express
        case .purchase, .inquiry, .transaction: minimum <= .softOptIn
        }
    }

    /// Whether it speaks of a consent. What a weak consent follows from is not recorded, so that every rule about
    /// such consents may be meant, and the shortest holds.
    func concerns(_ facts: GateFacts) -> Bool {
        switch basis {
        case .express: facts.consent == .express
        case .purchase, .inquiry, .transaction: facts.consent == .softOptIn
        }
    }

    /// True once the last day is over, on any clock that may be the person's. The day that the law still allows is
    /// left out on purpose: hours differ, and nobody is harmed by a message less.
    func isOver(givenAt: Timestamp, now: Timestamp, place: Place) -> Bool {
        guard place.mayBe(in: countries, states: states) else { return false }
        let zones = place.zones.isEmpty ? ["Etc/UTC"] : place.zones
        return zones.contains { name in
            guard let zone = TimeZoneLoader.rules(for: name) else { return false }
            let given = zone.localTime(of: givenAt).date
            let today = zone.localTime(of: now).date
            return today >= end(after: given)
        }
    }

    private func end(after given: CalendarDate) -> CalendarDate {
        let month = given.year * 12 + given.month - 1 + months
        let (year, rest) = month.quotientAndRemainder(dividingBy: 12)
        let last = CalendarDate.length(ofMonth: rest + 1, year: year)
        // A month that is too short ends it on its last day.
        let date = CalendarDate(year: year, month: rest + 1, day: min(given.day, last)) ?? given
        return CalendarDate(daysSinceEpoch: date.daysSinceEpoch + Int64(days))
    }
}
