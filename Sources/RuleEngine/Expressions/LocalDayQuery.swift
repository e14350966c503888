/// The calendar day of an instant on the project's clock, rounded so that a date can be compared with the instant.
///
/// A date stands for its local midnight. Midnights ascend with their days, so `date < instant` is
/// `date < the first day whose midnight isn't before the instant`, and `date <= instant` is
/// `date <= the last day whose midnight isn't after it`: two whole numbers, as when an int meets a decimal.
package struct LocalDayQuery: Sendable {
    package enum Rounding: String, Sendable {
        case floor, ceiling
    }

    package let instant: TypedNode
    package let rounding: Rounding
    /// The project's zone, whose rules these are.
    package let zoneName: String
    package let zone: TimeZoneRules

    package init(instant: TypedNode, rounding: Rounding, zoneName: String, zone: TimeZoneRules) {
        self.instant = instant
        self.rounding = rounding
        self.zoneName = zoneName
        self.zone = zone
    }

    func evaluate(in context: borrowing EvaluationContext) -> Value {
        guard case .number(let microseconds, .instant) = instant.evaluate(in: context) else { return .missing }
        return .number(day(of: microseconds), .date)
    }

    package func day(of microseconds: Int64) -> Int64 {
        let day = zone.localTime(of: Timestamp(microseconds: microseconds)).date.daysSinceEpoch
        // Where a clock is put back over midnight, the instant may still show the day before; where a country leaves
        // a day out, two days begin at once. So the neighbours are looked at, too.
        switch rounding {
        case .floor: return [day + 1, day].first { midnight(of: $0) <= microseconds } ?? day - 1
        case .ceiling: return [day - 1, day, day + 1].first { midnight(of: $0) >= microseconds } ?? day + 2
        }
    }

    private func midnight(of day: Int64) -> Int64 {
        zone.microseconds(day: day, microsecondOfDay: 0)
    }
}
