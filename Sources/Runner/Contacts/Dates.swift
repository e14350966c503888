import RuleEngine

/// Days and instants as files write them (RFC 3339).
enum Dates {
    /// `2026-03-31`.
    static func date(_ bytes: UnsafeBufferPointer<UInt8>) -> CalendarDate? {
        guard bytes.count == 10, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            let year = number(bytes, 0, 4), let month = number(bytes, 5, 2), let day = number(bytes, 8, 2), year > 0
        else { return nil }
        return CalendarDate(year: year, month: month, day: day)
    }

    /// `2026-03-31T14:30:00Z`, with seconds and their fraction left out at will, and any offset from UTC. Without an
    /// offset it would not be a point in time.
    static func instant(_ bytes: UnsafeBufferPointer<UInt8>) -> Timestamp? {
        guard bytes.count >= 17, let day = date(UnsafeBufferPointer(rebasing: bytes[..<10])),
            bytes[10] == UInt8(ascii: "T") || bytes[10] == UInt8(ascii: "t") || bytes[10] == 0x20,
            bytes[13] == UInt8(ascii: ":"), let hour = number(bytes, 11, 2), let minute = number(bytes, 14, 2),
            hour < 24, minute < 60
        else { return nil }
        var index = 16
        var second = 0
        var fraction: Int64 = 0
        if bytes[index] == UInt8(ascii: ":") {
            // A leap second counts as the second before it.
            guard let value = number(bytes, 17, 2), value <= 60 else { return nil }
            second = min(value, 59)
            index = 19
            if index < bytes.count, bytes[index] == UInt8(ascii: ".") {
                index += 1
                var scale: Int64 = 100_000
                let start = index
                while index < bytes.count, bytes[index] &- 0x30 < 10 {
                    fraction += Int64(bytes[index] - 0x30) * scale
                    scale /= 10
                    index += 1
                }
                guard index > start, index - start <= 9 else { return nil }
            }
        }
        guard let offset = offset(UnsafeBufferPointer(rebasing: bytes[min(index, bytes.count)...])) else { return nil }
        let seconds = day.daysSinceEpoch * 86_400 + Int64(hour * 3_600 + minute * 60 + second) - Int64(offset)
        return Timestamp(microseconds: seconds * 1_000_000 + fraction)
    }

    /// A day is its first moment in UTC: the earliest it can mean, so that a later refusal always wins.
    static func dateOrInstant(_ bytes: UnsafeBufferPointer<UInt8>) -> Timestamp? {
        if let day = date(bytes) { return Timestamp(microseconds: day.daysSinceEpoch * 86_400_000_000) }
        return instant(bytes)
    }

    /// Seconds east of UTC.
    private static func offset(_ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        if bytes.count == 1 { return bytes[0] | 0x20 == UInt8(ascii: "z") ? 0 : nil }
        guard bytes.count == 6, bytes[3] == UInt8(ascii: ":"), let hours = number(bytes, 1, 2),
            let minutes = number(bytes, 4, 2), hours < 24, minutes < 60
        else { return nil }
        switch bytes[0] {
        case UInt8(ascii: "+"): return hours * 3_600 + minutes * 60
        case UInt8(ascii: "-"): return -(hours * 3_600 + minutes * 60)
        default: return nil
        }
    }

    private static func number(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ count: Int) -> Int? {
        guard start + count <= bytes.count else { return nil }
        var value = 0
        for index in start..<start + count {
            let digit = bytes[index] &- 0x30
            guard digit < 10 else { return nil }
            value = value * 10 + Int(digit)
        }
        return value
    }
}
