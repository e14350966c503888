package import RuleEngine

/// Times as people of a project read them: `2026-10-25 09:00:00 CET`. In the hour that a clock shows twice the zone's name tells
/// which it is. What machines read stays RFC 3339 in UTC.
package struct ProjectClock: Sendable {
    private let zone: TimeZoneRules

    package init(_ zone: TimeZoneRules) {
        self.zone = zone
    }

    package func text(_ instant: Timestamp) -> String {
        let local = zone.localTime(of: instant)
        let time = [local.hour, local.minute, local.second].map { $0 < 10 ? "0\($0)" : "\($0)" }
        return "\(FactWords.date(local.date)) \(time.joined(separator: ":")) \(zone.offset(at: instant).abbreviation)"
    }
}
