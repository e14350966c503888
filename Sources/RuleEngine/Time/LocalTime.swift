/// What a clock on the wall and a calendar show.
package struct LocalTime: Hashable, Sendable {
    package let date: CalendarDate
    /// 0...86,399
    package let secondOfDay: Int

    package init(date: CalendarDate, secondOfDay: Int) {
        self.date = date
        self.secondOfDay = min(max(secondOfDay, 0), 86_399)
    }

    package init(date: CalendarDate, hour: Int = 0, minute: Int = 0, second: Int = 0) {
        self.init(date: date, secondOfDay: hour * 3600 + minute * 60 + second)
    }

    package var hour: Int { secondOfDay / 3600 }
    package var minute: Int { secondOfDay / 60 % 60 }
    package var second: Int { secondOfDay % 60 }

    /// Seconds since 1970-01-01T00:00:00 on the same clock, as if it never changed.
    var clockSeconds: Int64 {
        date.daysSinceEpoch * 86_400 + Int64(secondOfDay)
    }

    init(clockSeconds: Int64) {
        var days = clockSeconds / 86_400
        var rest = clockSeconds % 86_400
        if rest < 0 {
            rest += 86_400
            days -= 1
        }
        date = CalendarDate(daysSinceEpoch: days)
        secondOfDay = Int(rest)
    }
}

/// The instants at which a clock shows a given time.
package enum LocalTimeResolution: Hashable, Sendable {
    case unique(Timestamp)
    /// The clock was put back: it shows the time twice.
    case ambiguous(first: Timestamp, second: Timestamp)
    /// The clock was put forward over the time; here is the first instant afterwards.
    case skipped(firstAfter: Timestamp)

    /// The usual choice: the first of two, and after a gap the first instant that exists.
    package var instant: Timestamp {
        switch self {
        case .unique(let instant): instant
        case .ambiguous(let first, _): first
        case .skipped(let first): first
        }
    }
}
