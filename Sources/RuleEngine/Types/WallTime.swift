/// A time of day, in minutes since midnight. 24:00 is the end of a range only.
package struct ClockTime: Sendable, Hashable {
    package let minute: Int

    package init(minute: Int) {
        self.minute = minute
    }

    package var text: String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(two(minute / 60)):\(two(minute % 60))"
    }
}

/// From a time of day to another, perhaps past midnight.
package struct ClockRange: Sendable, Hashable {
    package let from: ClockTime
    package let to: ClockTime

    package init(from: ClockTime, to: ClockTime) {
        self.from = from
        self.to = to
    }

    package static let allDay = ClockRange(from: ClockTime(minute: 0), to: ClockTime(minute: 1440))
}

/// Days of the week, Monday first, and public holidays.
package struct WeekDays: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// - Parameter day: 0 is Monday.
    package init(day: Int) {
        rawValue = 1 << UInt8(day)
    }

    package static let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    package static let holidays = WeekDays(rawValue: 0x80)

    package var text: String {
        let days = Self.names.enumerated().filter { contains(WeekDays(day: $0.offset)) }.map(\.element)
        return (days + (contains(.holidays) ? ["holidays"] : [])).joined(separator: ", ")
    }
}

/// A day and a time of day on a clock that is named elsewhere.
package struct LocalMoment: Sendable, Hashable {
    /// Days since 1970-01-01.
    package let day: Int64
    package let time: ClockTime

    package init(day: Int64, time: ClockTime) {
        self.day = day
        self.time = time
    }
}

/// Whose clock a time is read from.
package enum Clockwork: Sendable, Hashable {
    case contactZone
    /// An IANA name.
    case zone(String)

    package var text: String {
        switch self {
        case .contactZone: "contact_zone"
        case .zone(let name): name
        }
    }
}
