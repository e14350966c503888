/// Cuts an expression into tokens, one at a time: in a template mark nobody knows where the expression ends before
/// it has been read.
struct ExpressionLexer {
    let text: EmbeddedText
    let range: Range<Int>
    private(set) var position: Int
    /// The first mistake; later ones follow from it more often than not.
    private(set) var failure: Diagnostic?
    private let bytes: [UInt8]

    init(_ text: EmbeddedText, range: Range<Int>) {
        self.text = text
        bytes = text.bytes
        self.range = range.clamped(to: 0..<text.bytes.count)
        position = self.range.lowerBound
    }

    mutating func next() -> ExpressionToken {
        while let byte = peek(), Self.isSpace(byte) { position += 1 }
        let start = position
        guard let byte = peek() else { return token(.end, from: start) }
        switch byte {
        case UInt8(ascii: "\""): return textLiteral(from: start)
        case UInt8(ascii: "0")...UInt8(ascii: "9"): return number(from: start)
        case _ where Self.isWordStart(byte): return word(from: start)
        default: return symbol(from: start)
        }
    }

    // MARK: Words and symbols

    private mutating func word(from start: Int) -> ExpressionToken {
        while let byte = peek(), Self.isWordPart(byte) { position += 1 }
        let word = String(decoding: bytes[start..<position], as: UTF8.self)
        if word == "true" { return token(.literal(.bool(true)), from: start) }
        if word == "false" { return token(.literal(.bool(false)), from: start) }
        if word.utf8.count == 3, word.utf8.allSatisfy({ (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }),
            peek() == UInt8(ascii: " "), let digit = peek(1), Self.isDigit(digit)
        {
            position += 1
            guard let (value, _) = scaledDigits(from: start) else { return token(.invalid, from: start) }
            return token(.literal(.money(currency: word, micros: value)), from: start)
        }
        return token(.word(word), from: start)
    }

    /// A name as documents have them, from here on.
    mutating func name(from start: Int) -> ExpressionToken {
        position = start
        while let byte = peek(), Self.isWordPart(byte) || byte == UInt8(ascii: "-") { position += 1 }
        return token(.word(String(decoding: bytes[start..<position], as: UTF8.self)), from: start)
    }

    private mutating func symbol(from start: Int) -> ExpressionToken {
        if peek() == UInt8(ascii: ">"), peek(1) == UInt8(ascii: ">") { return token(.stop, from: start) }
        for foreign in ["===", "!==", "&&", "||", "<>", "**", "??"] where starts(with: foreign) {
            position += foreign.utf8.count
            return token(.foreign(foreign), from: start)
        }
        if peek() == UInt8(ascii: "|") { return token(.stop, from: start) }
        for length in [2, 1] where position + length <= range.upperBound {
            let spelling = String(decoding: bytes[position..<position + length], as: UTF8.self)
            if let symbol = ExpressionToken.Symbol(rawValue: spelling) {
                position += length
                return token(.symbol(symbol), from: start)
            }
        }
        position += 1
        while let byte = peek(), byte & 0xC0 == 0x80 { position += 1 }
        let spelling = String(decoding: bytes[start..<position], as: UTF8.self)
        if ["!", "=", "?", "'", "&", "%", "^", "~", "{", "}", "@", "$", "`", "\u{201C}", "\u{201D}", "\u{201E}"]
            .contains(spelling)
        {
            return token(.foreign(spelling), from: start)
        }
        return fail(.expressionStrayCharacter(spelling, at: text.span(start..<position)), from: start)
    }

    // MARK: Texts

    private mutating func textLiteral(from start: Int) -> ExpressionToken {
        position += 1
        var content: [UInt8] = []
        while let byte = peek() {
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return token(.literal(.text(content)), from: start)
            case UInt8(ascii: "\\"):
                guard let escaped = peek(1), escaped == UInt8(ascii: "\"") || escaped == UInt8(ascii: "\\") else {
                    let place = text.span(position..<min(position + 2, range.upperBound))
                    return failInText(.expressionUnknownEscape(at: place), from: start)
                }
                content.append(escaped)
                position += 2
            case 0..<0x20, 0x7F:
                // Imports refuse control characters, so no contact's text could ever hold one. The list separator
                // 0x1F in a literal would even match across the border of two items.
                let place = text.span(position..<position + 1)
                return failInText(.expressionControlCharacter(byte, at: place), from: start)
            default:
                content.append(byte)
                position += 1
            }
        }
        return fail(.expressionUnclosedText(at: text.span(start..<start + 1)), from: start)
    }

    /// Goes on behind the closing quote, so that a `|` inside of the text doesn't end the expression.
    private mutating func failInText(_ diagnostic: Diagnostic, from start: Int) -> ExpressionToken {
        while let byte = peek(), byte != UInt8(ascii: "\"") {
            position += byte == UInt8(ascii: "\\") && peek(1) != nil ? 2 : 1
        }
        position = min(position + 1, range.upperBound)
        return fail(diagnostic, from: start)
    }

    // MARK: Numbers, durations, dates

