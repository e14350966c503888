package import RuleEngine

/// What the gate's answer about hours and caps rests on, in words: for whoever asks why.
package struct GateEvidence: Sendable {
    /// Name and value, in the order in which the gate looks at them. Empty where no rule asks for time or number.
    package private(set) var values: [(name: String, value: String)] = []

    /// - Parameter instant: tells times.
    package init(
        _ facts: GateFacts, rules: GateRules, now: Timestamp, instant: (Timestamp) -> String = GateEvidence.text
    ) {
        let place = facts.place ?? PlaceBook.shared.place(timeZone: nil, country: nil, number: nil)
        for expiry in rules.expiries where expiry.concerns(facts) {
            guard let given = facts.consentGivenAt, place.mayBe(in: expiry.countries, states: expiry.states) else {
                continue
            }
            let isOver = expiry.isOver(givenAt: given, now: now, place: place)
            values.append(("consent by \(expiry.pack)", "\(expiry.basis.rawValue), \(isOver ? "over" : "lasts")"))
        }
        for cap in rules.caps where cap.concerns(facts.place) {
            let load = cap.load(of: facts.sends, now: now)
            let kinds = cap.kinds.map { " of \($0.joined(separator: ", "))" } ?? ""
            let room = load.roomAt.map { ", room at \(instant($0))" } ?? ""
            values.append(
                (
                    cap.pack.map { "cap of \($0)" } ?? "cap",
                    "\(load.sent) of \(cap.count) in \(Self.text(duration: cap.period))\(kinds)\(room)"
                ))
        }
        if let ahead = rules.planAhead, !facts.rivals.isEmpty {
            let near = facts.rivals.filter { $0.at <= now.later(by: ahead) }
            let due = "\(near.count) due within \(Self.text(duration: ahead))"
            values.append(("of higher priority", "\(due), above \(rules.priority)"))
        }
        guard let hours = rules.hours else { return }
        let zones = hours.zones(for: place)
        values.append(
            (
                "clocks",
                zones.prefix(Self.shown).map { "\($0) \(Self.clock(of: $0, at: now))" }.joined(separator: ", ")
                    + (zones.count > Self.shown ? " and \(zones.count - Self.shown) more" : "")
            ))
        values.append(("clocks by", place.source.rawValue))
        let packs = hours.packs(for: place)
        if !packs.isEmpty {
            values.append(("packs", packs.map { "\($0.id) \($0.version)" }.joined(separator: ", ")))
        }
        let stretch = hours.stretch(at: now, for: place)
        let until = stretch.until.map { " until \(instant($0))" } ?? ", and not within a month"
        values.append(("hours", (stretch.isOpen ? "open" : "closed by \(stretch.closedBy ?? "")") + until))
        values.append(("tzdata", TimeZoneLoader.version))
        values.append(("places", PlaceTable.shipped.versions.joined(separator: ", ")))
    }

    private static let shown = 6

    private static func clock(of name: String, at now: Timestamp) -> String {
        guard let zone = TimeZoneLoader.rules(for: name) else { return "?" }
        return ClockTime(minute: zone.localTime(of: now).secondOfDay / 60).text
    }

    /// `2026-11-21T09:00:00Z`
    package static func text(_ instant: Timestamp) -> String {
        let local = TimeZoneRules.utc.localTime(of: instant)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(local.date.year)-\(two(local.date.month))-\(two(local.date.day))"
            + "T\(two(local.hour)):\(two(local.minute)):\(two(local.second))Z"
    }

    /// `7d`, `24h`
    private static func text(duration: Int64) -> String {
        let hours = duration / 3_600_000_000
        if hours >= 24, hours % 24 == 0 { return "\(hours / 24)d" }
        return hours > 0 ? "\(hours)h" : "\(duration / 60_000_000)m"
    }
}
