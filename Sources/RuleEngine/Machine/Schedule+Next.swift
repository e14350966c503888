extension Schedule {
    /// The first tick later than an instant, on the clock of a zone. Nil where none comes any more, or none within nine
    /// years: the longest that a calendar makes anybody wait, for a February 29 around a century without one.
    ///
    /// A time that the clocks leave out ticks at the first instant behind the gap, and one that they show twice ticks
    /// the first time only.
    package func next(after instant: Timestamp, in zone: TimeZoneRules, holidays: Set<Int64> = []) -> Timestamp? {
        let clock = WallClock(rules: zone, holidays: holidays)
        if case .once(let moment) = rhythm {
            let tick = clock.first(moment.time.minute * 60, on: nil, from: moment.day)
            return tick.flatMap { $0 > instant ? $0 : nil }
        }
        let first = clock.localDay(of: instant) - 1
        for day in first...first + Self.longestPause {
            if let until, day > until { return nil }
            guard isDue(day, clock) else { continue }
            if let tick = tick(on: day, after: instant, clock) { return tick }
        }
        return nil
    }

    /// From one February 29 to the next one over 2100, and some days.
    private static let longestPause: Int64 = 366 * 8 + 10

    private func isDue(_ day: Int64, _ clock: WallClock) -> Bool {
        switch rhythm {
        case .once: return false
        case .daily: return true
        case .weekly(let days, _): return clock.isAmong(days, day: day)
        case .monthly(let wanted, _):
            let date = CalendarDate(daysSinceEpoch: day)
            return date.day == min(wanted, CalendarDate.length(ofMonth: date.month, year: date.year))
        case .cron(let cron): return cron.isDue(CalendarDate(daysSinceEpoch: day))
        }
    }

    private func tick(on day: Int64, after instant: Timestamp, _ clock: WallClock) -> Timestamp? {
        func later(_ minute: Int) -> Timestamp? {
            clock.instant(day: day, secondOfDay: minute * 60).flatMap { $0 > instant ? $0 : nil }
        }
        switch rhythm {
        case .once: return nil
        case .daily(let time), .weekly(_, let time), .monthly(_, let time): return later(time.minute)
        case .cron(let cron):
            for hour in cron.hours {
                for minute in cron.minutes {
                    if let tick = later(hour * 60 + minute) { return tick }
                }
            }
            return nil
        }
    }
}

extension CronSchedule {
    /// Cron's rule: where both a day of the month and a day of the week are named, either will do.
    fileprivate func isDue(_ date: CalendarDate) -> Bool {
        guard months.contains(date.month) else { return false }
        let isDay = days.contains(date.day)
        let isWeekDay = weekDays.contains(date.weekday % 7)
        return anyDay || anyWeekDay ? isDay && isWeekDay : isDay || isWeekDay
    }
}
