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

    /// Reads `2027-03-18` (the start of that day, UTC) and `2027-03-18T10:00:00Z`.
    static func instant(from text: String) -> Timestamp? {
        let digits = text.utf8.map { (48...57).contains($0) ? Int($0) - 48 : nil }
        func number(_ range: Range<Int>) -> Int? {
            range.reduce(0) { sum, index in
                guard let sum, let digit = digits[index] else { return nil }
                return sum * 10 + digit
            }
        }
        let shape = String(text.map { $0.isASCII && $0.isNumber ? "0" : $0 })
        guard shape == "0000-00-00" || shape == "0000-00-00T00:00:00Z",
            let year = number(0..<4), let month = number(5..<7), let day = number(8..<10)
        else { return nil }
        let days = days(year: year, month: month, day: day)
        guard civil(days: days) == (year, month, day) else { return nil }
        var seconds = days * 86_400
        if shape.count > 10 {
            guard let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
                hour < 24, minute < 60, second < 60
            else { return nil }
            seconds += hour * 3600 + minute * 60 + second
        }
        return Timestamp(microseconds: Int64(seconds) * 1_000_000)
    }

    private static func days(year: Int, month: Int, day: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
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
