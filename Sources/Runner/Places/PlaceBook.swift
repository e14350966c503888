import Synchronization

/// Makes places out of what is known of people, and gives everybody of the same place the same one: there are a few
/// thousand at most, and what is worked out for one of them need not be worked out again.
package final class PlaceBook: Sendable {
    private struct Key: Hashable {
        var zone: String?
        var country: String?
        /// The part of the number that decides.
        var prefix: String?
    }

    package static let shared = PlaceBook(table: .shipped)

    private let table: PlaceTable
    private let places = Mutex<[Key: Place]>([:])

    package init(table: PlaceTable) {
        self.table = table
    }

    /// - Parameters:
    ///   - timeZone: what the contact's own data say.
    ///   - country: ISO 3166-1 alpha-2.
    ///   - number: a telephone number in international form, `+` and digits.
    package func place(timeZone: String?, country: String?, number: String?) -> Place {
        let found = number.flatMap { $0.hasPrefix("+") ? table.region(of: $0.dropFirst()) : nil }
        let key = Key(zone: timeZone, country: country, prefix: found?.prefix)
        return places.withLock { places in
            if let known = places[key] { return known }
            let place = make(timeZone, country, found?.region, number: places.count)
            places[key] = place
            return place
        }
    }

    /// The contact's own zone is trusted first, then the country they live in, then their number, which only says
    /// where it was given out. A number narrows a country of several zones; where the two don't agree, both count.
    private func make(_ timeZone: String?, _ country: String?, _ region: PlaceTable.Region?, number: Int) -> Place {
        var countries = Set(region?.countries ?? [])
        // A toll-free number belongs to twenty countries; who is known to live in one of them is under its law.
        if let country { countries = countries.contains(country) ? [country] : countries.union([country]) }
        let states = region?.states ?? []
        // A number of a single state says nothing of somebody who lives in another country with states.
        let isElsewhere = country.map { region?.countries.contains($0) == false } ?? false
        var zones: Set<String> = []
        var source = Place.Source.nothing
        if let timeZone, TimeZoneLoader.rules(for: timeZone) != nil {
            zones = [timeZone]
            source = .profile
        } else {
            let own = Set(country.map { table.zones(ofCountry: $0) } ?? [])
            if let region {
                let both = own.intersection(region.zones)
                source = .number
                zones = isElsewhere ? own.union(region.zones) : (both.isEmpty ? Set(region.zones) : both)
            } else if !own.isEmpty {
                source = .country
                zones = own
            }
        }
        return Place(
            number: number, zones: zones.sorted(), source: source, countries: countries.sorted(),
            states: isElsewhere ? [] : states)
    }
}
