/// A clock on a wall and the calendar beside it: finds the instants at which it shows a time on certain days.
///
/// Each time of day happens once a day: the first of two where the clocks are put back, and the first instant behind
/// the gap where they are put forward over it. On a day that a zone leaves out, as Samoa did on 2011-12-30, nothing does.
struct WallClock: Sendable {
    let rules: TimeZoneRules
    /// Days since 1970-01-01.
    let holidays: Set<Int64>

    /// Nobody waits longer for a day to come; where only holidays are asked for, there may be none.
    private static let longestSearch = 400

    func localDay(of instant: Timestamp) -> Int64 {
        rules.localTime(of: instant).date.daysSinceEpoch
    }

    /// Nil where the zone has no such day.
    func instant(day: Int64, secondOfDay: Int) -> Timestamp? {
        let date = CalendarDate(daysSinceEpoch: day)
        guard rules.localTime(of: rules.resolve(LocalTime(date: date)).instant).date == date else { return nil }
        return rules.resolve(LocalTime(date: date, secondOfDay: secondOfDay)).instant
    }

    /// All days where none are named.
    func isAmong(_ days: WeekDays?, day: Int64) -> Bool {
        guard let days else { return true }
        if days.contains(.holidays), holidays.contains(day) { return true }
        return days.contains(WeekDays(day: CalendarDate(daysSinceEpoch: day).weekday - 1))
    }

    /// The next instant, later than the given one, at which it shows the time on one of the days.
    func next(_ time: ClockTime, on days: WeekDays?, after instant: Timestamp) -> Timestamp? {
        // The day before may still have its instant ahead: behind a gap at midnight it falls on the next date.
        let first = localDay(of: instant) - 1
        for day in first...first + Int64(Self.longestSearch) where isAmong(days, day: day) {
            if let found = self.instant(day: day, secondOfDay: time.minute * 60), found > instant { return found }
        }
        return nil
    }

    /// The time on this day, or on the first one behind it that is among the days.
    func first(_ secondOfDay: Int, on days: WeekDays?, from day: Int64) -> Timestamp? {
        let bounded = min(max(day, -Self.lastDay), Self.lastDay)
        for day in bounded...bounded + Int64(Self.longestSearch) where isAmong(days, day: day) {
            if let found = instant(day: day, secondOfDay: secondOfDay) { return found }
        }
        return nil
    }

    /// A hundred thousand years: far outside of any plan, and far inside of what an instant can hold.
    private static let lastDay: Int64 = 36_500_000
}

extension Timestamp {
    /// So many microseconds later, or the last instant there is.
    package func advanced(by duration: Int64) -> Timestamp {
        let (sum, overflow) = microseconds.addingReportingOverflow(duration)
        return Timestamp(microseconds: overflow ? (duration > 0 ? .max : .min) : sum)
    }
}
