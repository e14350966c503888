import RuleEngine

/// Numbers, amounts and times as people read them.
enum Figures {
    /// `12,345`
    static func count(_ value: Int) -> String {
        let digits = String(value.magnitude)
        var text = value < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { text += "," }
            text.append(digit)
        }
        return text
    }

    /// `1 contact`, `12,345 contacts`
    static func count(_ value: Int, _ noun: String, plural: String? = nil) -> String {
        count(value) + " " + (value == 1 ? noun : plural ?? noun + "s")
    }

    /// `EUR 1.38`, with at least two decimal places and no more than needed.
    static func money(_ amount: Money) -> String {
        let magnitude = amount.micros.magnitude
        var fraction = String(magnitude % 1_000_000)
        fraction = String(repeating: "0", count: 6 - fraction.count) + fraction
        while fraction.count > 2, fraction.last == "0" { fraction.removeLast() }
        let sign = amount.micros < 0 ? "-" : ""
        return "\(amount.currency) \(sign)\(count(Int(magnitude / 1_000_000))).\(fraction)"
    }

    /// `0.4 s`, `12 s`, `3 min 05 s`, `2 h 10 min`
    static func duration(seconds: Double) -> String {
        if seconds < 10 {
            let tenths = Int((seconds * 10).rounded())
            return "\(tenths / 10).\(tenths % 10) s"
        }
        let whole = Int(seconds.rounded())
        if whole < 60 { return "\(whole) s" }
        if whole < 3600 { return "\(whole / 60) min \(twoDigits(whole % 60)) s" }
        return "\(whole / 3600) h \(twoDigits(whole % 3600 / 60)) min"
    }

    /// RFC 3339 in UTC, to the second: `2027-03-18T10:00:00Z`.
    static func instant(_ time: Timestamp) -> String {
        let seconds = Int64((Double(time.microseconds) / 1_000_000).rounded(.down))
        let days = Int((Double(seconds) / 86_400).rounded(.down))
        let rest = Int(seconds) - days * 86_400
        let (year, month, day) = civil(days: days)
        return "\(padded(year, to: 4))-\(twoDigits(month))-\(twoDigits(day))"
            + "T\(twoDigits(rest / 3600)):\(twoDigits(rest % 3600 / 60)):\(twoDigits(rest % 60))Z"
    }

    /// The Gregorian date of a day number, counted from 1970-01-01.
    private static func civil(days: Int) -> (year: Int, month: Int, day: Int) {
        // Counted in 400-year cycles from 0000-03-01, so that the leap day is the last of a year.
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    private static func twoDigits(_ value: Int) -> String { padded(value, to: 2) }

    private static func padded(_ value: Int, to width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
