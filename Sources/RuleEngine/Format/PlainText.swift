/// Decides which texts may stand without quotes: those that every reader of YAML takes for the same text, number or
/// date. `NO` (false to some), `20:00` (1,200), `1.10` (1.1) and `+49…` (a number without its plus) may not.
enum PlainText {
    /// Whether libyaml and its kin read these bytes back as they are.
    ///
    /// - Parameter inFlow: inside of `{ }` or `[ ]`, where commas and brackets end a text.
    static func isReadable(_ text: String, inFlow: Bool) -> Bool {
        let bytes = Array(text.utf8)
        guard let first = bytes.first, let last = bytes.last, first > 0x20, last > 0x20 else { return false }
        if #",[]{}#&*!|>'"%@`?"#.utf8.contains(first) { return false }
        if first == UInt8(ascii: "-") || first == UInt8(ascii: ":") {
            guard bytes.count > 1, bytes[1] > 0x20, bytes[1] != first else { return false }
        }
        if last == UInt8(ascii: ":") { return false }
        if bytes.starts(with: "...".utf8) { return false }
        for (index, byte) in bytes.enumerated() {
            switch byte {
            case 0..<0x20, 0x7F: return false
            case UInt8(ascii: ":"):
                let next = bytes[index + 1]
                if next == 0x20 || (inFlow && ",[]{}".utf8.contains(next)) { return false }
            case UInt8(ascii: "#"):
                if bytes[index - 1] == 0x20 { return false }
            case UInt8(ascii: ","), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "{"), UInt8(ascii: "}"):
                if inFlow { return false }
            default: break
            }
        }
        return text.unicodeScalars.allSatisfy(isPrintable)
    }

    /// Whether some reader makes something else of it than what stands there.
    static func isMistakable(_ text: String) -> Bool {
        if words.contains(text.lowercased()) { return !["true", "false"].contains(text) }
        let bytes = Array(text.utf8)
        guard let first = bytes.first else { return true }
        if text == "=" || text == "<<" { return true }
        let isSigned = first == UInt8(ascii: "+") || first == UInt8(ascii: "-")
        let digits = isSigned ? bytes[1...] : bytes[...]
        guard let lead = digits.first, isDigit(lead) || lead == UInt8(ascii: ".") else { return false }
        if isDate(bytes) { return false }
        if startsAsTime(digits) || looksLikeDate(bytes) { return true }
        guard isNumeric(digits) else { return false }
        // `2000..15000` has too many points for a number.
        let points = digits.count { $0 == UInt8(ascii: ".") }
        return points < 2 && !isCanonicalNumber(bytes)
    }

    /// Everything that a text may show; the rest needs an escape.
    static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F...0x9F, 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF: false
        default: true
        }
    }

    private static let words: Set<String> = [
        "y", "n", "yes", "no", "on", "off", "true", "false", "null", "~", ".inf", "-.inf", "+.inf", ".nan",
    ]

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    /// `20:00`, `9:30-18:00`: to YAML 1.1 some of them are numbers to the base of sixty.
    private static func startsAsTime(_ bytes: ArraySlice<UInt8>) -> Bool {
        let digits = bytes.prefix(while: isDigit)
        let rest = bytes.dropFirst(digits.count)
        return !digits.isEmpty && rest.first == UInt8(ascii: ":") && rest.dropFirst().first.map(isDigit) == true
    }

    /// Digits as some reader joins them: `0x1F`, `1_000`, `1e3`, `12.5`.
    private static func isNumeric(_ digits: ArraySlice<UInt8>) -> Bool {
        let marks = Array("xXoObB".utf8)
        if digits.first == UInt8(ascii: "0"), let mark = digits.dropFirst().first, marks.contains(mark) {
            return digits.dropFirst(2).allSatisfy { isDigit($0) || "abcdefABCDEF_".utf8.contains($0) }
        }
        let parts = digits.split(maxSplits: 1, omittingEmptySubsequences: false) { $0 | 0x20 == UInt8(ascii: "e") }
        guard parts[0].allSatisfy({ isDigit($0) || "._:".utf8.contains($0) }) else { return false }
        guard parts.count == 2 else { return true }
        let exponent = parts[1].first.map { "+-".utf8.contains($0) } == true ? parts[1].dropFirst() : parts[1]
        return !exponent.isEmpty && exponent.allSatisfy(isDigit)
    }

    /// `40`, `-3`, `0.075`: no reader can lose anything of it.
    private static func isCanonicalNumber(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        if rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
        let whole = rest.prefix(while: isDigit)
        guard !whole.isEmpty, whole.count == 1 || whole.first != UInt8(ascii: "0"), whole.count < 16 else {
            return false
        }
        rest = rest.dropFirst(whole.count)
        if rest.isEmpty { return true }
        guard rest.first == UInt8(ascii: ".") else { return false }
        let fraction = rest.dropFirst()
        return !fraction.isEmpty && fraction.allSatisfy(isDigit) && fraction.last != UInt8(ascii: "0")
            && whole.count + fraction.count < 16
    }

    private static func looksLikeDate(_ bytes: [UInt8]) -> Bool {
        let parts = bytes.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        return parts.count == 3 && parts[0].count == 4 && parts.allSatisfy { !$0.isEmpty && $0.allSatisfy(isDigit) }
    }

    /// A day that the calendar has, as we write it: readers that know dates make the same day of it.
    private static func isDate(_ bytes: [UInt8]) -> Bool {
        let parts = bytes.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard looksLikeDate(bytes), parts[1].count == 2, parts[2].count == 2 else { return false }
        let numbers = parts.map { part in part.reduce(0) { $0 * 10 + Int($1 & 0x0F) } }
        return CalendarDate(year: numbers[0], month: numbers[1], day: numbers[2]) != nil
    }
}
