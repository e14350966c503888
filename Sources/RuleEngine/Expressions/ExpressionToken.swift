/// A piece of an expression, as the lexer cuts it.
struct ExpressionToken {
    enum Symbol: String {
        case openParenthesis = "("
        case closeParenthesis = ")"
        case openBracket = "["
        case closeBracket = "]"
        case comma = ","
        case dot = "."
        case colon = ":"
        case plus = "+"
        case minus = "-"
        case star = "*"
        case slash = "/"
        case equal = "=="
        case notEqual = "!="
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
    }

    enum Kind {
        case word(String)
        case literal(ExpressionLiteral)
        case symbol(Symbol)
        /// `|` or `>>`: the end of an expression in a template mark.
        case stop
        /// What other languages write: `&&`, `!`, `'`.
        case foreign(String)
        /// Reported already.
        case invalid
        case end
    }

    let kind: Kind
    /// Bytes of the text.
    let range: Range<Int>

    func isWord(_ word: String) -> Bool {
        if case .word(word) = kind { true } else { false }
    }

    func isSymbol(_ symbol: Symbol) -> Bool {
        if case .symbol(symbol) = kind { true } else { false }
    }
}

/// Numbers are kept wider than their type, because the smallest Int64 is written as a minus and a number that is
/// one too large.
enum ExpressionLiteral {
    case text([UInt8])
    case integer(Int128)
    /// Millionths; percentages too.
    case decimal(Int128)
    case money(currency: String, micros: Int128)
    /// Microseconds.
    case duration(Int128)
    case date(day: Int64)
    /// A wall-clock time; without `offset` (seconds east of UTC) in the project's zone.
    case dateTime(day: Int64, microsecond: Int64, offset: Int64?)
    case bool(Bool)

    var negated: ExpressionLiteral? {
        switch self {
        case .integer(let value): .integer(-value)
        case .decimal(let value): .decimal(-value)
        case .money(let currency, let micros): .money(currency: currency, micros: -micros)
        case .duration(let value): .duration(-value)
        case .text, .date, .dateTime, .bool: nil
        }
    }

    var isInRange: Bool {
        switch self {
        case .integer(let value), .decimal(let value), .money(_, let value), .duration(let value):
            Int64(exactly: value) != nil
        case .text, .date, .dateTime, .bool: true
        }
    }
}
