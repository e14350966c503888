/// A date pattern such as `d MMMM y`, with the words of one language.
struct DatePattern: Sendable {
    enum Part: Sendable, Hashable {
        case literal([UInt8])
        case year, shortYear
        case month, paddedMonth, shortMonth, longMonth, longMonthAlone
        case day, paddedDay
        case shortWeekday, longWeekday
        case hour, paddedHour, halfDayHour, paddedHalfDayHour
        case minute, paddedMinute
        case second, paddedSecond
        case halfDay

        /// True where a calendar day alone doesn't tell it.
        var needsClock: Bool {
            switch self {
            case .hour, .paddedHour, .halfDayHour, .paddedHalfDayHour, .minute, .paddedMinute, .second, .paddedSecond,
                .halfDay:
                true
            case .literal, .year, .shortYear, .month, .paddedMonth, .shortMonth, .longMonth, .longMonthAlone, .day,
                .paddedDay, .shortWeekday, .longWeekday:
                false
            }
        }
    }

    enum Problem: Error, Equatable {
        case unknownLetters(String)
        case openQuote
        case empty
    }

    private static let letters: [String: Part] = [
        "y": .year, "yyyy": .year, "yy": .shortYear,
        "M": .month, "MM": .paddedMonth, "MMM": .shortMonth, "MMMM": .longMonth, "LLLL": .longMonthAlone,
        "d": .day, "dd": .paddedDay,
        "E": .shortWeekday, "EE": .shortWeekday, "EEE": .shortWeekday, "EEEE": .longWeekday,
        "H": .hour, "HH": .paddedHour, "h": .halfDayHour, "hh": .paddedHalfDayHour,
        "m": .minute, "mm": .paddedMinute, "s": .second, "ss": .paddedSecond, "a": .halfDay,
    ]

    let parts: [Part]
    private let formats: LanguageTables

    /// Letters stand for parts of the date; text between `'` stands for itself, `''` for one `'`.
    init(_ pattern: String, formats: LanguageTables) throws(Problem) {
        var parts: [Part] = []
        var literal: [UInt8] = []
        let bytes = Array(pattern.utf8)
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "'") {
                if index + 1 < bytes.count, bytes[index + 1] == byte {
                    literal.append(byte)
                    index += 2
                    continue
                }
                guard let end = bytes[(index + 1)...].firstIndex(of: byte) else { throw .openQuote }
                literal.append(contentsOf: bytes[index + 1..<end])
                index = end + 1
            } else if byte.isASCIILetter {
                let run = bytes[index...].prefix { $0 == byte }
                let letters = String(decoding: run, as: UTF8.self)
                guard let part = Self.letters[letters] else { throw .unknownLetters(letters) }
                if !literal.isEmpty { parts.append(.literal(literal)) }
                literal = []
                parts.append(part)
                index = run.endIndex
            } else {
                literal.append(byte)
                index += 1
            }
        }
        if !literal.isEmpty { parts.append(.literal(literal)) }
        if parts.isEmpty { throw .empty }
        self.parts = parts
        self.formats = formats
    }

    func append(_ time: LocalTime, to buffer: inout [UInt8]) {
        let date = time.date
        let halfDayHour = (time.hour + 11) % 12 + 1
        for part in parts {
            switch part {
            case .literal(let bytes): buffer.append(contentsOf: bytes)
            case .year: Self.append(date.year, to: &buffer)
            case .shortYear: Self.append((date.year % 100 + 100) % 100, padded: true, to: &buffer)
            case .month: Self.append(date.month, to: &buffer)
            case .paddedMonth: Self.append(date.month, padded: true, to: &buffer)
            case .shortMonth: buffer.append(contentsOf: formats.formats.shortMonths[date.month - 1].utf8)
            case .longMonth: buffer.append(contentsOf: formats.formats.months[date.month - 1].utf8)
            case .longMonthAlone: buffer.append(contentsOf: formats.formats.monthsAlone[date.month - 1].utf8)
            case .day: Self.append(date.day, to: &buffer)
            case .paddedDay: Self.append(date.day, padded: true, to: &buffer)
            case .shortWeekday: buffer.append(contentsOf: formats.formats.shortDays[date.weekday - 1].utf8)
            case .longWeekday: buffer.append(contentsOf: formats.formats.days[date.weekday - 1].utf8)
            case .hour: Self.append(time.hour, to: &buffer)
            case .paddedHour: Self.append(time.hour, padded: true, to: &buffer)
            case .halfDayHour: Self.append(halfDayHour, to: &buffer)
            case .paddedHalfDayHour: Self.append(halfDayHour, padded: true, to: &buffer)
            case .minute: Self.append(time.minute, to: &buffer)
            case .paddedMinute: Self.append(time.minute, padded: true, to: &buffer)
            case .second: Self.append(time.second, to: &buffer)
            case .paddedSecond: Self.append(time.second, padded: true, to: &buffer)
            case .halfDay:
                buffer.append(contentsOf: (time.hour < 12 ? formats.formats.morning : formats.formats.afternoon).utf8)
            }
        }
    }

    private static func append(_ number: Int, padded: Bool = false, to buffer: inout [UInt8]) {
        if padded, (0...9).contains(number) { buffer.append(UInt8(ascii: "0")) }
        DecimalDigits.append(Int64(number), to: &buffer)
    }
}

/// Writes integers without going through `String`.
enum DecimalDigits {
    static func append(_ number: Int64, to buffer: inout [UInt8]) {
        if number < 0 { buffer.append(UInt8(ascii: "-")) }
        var rest = number.magnitude
        if rest < 10 {
            buffer.append(UInt8(ascii: "0") + UInt8(rest))
            return
        }
        let start = buffer.count
        while rest > 0 {
            buffer.append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        }
        buffer[start...].reverse()
    }
}
