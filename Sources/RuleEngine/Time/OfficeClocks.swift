/// When the project's offices are open: their hours, read on their own clocks.
///
/// An opening belongs to the day on which it begins, and may go on past midnight. A closed day has no openings, and
/// one that comes from the day before ends at its midnight. Where a clock is changed, a time that it shows twice is
/// the first of both, and a time that it leaps over is the first instant afterwards.
package struct OfficeClocks: Sendable {
    private struct Office: Sendable {
        let hours: OpeningHours
        let zone: TimeZoneRules
        let holidays: HolidayCalendar.Country?

        func isClosed(_ day: Int64) -> Bool {
            if hours.closed.contains(day) { return true }
            return hours.closedOnHolidays && isHoliday(day)
        }

        func isHoliday(_ day: Int64) -> Bool {
            holidays?.isHoliday(CalendarDate(daysSinceEpoch: day)) ?? false
        }

        /// When the office opens and closes on account of the hours of one day.
        func openings(of day: Int64) -> [(start: Int64, end: Int64)] {
            if isClosed(day) { return [] }
            let weekday = WeekDays(day: CalendarDate(daysSinceEpoch: day).weekday - 1)
            return hours.open.compactMap { times in
                let isHoliday = times.days.contains(.holidays) && isHoliday(day)
                guard times.days.contains(weekday) || isHoliday else { return nil }
                let isPastMidnight = times.hours.to.minute <= times.hours.from.minute
                let start = instant(day, times.hours.from.minute)
                var end = instant(isPastMidnight ? day + 1 : day, times.hours.to.minute)
                if isPastMidnight, isClosed(day + 1) { end = min(end, instant(day + 1, 0)) }
                return start < end ? (start, end) : nil
            }
        }

        /// 24:00 is midnight of the day after.
        private func instant(_ day: Int64, _ minute: Int) -> Int64 {
            let day = day + Int64(minute / 1440)
            let local = LocalTime(date: CalendarDate(daysSinceEpoch: day), secondOfDay: minute % 1440 * 60)
            return zone.resolve(local).instant.microseconds
        }

        func isOpen(at instant: Int64) -> Bool {
            let today = day(of: instant)
            return (today - 1...today + 1).contains { day in
                openings(of: day).contains { $0.start <= instant && instant < $0.end }
            }
        }

        func day(of instant: Int64) -> Int64 {
            zone.localTime(of: Timestamp(microseconds: instant)).date.daysSinceEpoch
        }
    }

    private var offices: [String: Office] = [:]
    /// How far ahead an opening is looked for: beyond a year there is none.
    private static let daysAhead: Int64 = 400

    /// Knows no office.
    package init() {}

    /// An office whose zone isn't known has no hours: what asks for it is missing.
    package init(
        _ hours: [String: OpeningHours], calendar: HolidayCalendar = .shipped,
        zones: (_ name: String) -> TimeZoneRules?
    ) {
        for (id, hours) in hours {
            guard let zone = zones(hours.zone) else { continue }
            offices[id] = Office(hours: hours, zone: zone, holidays: calendar.country(ofZone: hours.zone))
        }
    }

    /// Nil where the office isn't known.
    package func isOpen(_ id: String, at instant: Timestamp) -> Bool? {
        offices[id]?.isOpen(at: instant.microseconds)
    }

    /// The next time at which the office opens, having been closed before: while it is open, that of the opening after
    /// this one. Nil where it never closes, or doesn't open within 400 days.
    package func opensNext(_ id: String, after instant: Timestamp) -> Timestamp? {
        guard let office = offices[id] else { return nil }
        let today = office.day(of: instant.microseconds)
        for day in today...today + Self.daysAhead {
            let starts = office.openings(of: day).map(\.start).sorted()
            for start in starts where start > instant.microseconds && !office.isOpen(at: start - 1) {
                return Timestamp(microseconds: start)
            }
        }
        return nil
    }
}
