/// The `Date` of a mail, in UTC, by plain arithmetic: a formatter costs three hundred times as much.
package enum MailDate {
    private static let days = Array("ThuFriSatSunMonTueWed".utf8)
    private static let months = Array("JanFebMarAprMayJunJulAugSepOctNovDec".utf8)

    /// Appends `Wed, 01 Jan 2025 00:00:00 +0000`.
    package static func append(secondsSince1970 seconds: Int, to wire: inout [UInt8]) {
        let day = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
        let second = seconds - day * 86_400
        let weekday = ((day % 7) + 7) % 7
        let (year, month, dayOfMonth) = civil(day)
        wire.append(contentsOf: days[(weekday * 3)..<(weekday * 3 + 3)])
        wire.append(literal: ", ")
        wire.append(twoDigits: dayOfMonth)
        wire.append(0x20)
        wire.append(contentsOf: months[(month * 3 - 3)..<(month * 3)])
        wire.append(0x20)
        wire.append(twoDigits: year / 100)
        wire.append(twoDigits: year)
        wire.append(0x20)
        appendTime(second, to: &wire)
        wire.append(literal: " +0000")
    }

    /// Appends `2025-01-01T00:00:00Z`.
    package static func append(rfc3339 seconds: Int, to out: inout [UInt8]) {
        let day = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
        let (year, month, dayOfMonth) = civil(day)
        out.append(twoDigits: year / 100)
        out.append(twoDigits: year)
        out.append(0x2D)
        out.append(twoDigits: month)
        out.append(0x2D)
        out.append(twoDigits: dayOfMonth)
        out.append(0x54)
        appendTime(seconds - day * 86_400, to: &out)
        out.append(0x5A)
    }

    private static func appendTime(_ second: Int, to out: inout [UInt8]) {
        out.append(twoDigits: second / 3600)
        out.append(0x3A)
        out.append(twoDigits: second / 60 % 60)
        out.append(0x3A)
        out.append(twoDigits: second % 60)
    }

    /// Year, month and day of a day number since 1970, proleptic Gregorian.
    private static func civil(_ day: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = day + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}
