/// Carries out filters on whole values.
struct ValueWriter {
    let tables: LanguageTables
    let currency: String
    let timeZone: TimeZoneRules

    func apply(_ step: FilterStep, to value: Value) -> Value {
        if value.isMissing {
            switch step {
            case .defaultText(let text): return .text(text)
            case .defaultNumber(let number, let kind): return .number(number, kind)
            case .prefix, .suffix: return .text([])
            case .json: return .text(Array("null".utf8))
            default: return .missing
            }
        }
        switch (step, value) {
        case (.defaultText, _), (.defaultNumber, _): return value
        case (.prefix(let text), .text(let bytes)): return .text(text + bytes)
        case (.suffix(let text), .text(let bytes)): return .text(bytes + text)
        case (.upper, .text(let bytes)): return .text(TextCase.upper(bytes))
        case (.lower, .text(let bytes)): return .text(TextCase.lower(bytes))
        case (.title, .text(let bytes)): return .text(TextCase.title(bytes))
        case (.trim, .text(let bytes)): return .text(Array(bytes[bytes.trimmingBlanks(0..<bytes.count)]))
        case (.truncate(let limit, let ending), .text(let bytes)): return Self.truncate(bytes, limit, ending)
        case (.date(let pattern, _), .number(let number, let kind)): return date(pattern, number, kind)
        case (.money(let fraction), .number(let micros, _)):
            return written { tables.formats.append(money: micros, currency: currency, fraction: fraction, to: &$0) }
        case (.number(let fraction), .number(let number, let kind)): return self.number(number, kind, fraction)
        case (.plural(let forms), .number(let number, _)):
            return .text(forms[min(tables.formats.plural.form(of: number.magnitude), forms.count - 1)])
        case (.join(let separator), .list(let items)):
            return .text(Array(items.map { Self.bytes(plain($0)) }.joined(separator: separator)))
        case (.escape, .text(let bytes)): return written { _ = Escape.html.append(bytes, to: &$0) }
        case (.url, .text(let bytes)): return written { _ = Escape.partOfURL.append(bytes, to: &$0) }
        case (.json, _): return written { JSONText.append(value, to: &$0) }
        case (.addNumber(let number), .number(let value, let kind)):
            let (sum, overflow) = value.addingReportingOverflow(number)
            return overflow ? .missing : .number(sum, kind)
        case (.addDays(let days), .number(let number, let kind)): return addDays(days, number, kind)
        case (.addMicroseconds(let microseconds), .number(let number, let kind)):
            let (sum, overflow) = number.addingReportingOverflow(microseconds)
            return overflow ? .missing : .number(sum, kind)
        case (.plain, _): return plain(value)
        default: return .missing
        }
    }

    /// As a value is written that no filter writes.
    private func plain(_ value: Value) -> Value {
        switch value {
        case .text, .missing: return value
        case .bool, .list: return .missing
        case .number(let number, let kind):
            switch kind {
            case .int: return written { DecimalDigits.append(number, to: &$0) }
            case .decimal:
                return written { tables.formats.append(millionths: number, fraction: nil, isGrouped: false, to: &$0) }
            case .money:
                return written { tables.formats.append(money: number, currency: currency, fraction: nil, to: &$0) }
            case .date:
                guard let pattern = try? DatePattern(tables.formats.longDate, formats: tables) else { return .missing }
                return date(pattern, number, kind)
            case .instant, .duration: return .missing
            }
        }
    }

    private func date(_ pattern: DatePattern, _ number: Int64, _ kind: Value.NumberKind) -> Value {
        let local =
            kind == .date
            ? LocalTime(date: CalendarDate(daysSinceEpoch: number))
            : timeZone.localTime(of: Timestamp(microseconds: number))
        return written { pattern.append(local, to: &$0) }
    }

    private func number(_ number: Int64, _ kind: Value.NumberKind, _ fraction: Int?) -> Value {
        guard kind == .int else {
            return written { tables.formats.append(millionths: number, fraction: fraction, to: &$0) }
        }
        return written { buffer in
            if number < 0 { buffer.append(UInt8(ascii: "-")) }
            tables.formats.append(whole: number.magnitude, isGrouped: true, to: &buffer)
            if let fraction, fraction > 0 {
                buffer.append(contentsOf: tables.formats.decimalMark.utf8)
                buffer.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: fraction))
            }
        }
    }

    /// Days on the calendar of the zone: the clock shows the same time afterwards, even where it was changed in
    /// between. A day later at 23:30 is never the day after that.
    private func addDays(_ days: Int64, _ number: Int64, _ kind: Value.NumberKind) -> Value {
        if kind == .date {
            let (sum, overflow) = number.addingReportingOverflow(days)
            return overflow ? .missing : .number(sum, kind)
        }
        let local = timeZone.localTime(of: Timestamp(microseconds: number))
        let moved = LocalTime(
            date: CalendarDate(daysSinceEpoch: local.date.daysSinceEpoch + days),
            secondOfDay: local.secondOfDay
        )
        return .number(timeZone.resolve(moved).instant.microseconds, kind)
    }

    private static func truncate(_ bytes: [UInt8], _ limit: Int, _ ending: String) -> Value {
        // As many bytes as characters: short texts need no look at what a character is.
        if bytes.count <= limit { return .text(bytes) }
        let text = String(decoding: bytes, as: UTF8.self)
        guard text.count > limit else { return .text(bytes) }
        var kept = Array(text.prefix(limit - ending.count).utf8)
        while let last = kept.last, last.isBlank { kept.removeLast() }
        return .text(kept + ending.utf8)
    }

    private func written(_ write: (inout [UInt8]) -> Void) -> Value {
        var bytes: [UInt8] = []
        write(&bytes)
        return .text(bytes)
    }

    private static func bytes(_ value: Value) -> [UInt8] {
        if case .text(let bytes) = value { bytes } else { [] }
    }
}

