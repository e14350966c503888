package import RuleEngine
import Synchronization

/// When messages of one kind may reach people: the policy's quiet hours, and the windows of the rule packs that may
/// apply where somebody is. All of it must be open on every clock that may be theirs.
package final class ContactHours: Sendable {
    /// For how long the answer at an instant stays the same.
    package struct Stretch: Sendable, Equatable {
        package var isOpen: Bool
        package var from: Timestamp
        /// Nil: it doesn't open within `farthest`.
        package var until: Timestamp?
        /// Who closes it, and on which clock; nil while it is open.
        package var closedBy: String?
    }

    private let kind: String
    private let quiet: [QuietHours]
    private let policy: String
    private let packs: [Catalog.Pack]
    /// Whose clocks count where nobody knows the zone.
    private let unknownZones: [String]
    /// By the number of the place: what was found last, and everything that it was found from. Of the night and of the
    /// morning after it, which are asked for in turn.
    private let known = Mutex<[Int: Entry]>([:])

    private struct Entry {
        let constraints: [HourConstraint]
        var stretches: [Stretch] = []
    }

    /// Beyond a month nothing opens any more. Microseconds.
    package static let farthest: Int64 = 31 * 86_400 * 1_000_000

    /// Nil where nothing limits the hours of this kind.
    ///
    /// - Parameters:
    ///   - quiet: of the policy; empty where they don't concern the purpose.
    ///   - packs: those that may apply to somebody; the place decides.
    ///   - unknownZones: empty means every zone of the world.
    package init?(
        kind: String, quiet: [QuietHours], policy: String, packs: [Catalog.Pack], unknownZones: [String]
    ) {
        let packs = packs.filter { pack in pack.windows.contains { $0.channels.contains(kind) } }
        if quiet.isEmpty, packs.isEmpty { return nil }
        self.kind = kind
        self.quiet = quiet
        self.policy = policy
        self.packs = packs
        self.unknownZones = unknownZones
    }

    package func stretch(at now: Timestamp, for place: Place) -> Stretch {
        let entry = known.withLock { $0[place.number] }
        let found = entry?.stretches.first { $0.from <= now && now < ($0.until ?? $0.from.later(by: Self.day)) }
        if let found { return found }
        var fresh = entry ?? Entry(constraints: constraints(for: place))
        let stretch = Self.stretch(at: now, fresh.constraints)
        fresh.stretches = [stretch] + fresh.stretches.prefix(3)
        known.withLock { $0[place.number] = fresh }
        return stretch
    }

    /// The zones that were asked, for the record.
    package func zones(for place: Place) -> [String] {
        place.zones.isEmpty ? (unknownZones.isEmpty ? PlaceTable.shipped.allZones : unknownZones) : place.zones
    }

    /// The packs whose windows may hold for somebody there.
    package func packs(for place: Place) -> [Catalog.Pack] {
        packs.filter { place.mayBe(in: $0.countries, states: $0.states) }
    }

    // MARK: -

    private static let day: Int64 = 86_400_000_000

    static func stretch(at now: Timestamp, _ constraints: [HourConstraint]) -> Stretch {
        let start = now.microseconds
        var instant = start
        var closedBy: String?
        // Each round moves on to where the last of those that are closed opens, until none is closed.
        while instant - start <= farthest {
            var next = instant
            for constraint in constraints {
                let stretch = constraint.stretch(at: next)
                guard !stretch.isOpen else { continue }
                if closedBy == nil { closedBy = "\(constraint.label), \(constraint.zoneName)" }
                next = stretch.until
            }
            if next == instant { break }
            instant = next
        }
        if closedBy == nil {
            return Stretch(isOpen: true, from: now, until: end(of: instant, constraints), closedBy: nil)
        }
        let opens = instant - start <= farthest ? Timestamp(microseconds: instant) : nil
        return Stretch(isOpen: false, from: now, until: opens, closedBy: closedBy)
    }

    private static func end(of instant: Int64, _ constraints: [HourConstraint]) -> Timestamp {
        let end = constraints.map { $0.stretch(at: instant).until }.min() ?? instant + day
        return Timestamp(microseconds: end)
    }

    private func constraints(for place: Place) -> [HourConstraint] {
        let zones = zones(for: place)
        let packs = packs(for: place)
        var constraints: [HourConstraint] = []
        // Clocks that go alike are one clock: of the world's zones a quarter remains.
        var seen: Set<Clock> = []
        func add(
            _ name: String, _ label: String, _ spans: [HourConstraint.Span], isQuiet: Bool, closedOnHolidays: Bool,
            holidays: HolidayCalendar.Country?
        ) {
            guard !spans.isEmpty, let zone = TimeZoneLoader.rules(for: name) else { return }
            guard seen.insert(Clock(label: label, zone: zone, country: holidays?.code)).inserted else { return }
            constraints.append(
                HourConstraint(
                    label: label, zoneName: name, zone: zone, holidays: holidays, spans: spans, isQuiet: isQuiet,
                    isClosedOnHolidays: closedOnHolidays))
        }
        for name in zones {
            let holidays = HolidayCalendar.shipped.country(ofZone: name)
            add(
                name, "quiet hours of `\(policy)`", spans(of: quiet, on: .contactZone), isQuiet: true,
                closedOnHolidays: false, holidays: holidays)
            for pack in packs {
                add(
                    name, "pack `\(pack.id)`", windows(of: pack, on: .contactZone), isQuiet: false,
                    closedOnHolidays: pack.isClosedOnHolidays, holidays: Self.holidays(of: pack) ?? holidays)
            }
        }
        for name in Set(quiet.compactMap(\.clock.zoneName)).sorted() {
            add(
                name, "quiet hours of `\(policy)`", spans(of: quiet, on: .zone(name)), isQuiet: true,
                closedOnHolidays: false, holidays: HolidayCalendar.shipped.country(ofZone: name))
        }
        for pack in packs {
            for name in Set(pack.windows.compactMap(\.clock.zoneName)).sorted() {
                add(
                    name, "pack `\(pack.id)`", windows(of: pack, on: .zone(name)), isQuiet: false,
                    closedOnHolidays: pack.isClosedOnHolidays, holidays: Self.holidays(of: pack))
            }
        }
        return constraints
    }

    private struct Clock: Hashable {
        let label: String
        let zone: TimeZoneRules
        let country: String?
    }

    private func spans(of quiet: [QuietHours], on clock: Clockwork) -> [HourConstraint.Span] {
        quiet.filter { $0.clock == clock }.map { HourConstraint.Span(hours: $0.hours, days: $0.days) }
    }

    private func windows(of pack: Catalog.Pack, on clock: Clockwork) -> [HourConstraint.Span] {
        pack.windows.filter { $0.clock == clock && $0.channels.contains(kind) }.map {
            HourConstraint.Span(hours: $0.hours, days: $0.days)
        }
    }

    /// The holidays that a law means are those of its own country.
    private static func holidays(of pack: Catalog.Pack) -> HolidayCalendar.Country? {
        HolidayCalendar.shipped.countries.first { pack.countries.contains($0.code) }
    }
}

extension Clockwork {
    fileprivate var zoneName: String? {
        if case .zone(let name) = self { name } else { nil }
    }
}