    private mutating func number(from start: Int) -> ExpressionToken {
        if let date = dateLiteral(from: start) { return date }
        guard let (value, isWhole) = scaledDigits(from: start) else { return token(.invalid, from: start) }
        let numberEnd = position
        if peek() == UInt8(ascii: "%") {
            position += 1
            let share = value / 100
            guard share * 100 == value else {
                return fail(.expressionTooManyDecimals(at: text.span(start..<position)), from: start)
            }
            return token(.literal(.decimal(share)), from: start)
        }
        guard let byte = peek(), Self.isWordPart(byte) else {
            let literal: ExpressionLiteral =
                isWhole ? .integer(value / Int128(Arithmetic.scale)) : .decimal(value)
            return token(.literal(literal), from: start)
        }
        while let byte = peek(), Self.isWordPart(byte) { position += 1 }
        let unit = String(decoding: bytes[numberEnd..<position], as: UTF8.self)
        guard isWhole, let microseconds = Self.units[unit] else {
            return fail(
                .expressionUnknownUnit(
                    String(decoding: bytes[start..<position], as: UTF8.self), unit: unit,
                    at: text.span((isWhole ? numberEnd : start)..<position)), from: start)
        }
        return token(.literal(.duration(value / Int128(Arithmetic.scale) * microseconds)), from: start)
    }

    private static let units: [String: Int128] = [
        "d": 86_400_000_000, "h": 3_600_000_000, "m": 60_000_000, "s": 1_000_000,
    ]

    /// Digits with at most six decimal places, as millionths.
    private mutating func scaledDigits(from start: Int) -> (value: Int128, isWhole: Bool)? {
        var value: Int128 = 0
        var decimals: Int?
        while let byte = peek() {
            if Self.isDigit(byte) {
                value = value * 10 + Int128(byte - UInt8(ascii: "0"))
                decimals = decimals.map { $0 + 1 }
            } else if byte == UInt8(ascii: "."), decimals == nil, let digit = peek(1), Self.isDigit(digit) {
                decimals = 0
            } else {
                break
            }
            position += 1
            if position - start > 36 {
                while let byte = peek(), Self.isDigit(byte) { position += 1 }
                _ = fail(.expressionNumberOutOfRange(at: text.span(start..<position)), from: start)
                return nil
            }
        }
        guard decimals ?? 0 <= 6 else {
            _ = fail(.expressionTooManyDecimals(at: text.span(start..<position)), from: start)
            return nil
        }
        guard value <= 1 << 64 else {
            _ = fail(.expressionNumberOutOfRange(at: text.span(start..<position)), from: start)
            return nil
        }
        for _ in (decimals ?? 0)..<6 { value *= 10 }
        return (value, decimals == nil)
    }

    /// `2027-03-18`, then perhaps ` 10:00` or `T10:00:30`, then perhaps `Z` or `+01:00`.
    private mutating func dateLiteral(from start: Int) -> ExpressionToken? {
        guard let year = digits(4, at: start), byte(at: start + 4) == UInt8(ascii: "-"),
            let month = digits(2, at: start + 5), byte(at: start + 7) == UInt8(ascii: "-"),
            let day = digits(2, at: start + 8), !(byte(at: start + 10).map(Self.isDigit) ?? false)
        else { return nil }
        position = start + 10
        let separator = peek()
        let isTime =
            (separator == UInt8(ascii: " ") || separator == UInt8(ascii: "T"))
            && digits(2, at: position + 1) != nil && byte(at: position + 3) == UInt8(ascii: ":")
        let date = CivilDate.days(year: year, month: month, day: day)
        guard isTime else {
            guard let date else {
                return fail(.expressionNoSuchDate(at: text.span(start..<position)), from: start)
            }
            return token(.literal(.date(day: date)), from: start)
        }
        let hour = digits(2, at: position + 1)
        let minute = digits(2, at: position + 4)
        position = min(position + 6, range.upperBound)
        var second: Int? = 0
        if peek() == UInt8(ascii: ":") {
            second = digits(2, at: position + 1)
            position = min(position + 3, range.upperBound)
        }
        let offset = zoneOffset()
        guard let date, let hour, let minute, let second, hour < 24, minute < 60, second < 60 else {
            return fail(.expressionNoSuchDate(at: text.span(start..<position)), from: start)
        }
        let microsecond = Int64(hour * 3600 + minute * 60 + second) * 1_000_000
        return token(.literal(.dateTime(day: date, microsecond: microsecond, offset: offset)), from: start)
    }

    private mutating func zoneOffset() -> Int64? {
        if peek() == UInt8(ascii: "Z") {
            position += 1
            return 0
        }
        guard let sign = peek(), sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"),
            let hours = digits(2, at: position + 1), byte(at: position + 3) == UInt8(ascii: ":"),
            let minutes = digits(2, at: position + 4), hours < 24, minutes < 60
        else { return nil }
        position += 6
        let seconds = Int64(hours * 3600 + minutes * 60)
        return sign == UInt8(ascii: "-") ? -seconds : seconds
    }

    private func digits(_ count: Int, at offset: Int) -> Int? {
        guard offset + count <= range.upperBound else { return nil }
        var value = 0
        for byte in bytes[offset..<offset + count] {
            guard Self.isDigit(byte) else { return nil }
            value = value * 10 + Int(byte - UInt8(ascii: "0"))
        }
        return value
    }

    // MARK: Bytes

    private func peek(_ ahead: Int = 0) -> UInt8? {
        byte(at: position + ahead)
    }

    private func byte(at offset: Int) -> UInt8? {
        offset < range.upperBound ? bytes[offset] : nil
    }

    private func starts(with spelling: String) -> Bool {
        bytes[position..<range.upperBound].starts(with: spelling.utf8)
    }

    private func token(_ kind: ExpressionToken.Kind, from start: Int) -> ExpressionToken {
        ExpressionToken(kind: kind, range: start..<position)
    }

    private mutating func fail(_ diagnostic: Diagnostic, from start: Int) -> ExpressionToken {
        if failure == nil { failure = diagnostic }
        return token(.invalid, from: start)
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\n")
            || byte == UInt8(ascii: "\r")
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func isWordStart(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "_") || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    private static func isWordPart(_ byte: UInt8) -> Bool {
        isWordStart(byte) || isDigit(byte)
    }
}
