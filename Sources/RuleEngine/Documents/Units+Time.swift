/// Times, days and shares as the files write them.
extension Units {
    private static let lengths: [(unit: String, microseconds: Int64)] = [
        ("d", 86_400_000_000), ("h", 3_600_000_000), ("m", 60_000_000), ("s", 1_000_000),
    ]

    /// No wait is longer, because a run's life must have an end that people live to see.
    static let longestDuration: Int64 = 3650 * 86_400_000_000

    /// `90m`, `3d`: a whole number and one unit, as microseconds.
    static func duration(_ text: String) throws(Fault) -> Int64 {
        guard let unit = lengths.first(where: { text.hasSuffix($0.unit) }) else {
            throw Fault("expected a number and one of the units `s`, `m`, `h`, `d`")
        }
        let count = try integer(String(text.dropLast()))
        guard count > 0 else { throw Fault("it must be greater than zero") }
        let (length, overflow) = Int64(count).multipliedReportingOverflow(by: unit.microseconds)
        guard !overflow, length <= longestDuration else { throw Fault("it is longer than ten years") }
        return length
    }

    /// `45%`, `0.5%`, as millionths.
    static func share(_ text: String) throws(Fault) -> Int64 {
        guard text.hasSuffix("%") else { throw Fault("expected a number and `%`") }
        let millionths = try decimal(ArraySlice(text.utf8.dropLast()))
        guard millionths <= 100_000_000 else { throw Fault("it is more than 100%") }
        guard millionths % 100 == 0 else { throw Fault("at most four digits may stand behind the point") }
        return millionths / 100
    }

    /// `10:00`, as minutes of the day.
    static func clock(_ text: String) throws(Fault) -> ClockTime {
        let parts = text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard parts.count == 2, let hour = number(parts[0], digits: 1...2), let minute = number(parts[1], digits: 2...2)
        else { throw Fault("expected hours and minutes such as `09:30`") }
        guard hour < 24, minute < 60 else { throw Fault("a day has no such time") }
        return ClockTime(minute: hour * 60 + minute)
    }

    /// `09:00-18:00`, past midnight too (`20:00-09:00`), or `all_day`.
    static func hours(_ text: String) throws(Fault) -> ClockRange {
        if text == "all_day" { return .allDay }
        let parts = text.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2 else { throw Fault("expected two times with `-` between them, or `all_day`") }
        let from = try clock(parts[0].trimmed)
        let to = parts[1].trimmed == "24:00" ? ClockTime(minute: 1440) : try clock(parts[1].trimmed)
        guard from != to else { throw Fault("it begins and ends at the same time; a whole day is `all_day`") }
        return ClockRange(from: from, to: to)
    }

    /// `mon-fri`, `tue`, `mon, wed`, `sat-sun, holidays`.
    static func days(_ text: String) throws(Fault) -> WeekDays {
        var days: WeekDays = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false).map({ String($0).trimmed }) {
            if part == "holidays" {
                days.insert(.holidays)
                continue
            }
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
            guard (1...2).contains(ends.count), let first = WeekDays.names.firstIndex(of: ends[0]),
                let last = WeekDays.names.firstIndex(of: ends[ends.count - 1])
            else { throw Fault("expected days such as `mon-fri` or `tue, thu`") }
            var day = first
            days.insert(WeekDays(day: day))
            while day != last {
                day = (day + 1) % 7
                days.insert(WeekDays(day: day))
            }
        }
        return days
    }

    /// As days since 1970-01-01.
    static func date(_ text: String) throws(Fault) -> Int64 {
        let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard parts.count == 3, let year = number(parts[0], digits: 4...4), let month = number(parts[1], digits: 2...2),
            let day = number(parts[2], digits: 2...2)
        else { throw Fault("expected a date such as `2027-03-18`") }
        guard let days = CivilDate.days(year: year, month: month, day: day) else {
            throw Fault("the calendar has no such day")
        }
        return days
    }

    /// A date, and perhaps a time of day behind a space.
    static func dateTime(_ text: String) throws(Fault) -> LocalMoment {
        let parts = text.split(separator: " ", omittingEmptySubsequences: true).map(String.init)
        guard (1...2).contains(parts.count) else {
            throw Fault("expected a date and a time such as `2027-03-18 10:00`")
        }
        return LocalMoment(
            day: try date(parts[0]), time: parts.count == 2 ? try clock(parts[1]) : ClockTime(minute: 0))
    }

    static func zone(_ text: String) throws(Fault) -> Clockwork {
        if text == "contact_zone" { return .contactZone }
        try timeZone(text)
        return .zone(text)
    }

    private static func number(_ bytes: Substring.UTF8View, digits: ClosedRange<Int>) -> Int? {
        guard digits.contains(bytes.count), bytes.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return bytes.reduce(0) { $0 * 10 + Int($1 & 0x0F) }
    }
}