/// Upper and lower case by Unicode's rules, the same for all languages.
enum TextCase {
    static func upper(_ bytes: [UInt8]) -> [UInt8] {
        if bytes.allSatisfy({ $0 < 0x80 }) {
            return bytes.map { $0 >= UInt8(ascii: "a") && $0 <= UInt8(ascii: "z") ? $0 & 0xDF : $0 }
        }
        return Array(String(decoding: bytes, as: UTF8.self).uppercased().utf8)
    }

    static func lower(_ bytes: [UInt8]) -> [UInt8] {
        if bytes.allSatisfy({ $0 < 0x80 }) {
            return bytes.map { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") ? $0 | 0x20 : $0 }
        }
        return Array(String(decoding: bytes, as: UTF8.self).lowercased().utf8)
    }

    /// The first letter of every word; the others stay, so that `McDonald` does.
    static func title(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var isAtStart = true
        if bytes.allSatisfy({ $0 < 0x80 }) {
            result = bytes
            for (index, byte) in bytes.enumerated() {
                if isAtStart, byte >= UInt8(ascii: "a"), byte <= UInt8(ascii: "z") { result[index] = byte & 0xDF }
                isAtStart = byte.isBlank || byte == UInt8(ascii: "-")
            }
            return result
        }
        result.reserveCapacity(bytes.count)
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
            let shown = isAtStart ? scalar.properties.titlecaseMapping : String(scalar)
            result.append(contentsOf: shown.utf8)
            isAtStart = scalar.properties.isWhitespace || scalar == "-"
        }
        return result
    }
}

/// Values as JSON that is safe inside of HTML and scripts, too: `<`, `>` and `&` are written as escapes.
enum JSONText {
    static func append(_ value: Value, to buffer: inout [UInt8]) {
        switch value {
        case .missing: buffer.append(contentsOf: "null".utf8)
        case .bool(let flag): buffer.append(contentsOf: (flag ? "true" : "false").utf8)
        case .text(let bytes): append(bytes, to: &buffer)
        case .list(let items):
            buffer.append(UInt8(ascii: "["))
            for (index, item) in items.enumerated() {
                if index > 0 { buffer.append(UInt8(ascii: ",")) }
                append(item, to: &buffer)
            }
            buffer.append(UInt8(ascii: "]"))
        case .number(let number, let kind): append(number, kind, to: &buffer)
        }
    }

    private static func append(_ number: Int64, _ kind: Value.NumberKind, to buffer: inout [UInt8]) {
        let english = LanguageFormats.english
        switch kind {
        case .int: DecimalDigits.append(number, to: &buffer)
        case .decimal, .money, .duration:
            // Millionths all three: a duration is written in seconds.
            english.append(millionths: number, fraction: nil, isGrouped: false, to: &buffer)
        case .date: write("yyyy-MM-dd", LocalTime(date: CalendarDate(daysSinceEpoch: number)), to: &buffer)
        case .instant:
            write(
                "yyyy-MM-dd'T'HH:mm:ss'Z'",
                TimeZoneRules.utc.localTime(of: Timestamp(microseconds: number)),
                to: &buffer
            )
        }
    }

    private static func write(_ pattern: String, _ time: LocalTime, to buffer: inout [UInt8]) {
        guard let pattern = try? DatePattern(pattern, formats: LanguageTables.english) else { return }
        buffer.append(UInt8(ascii: "\""))
        pattern.append(time, to: &buffer)
        buffer.append(UInt8(ascii: "\""))
    }

    private static func append(_ bytes: [UInt8], to buffer: inout [UInt8]) {
        buffer.append(UInt8(ascii: "\""))
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
            switch scalar {
            case "\"": buffer.append(contentsOf: "\\\"".utf8)
            case "\\": buffer.append(contentsOf: "\\\\".utf8)
            case "\n": buffer.append(contentsOf: "\\n".utf8)
            case "\u{0}"..."\u{1F}", "<", ">", "&", "\u{2028}", "\u{2029}":
                let digits = String(scalar.value, radix: 16)
                buffer.append(contentsOf: ("\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits).utf8)
            default: buffer.append(contentsOf: String(scalar).utf8)
            }
        }
        buffer.append(UInt8(ascii: "\""))
    }
}
