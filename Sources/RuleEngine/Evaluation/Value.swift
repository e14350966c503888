/// A value at run time, whole and self-contained.
package enum Value: Sendable, Hashable {
    /// What the integer of a number counts.
    package enum NumberKind: UInt8, Sendable, Hashable {
        case int
        /// Millionths.
        case decimal
        /// Micros of the project's currency.
        case money
        /// Days since 1970-01-01.
        case date
        /// Microseconds since 1970-01-01T00:00:00Z.
        case instant
        /// Microseconds.
        case duration
    }

    case missing
    case bool(Bool)
    case number(Int64, NumberKind)
    /// UTF-8.
    case text([UInt8])
    case list([Value])

    package init(_ text: String) {
        self = .text(Array(text.utf8))
    }

    package var isMissing: Bool {
        if case .missing = self { true } else { false }
    }

    /// A missing condition doesn't hold.
    package var isTrue: Bool {
        if case .bool(true) = self { true } else { false }
    }
}

extension ValueType {
    /// Nil for what isn't kept as a number.
    package var numberKind: Value.NumberKind? {
        switch self {
        case .int: .int
        case .decimal: .decimal
        case .money: .money
        case .date: .date
        case .instant: .instant
        case .duration: .duration
        case .bool, .text, .email, .phone, .country, .locale, .channelKind, .oneOf, .list, .unknown: nil
        }
    }
}
