/// The type of a field, an expression or a template value. Optionality stands beside it, in `TypeInfo`.
package indirect enum ValueType: Hashable, Sendable {
    case text
    case int
    /// A fixed-point number with six decimal places, kept as an integer of millionths.
    case decimal
    /// Micros in the project's currency.
    case money
    case bool
    /// A calendar day, kept as days since 1970-01-01.
    case date
    /// A point in time, kept as microseconds UTC.
    case instant
    /// An elapsed time, kept as microseconds.
    case duration
    case email
    case phone
    /// ISO 3166-1 alpha-2, upper case.
    case country
    /// A BCP 47 language tag.
    case locale
    /// A kind of channel: `email`, `sms` and so on.
    case channelKind
    case oneOf([String])
    /// A list of text. Other element types come with events.
    case list(ValueType)
    /// Stands in for a type that could not be found, and silences what would follow from it.
    case unknown

    /// True where the value is kept as text: plain text, addresses, codes and enumerations.
    package var isTextual: Bool {
        switch self {
        case .text, .email, .phone, .country, .locale, .channelKind, .oneOf: true
        case .int, .decimal, .money, .bool, .date, .instant, .duration, .list, .unknown: false
        }
    }
}

/// A type, and whether the value may be missing.
package struct TypeInfo: Hashable, Sendable {
    package let type: ValueType
    package let isOptional: Bool

    package init(_ type: ValueType, isOptional: Bool = false) {
        self.type = type
        self.isOptional = isOptional
    }
}
