import Channels
package import RuleEngine

/// RFC 3339 in UTC, to the second: `2027-03-18T10:00:00Z`.
package enum ISOInstant {
    package static func text(_ time: Timestamp) -> String {
        var text: [UInt8] = []
        MailDate.append(rfc3339: Int(time.microseconds / 1_000_000), to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// With any offset from UTC. Nil for what is no point in time.
    package static func read(_ text: String) -> Timestamp? {
        var text = text
        return text.withUTF8 { Dates.instant($0) }
    }
}

/// A day of the calendar, as `2027-03-18`; kept as the days since 1970-01-01.
package enum ISODay {
    package static func text(_ day: Int64) -> String {
        let date = CalendarDate(daysSinceEpoch: day)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(date.year)-\(two(date.month))-\(two(date.day))"
    }

    /// Nil for what is no day, and for those before 1970.
    package static func read(_ text: String) -> Int64? {
        var text = text
        let date = text.withUTF8 { Dates.date($0) }
        return date.flatMap { $0.year >= 1970 ? $0.daysSinceEpoch : nil }
    }
}
