/// The footer of a TZif file: how the clocks go on after the last listed change, in the notation of POSIX `TZ`
/// with the extensions of RFC 9636 (hours from -167 to 167).
struct PosixZoneRule: Sendable, Hashable {
    private enum Day: Sendable, Hashable {
        /// 1...365, February 29 is never counted.
        case julian(Int)
        /// 0...365, February 29 is counted.
        case zeroBased(Int)
        /// The nth (5: last) weekday (0: Sunday) of a month.
        case weekday(month: Int, week: Int, day: Int)
    }

    private struct Change: Sendable, Hashable {
        let day: Day
        /// On the clock that shows before the change.
        let secondOfDay: Int
    }

    private struct DaylightSaving: Sendable, Hashable {
        let offset: TimeZoneRules.Offset
        let start: Change
        let end: Change
    }

    private let standard: TimeZoneRules.Offset
    private let daylightSaving: DaylightSaving?

    init?(_ text: [UInt8]) {
        var parser = RuleParser(text)
        guard let name = parser.name(), let west = parser.time(maximumHours: 24) else { return nil }
        standard = TimeZoneRules.Offset(seconds: -west, isDaylightSaving: false, abbreviation: name)
        if parser.isAtEnd {
            daylightSaving = nil
            return
        }
        guard let otherName = parser.name() else { return nil }
        var seconds = 3600 - west
        if !parser.isAt(",") {
            guard let otherWest = parser.time(maximumHours: 24) else { return nil }
            seconds = -otherWest
        }
        guard let start = Self.change(&parser), let end = Self.change(&parser), parser.isAtEnd else { return nil }
        daylightSaving = DaylightSaving(
            offset: TimeZoneRules.Offset(seconds: seconds, isDaylightSaving: true, abbreviation: otherName),
            start: start,
            end: end
        )
    }

    func offset(atSecond second: Int64) -> TimeZoneRules.Offset {
        guard let daylightSaving, isDaylightSaving(daylightSaving, atSecond: second) else { return standard }
        return daylightSaving.offset
    }

    func offsetSeconds(atSecond second: Int64) -> Int {
        guard let daylightSaving, isDaylightSaving(daylightSaving, atSecond: second) else { return standard.seconds }
        return daylightSaving.offset.seconds
    }

    private func isDaylightSaving(_ rule: DaylightSaving, atSecond second: Int64) -> Bool {
        let year = LocalTime(clockSeconds: second + Int64(standard.seconds)).date.year
        let start = Self.clockSecond(of: rule.start, year: year) - Int64(standard.seconds)
        let end = Self.clockSecond(of: rule.end, year: year) - Int64(rule.offset.seconds)
        // South of the equator summer spans the new year.
        if start < end { return second >= start && second < end }
        return second >= start || second < end
    }

    private static func clockSecond(of change: Change, year: Int) -> Int64 {
        let newYear = CalendarDate(year: year, month: 1, day: 1)?.daysSinceEpoch ?? 0
        let day: Int64
        switch change.day {
        case .julian(let number):
            day = newYear + Int64(number - 1) + (CalendarDate.isLeap(year) && number > 59 ? 1 : 0)
        case .zeroBased(let number):
            day = newYear + Int64(number)
        case .weekday(let month, let week, let weekday):
            let first = CalendarDate(year: year, month: month, day: 1)?.daysSinceEpoch ?? newYear
            // Day zero of the epoch was a Thursday: 4, counted from Sunday.
            let firstWeekday = Int(((first + 4) % 7 + 7) % 7)
            var number = (weekday - firstWeekday + 7) % 7 + (week - 1) * 7
            if number >= CalendarDate.length(ofMonth: month, year: year) { number -= 7 }
            day = first + Int64(number)
        }
        return day * 86_400 + Int64(change.secondOfDay)
    }

    private static func change(_ parser: inout RuleParser) -> Change? {
        guard parser.skip(",") else { return nil }
        let day: Day
        if parser.skip("M") {
            guard let month = parser.number(1...12), parser.skip("."), let week = parser.number(1...5),
                parser.skip("."), let weekday = parser.number(0...6)
            else { return nil }
            day = .weekday(month: month, week: week, day: weekday)
        } else if parser.skip("J") {
            guard let number = parser.number(1...365) else { return nil }
            day = .julian(number)
        } else {
            guard let number = parser.number(0...365) else { return nil }
            day = .zeroBased(number)
        }
        var second = 7200
        if parser.skip("/") {
            guard let time = parser.time(maximumHours: 167) else { return nil }
            second = time
        }
        return Change(day: day, secondOfDay: second)
    }
}

private struct RuleParser {
    private let text: [UInt8]
    private var position = 0

    init(_ text: [UInt8]) {
        self.text = text
    }

    var isAtEnd: Bool { position == text.count }

    func isAt(_ character: Unicode.Scalar) -> Bool {
        position < text.count && text[position] == UInt8(ascii: character)
    }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard isAt(character) else { return false }
        position += 1
        return true
    }

    /// `CET`, or `<+0330>`
    mutating func name() -> String? {
        let isQuoted = skip("<")
        let start = position
        while position < text.count {
            let byte = text[position]
            let isLetter = byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z")
            let isSign = byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")
            let isDigit = byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
            guard isLetter || isQuoted && (isSign || isDigit) else { break }
            position += 1
        }
        let name = String(decoding: text[start..<position], as: UTF8.self)
        guard !name.isEmpty, !isQuoted || skip(">") else { return nil }
        return name
    }

    /// `[+-]hh[:mm[:ss]]` in seconds.
    mutating func time(maximumHours: Int) -> Int? {
        let isNegative = skip("-")
        if !isNegative { _ = skip("+") }
        guard let hours = number(0...maximumHours) else { return nil }
        var seconds = hours * 3600
        for unit in [60, 1] where isAt(":") {
            _ = skip(":")
            guard let part = number(0...59) else { return nil }
            seconds += part * unit
        }
        return isNegative ? -seconds : seconds
    }

    mutating func number(_ range: ClosedRange<Int>) -> Int? {
        let start = position
        var value = 0
        while position < text.count, position - start < 4, let digit = Self.digit(text[position]) {
            value = value * 10 + digit
            position += 1
        }
        return position > start && range.contains(value) ? value : nil
    }

    private static func digit(_ byte: UInt8) -> Int? {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") ? Int(byte) - Int(UInt8(ascii: "0")) : nil
    }
}
