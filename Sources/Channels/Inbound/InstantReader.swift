/// Reads the forms in which providers write a time, as microseconds since 1970.
enum InstantReader {
    /// Whole or broken seconds, in digits.
    static func seconds(_ value: JSONValue?) -> Int64? {
        guard let word = value?.word else {
            return nil
        }
        if let whole = Int64(word) {
            return inRange(whole.multipliedReportingOverflow(by: 1_000_000))
        }
        guard let broken = Double(word), broken.isFinite, abs(broken) < 1e11 else {
            return nil
        }
        return Int64((broken * 1_000_000).rounded())
    }

    static func milliseconds(_ value: JSONValue?) -> Int64? {
        value?.integer.flatMap { inRange($0.multipliedReportingOverflow(by: 1000)) }
    }

    /// `2025-01-01T00:00:00.123Z`, `2025-01-01 00:00:00` (UTC), `…+02:00`.
    static func text(_ text: String?) -> Int64? {
        guard let text, text.utf8.count >= 19, text.utf8.count <= 40 else {
            return nil
        }
        let bytes = Array(text.utf8)
        guard bytes[4] == 0x2D, bytes[7] == 0x2D, bytes[10] == 0x54 || bytes[10] == 0x20 || bytes[10] == 0x74,
            bytes[13] == 0x3A, bytes[16] == 0x3A,
            let year = number(bytes[0..<4]), let month = number(bytes[5..<7]), let day = number(bytes[8..<10]),
            let hour = number(bytes[11..<13]), let minute = number(bytes[14..<16]), let second = number(bytes[17..<19]),
            (1970...9999).contains(year), (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60,
            second <= 60
        else {
            return nil
        }
        var rest = bytes[19...]
        var fraction = 0
        if rest.first == 0x2E {
            let digits = rest.dropFirst().prefix { (0x30...0x39).contains($0) }
            rest = rest.dropFirst(digits.count + 1)
            let six = Array(digits.prefix(6)) + [UInt8](repeating: 0x30, count: max(0, 6 - digits.count))
            fraction = number(six[...]) ?? 0
        }
        guard let offset = offset(rest) else {
            return nil
        }
        let seconds = days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset
        return Int64(seconds) * 1_000_000 + Int64(fraction)
    }

    /// Seconds east of Greenwich.
    private static func offset(_ text: ArraySlice<UInt8>) -> Int? {
        if text.isEmpty || text.elementsEqual("Z".utf8) || text.elementsEqual("z".utf8) {
            return 0
        }
        let digits = text.dropFirst().filter { $0 != 0x3A }
        guard let sign = text.first, sign == 0x2B || sign == 0x2D, digits.count == 4,
            let hours = number(digits[0..<2]), let minutes = number(digits[2..<4])
        else {
            return nil
        }
        return (hours * 3600 + minutes * 60) * (sign == 0x2D ? -1 : 1)
    }

    private static func number(_ digits: some Collection<UInt8>) -> Int? {
        guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return digits.reduce(0) { $0 * 10 + Int($1) - 0x30 }
    }

    /// Days since 1970 in the Gregorian calendar, counted in years that begin in March.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month > 2 ? year : year - 1
        let era = shifted / 400
        let inEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + inEra * 365 + inEra / 4 - inEra / 100 + dayOfYear - 719_468
    }

    private static func inRange(_ product: (partialValue: Int64, overflow: Bool)) -> Int64? {
        product.overflow ? nil : product.partialValue
    }
}
