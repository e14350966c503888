/// How a language writes dates, numbers, amounts and plurals. The facts are those of CLDR, except that the space
/// before AM and PM is a plain one, which keeps a text message in the small alphabet.
struct LanguageFormats: Sendable {
    struct MoneyStyle: Sendable {
        var isSymbolFirst = false
        /// A no-break space stands between symbol and number.
        var isSpaced = true
        /// Where the minus stands: before everything, or between symbol and number.
        var isMinusInside = false
        /// The space stays in front of such a minus.
        var isMinusSpaced = true
    }

    enum PluralRule: Sendable {
        /// One form for 1, one for the rest.
        case one
        /// 0 counts as one.
        case zeroIsOne
        /// 1; 2 to 4 except 12 to 14; the rest.
        case polish

        var formCount: Int {
            switch self {
            case .one, .zeroIsOne: 2
            case .polish: 3
            }
        }

        func form(of number: UInt64) -> Int {
            switch self {
            case .one: return number == 1 ? 0 : 1
            case .zeroIsOne: return number <= 1 ? 0 : 1
            case .polish:
                if number == 1 { return 0 }
                return (2...4).contains(number % 10) && !(12...14).contains(number % 100) ? 1 : 2
            }
        }
    }

    /// The language tag, with a region where it differs from its language.
    var tag: String
    var months: [String]
    var shortMonths: [String]
    /// Where the month stands without a day.
    var monthsAlone: [String]
    let days: [String]
    let shortDays: [String]
    var longDate: String
    var shortTime: String
    var morning = "AM"
    var afternoon = "PM"
    var decimalMark: String
    var groupMark: String
    /// Digits before the first group mark that are needed to write one: 2 writes 1234 but 12.345.
    var minimumGrouping = 1
    var money = MoneyStyle()
    var symbols: [String: String]
    var plural: PluralRule = .one

    func symbol(of currency: String) -> String {
        symbols[currency] ?? currency
    }

    /// Decimal places of a currency's amounts.
    static func fractionDigits(of currency: String) -> Int {
        switch currency {
        case "JPY", "KRW", "CLP", "ISK", "VND", "XOF", "XAF", "XPF", "PYG", "UGX", "RWF": 0
        case "KWD", "BHD", "TND", "OMR", "JOD", "IQD", "LYD": 3
        default: 2
        }
    }
}

// MARK: Writing numbers

extension LanguageFormats {
    /// Writes millionths.
    ///
    /// - Parameter fraction: places after the mark, rounded half away from zero; nil for as many as the value has.
    func append(
        millionths: Int64,
        fraction: Int?,
        isGrouped: Bool = true,
        to buffer: inout [UInt8],
        withSign: Bool = true
    ) {
        var units: [UInt64] = [1_000_000, 100_000, 10_000, 1000, 100, 10, 1]
        let places = min(max(fraction ?? 6, 0), 6)
        units = Array(units[places...])
        // Int64's magnitude leaves half the range free, so rounding up can't overflow.
        let scaled = (millionths.magnitude + units[0] / 2) / units[0]
        var power: UInt64 = 1
        for _ in 0..<places { power *= 10 }
        var digits = scaled % power
        var shownPlaces = places
        if fraction == nil {
            while shownPlaces > 0, digits % 10 == 0 {
                digits /= 10
                shownPlaces -= 1
            }
        }
        if withSign, millionths < 0, scaled > 0 { buffer.append(UInt8(ascii: "-")) }
        append(whole: scaled / power, isGrouped: isGrouped, to: &buffer)
        if shownPlaces > 0 {
            buffer.append(contentsOf: decimalMark.utf8)
            let text = String(digits)
            for _ in 0..<(shownPlaces - text.utf8.count) { buffer.append(UInt8(ascii: "0")) }
            buffer.append(contentsOf: text.utf8)
        }
    }

    func append(whole: UInt64, isGrouped: Bool, to buffer: inout [UInt8]) {
        let digits = Array(String(whole).utf8)
        guard isGrouped, digits.count >= 3 + minimumGrouping else {
            buffer.append(contentsOf: digits)
            return
        }
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { buffer.append(contentsOf: groupMark.utf8) }
            buffer.append(digit)
        }
    }

    /// Writes micros of a currency.
    func append(money micros: Int64, currency: String, fraction: Int?, to buffer: inout [UInt8]) {
        let symbol = symbol(of: currency)
        let places = fraction ?? Self.fractionDigits(of: currency)
        var number: [UInt8] = []
        append(millionths: micros, fraction: places, to: &number, withSign: false)
        let isNegative = micros < 0 && number.contains { $0 >= UInt8(ascii: "1") && $0 <= UInt8(ascii: "9") }
        if isNegative, !(money.isSymbolFirst && money.isMinusInside) { buffer.append(UInt8(ascii: "-")) }
        if money.isSymbolFirst {
            buffer.append(contentsOf: symbol.utf8)
            // `CHF12` would read as one word.
            let endsInLetter = symbol.utf8.last?.isASCIILetter ?? false
            let minusFollows = isNegative && money.isMinusInside
            if money.isSpaced && (!minusFollows || money.isMinusSpaced) || endsInLetter && !minusFollows {
                buffer.append(contentsOf: "\u{A0}".utf8)
            }
            if minusFollows { buffer.append(UInt8(ascii: "-")) }
            buffer.append(contentsOf: number)
        } else {
            buffer.append(contentsOf: number)
            buffer.append(contentsOf: "\u{A0}".utf8)
            buffer.append(contentsOf: symbol.utf8)
        }
    }
}

/// One language's formats, shared by everything that is compiled for it.
final class LanguageTables: Sendable {
    let formats: LanguageFormats

    private init(_ formats: LanguageFormats) {
        self.formats = formats
    }

    var tag: String { formats.tag }

    static let english = forTag("en")

    private static let all = LanguageFormats.all.mapValues { LanguageTables($0) }

    /// The formats for a language tag: of the tag itself, else of its base language, else English.
    static func forTag(_ tag: String) -> LanguageTables {
        let parts = tag.split(whereSeparator: { $0 == "-" || $0 == "_" })
        let base = parts.first.map { $0.lowercased() } ?? "en"
        if let region = parts.dropFirst().last(where: { $0.utf8.count == 2 }),
            let regional = all["\(base)-\(region.uppercased())"]
        {
            return regional
        }
        return all[base] ?? all["en"] ?? LanguageTables(LanguageFormats.english)
    }
}
