package import RuleEngine

/// RFC 3339 in UTC, to the second: `2027-03-18T10:00:00Z`.
package enum ISOInstant {
    package static func text(_ time: Timestamp) -> String {
        let day: Int64 = 86_400_000_000
        let micros = time.microseconds
        let days = micros >= 0 ? micros / day : (micros - day + 1) / day
        let seconds = Int((micros - days * day) / 1_000_000)
        let date = CalendarDate(daysSinceEpoch: days)
        return "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))"
            + "T\(padded(seconds / 3600, 2)):\(padded(seconds % 3600 / 60, 2)):\(padded(seconds % 60, 2))Z"
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
