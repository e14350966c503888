import RuleEngine

/// One rule about hours, read on one clock: quiet hours that close, or a law's windows of which one must be open.
///
/// Every doubt is read as closed. An hour that the clock shows twice is quiet from its first showing to its last, so
/// that quiet hours hold once and in one piece; a window opens in it with the second and closes with the first.
struct HourConstraint: Sendable {
    struct Span: Sendable, Hashable {
        var hours: ClockRange
        /// Nil: every day.
        var days: WeekDays?
    }

    /// Who says so, for people: `quiet hours of house-marketing`, `pack us.fl`.
    let label: String
    let zoneName: String
    let zone: TimeZoneRules
    let holidays: HolidayCalendar.Country?
    let spans: [Span]
    /// The spans close. Otherwise they open, and all other times are closed.
    let isQuiet: Bool
    let isClosedOnHolidays: Bool

    /// Nothing leaves so shortly before a closing: it would arrive after it. Microseconds.
    static let guardBand: Int64 = 10 * 60 * 1_000_000

    /// How long the state at an instant lasts. `until` is where this constraint was looked through: the state may go
    /// on from there.
    func stretch(at instant: Int64) -> (isOpen: Bool, until: Int64) {
        let today = zone.localTime(of: Timestamp(microseconds: instant)).date.daysSinceEpoch
        let (times, horizon) = pieces(around: today)
        let band = Self.guardBand
        if isQuiet {
            for (start, end) in times where instant < end {
                return instant >= start - band ? (false, end) : (true, start - band)
            }
            return (true, horizon)
        }
        for (start, end) in times where end - start > band && instant < end - band {
            return instant >= start ? (true, end == horizon ? end : end - band) : (false, start)
        }
        return (false, horizon)
    }

    /// The spans as instants, from the day before to the day after the next, those that touch put together.
    private func pieces(around today: Int64) -> (times: [(start: Int64, end: Int64)], horizon: Int64) {
        var times: [(start: Int64, end: Int64)] = []
        for day in today - 1...today + 2 {
            let weekday = WeekDays(day: CalendarDate(daysSinceEpoch: day).weekday - 1)
            let isHoliday = holidays?.isHoliday(CalendarDate(daysSinceEpoch: day)) ?? false
            for span in spans {
                let isNamedHoliday = isHoliday && span.days?.contains(.holidays) == true
                var isMeant = span.days.map { $0.contains(weekday) } ?? true
                if isClosedOnHolidays, isHoliday { isMeant = false }
                guard isMeant || isNamedHoliday else { continue }
                append(span.hours, of: day, to: &times)
            }
        }
        times.sort { $0.start < $1.start }
        var merged: [(start: Int64, end: Int64)] = []
        for time in times where time.start < time.end {
            if let last = merged.last, time.start <= last.end {
                merged[merged.count - 1].end = max(last.end, time.end)
            } else {
                merged.append(time)
            }
        }
        // What goes on past the last day that was looked at isn't known to end there.
        let horizon = instant(today + 3, 0, isLater: false)
        return (merged.map { ($0.start, min($0.end, horizon)) }, horizon)
    }

    private func append(_ hours: ClockRange, of day: Int64, to times: inout [(start: Int64, end: Int64)]) {
        let from = hours.from.minute
        let to = hours.to.minute
        func add(_ first: (day: Int64, minute: Int), _ last: (day: Int64, minute: Int)) {
            times.append(
                (instant(first.day, first.minute, isLater: !isQuiet), instant(last.day, last.minute, isLater: isQuiet)))
        }
        if from < to {
            add((day, from), (day, to))
        } else {
            // Past midnight: the night that begins on the day. The morning before it belongs to the day as well where
            // the night is quiet: `mon-sat` is quiet on Monday at seven, though Sunday isn't named.
            add((day, from), (day + 1, to))
            if isQuiet { add((day, 0), (day, to)) }
        }
    }

    /// 24:00 is midnight of the day after. A time that the clock leaps over is the first instant afterwards.
    private func instant(_ day: Int64, _ minute: Int, isLater: Bool) -> Int64 {
        let local = LocalTime(
            date: CalendarDate(daysSinceEpoch: day + Int64(minute / 1440)), secondOfDay: minute % 1440 * 60)
        switch zone.resolve(local) {
        case .unique(let instant), .skipped(let instant): return instant.microseconds
        case .ambiguous(let first, let second): return (isLater ? second : first).microseconds
        }
    }
}
