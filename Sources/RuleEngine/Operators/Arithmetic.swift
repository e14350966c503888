/// What `+ - * /` do once the types are known. Everything is an integer; a result that doesn't fit, or a division
/// by zero, is missing. A result that must lose digits is rounded half away from zero, as on an invoice.
///
/// The raw values are part of the SQL lowering, and stay.
package enum Arithmetic: Int, Sendable, CaseIterable {
    case add = 1
    case subtract = 2
    /// At most one side is scaled, so the result keeps that scale.
    case multiply = 3
    /// Both sides are in millionths: decimal × decimal, money × decimal.
    case multiplyScaled = 4
    /// The right side is a plain integer, and the left one's scale stays.
    case divide = 5
    /// Both sides have one scale: the result is in millionths.
    case divideScaled = 6
    /// Date and duration: whole days, rounded down.
    case addDays = 7
    case subtractDays = 8
    /// Date minus date: a duration.
    case daysBetween = 9
    /// Decimal to integer, towards minus or plus infinity; only on the way to comparing an int with a decimal, which
    /// must not overflow. The right side is ignored.
    case floor = 10
    case ceiling = 11

    package static let scale: Int64 = 1_000_000
    package static let microsecondsPerDay: Int64 = 86_400_000_000

    package func apply(_ left: Int64, _ right: Int64) -> Int64? {
        switch self {
        case .add: Self.checked(left.addingReportingOverflow(right))
        case .subtract: Self.checked(left.subtractingReportingOverflow(right))
        case .multiply: Self.checked(left.multipliedReportingOverflow(by: right))
        case .multiplyScaled: Self.rounded(Int128(left) * Int128(right), by: Int128(Self.scale))
        case .divide: right == 0 ? nil : Self.rounded(Int128(left), by: Int128(right))
        case .divideScaled: right == 0 ? nil : Self.rounded(Int128(left) * Int128(Self.scale), by: Int128(right))
        case .addDays: Self.checked(left.addingReportingOverflow(Self.floorDivide(right, Self.microsecondsPerDay)))
        case .subtractDays:
            Self.checked(left.subtractingReportingOverflow(Self.floorDivide(right, Self.microsecondsPerDay)))
        case .daysBetween: Int64(exactly: (Int128(left) - Int128(right)) * Int128(Self.microsecondsPerDay))
        case .floor: Self.floorDivide(left, Self.scale)
        case .ceiling: left % Self.scale > 0 ? left / Self.scale + 1 : left / Self.scale
        }
    }

    private static func checked(_ result: (partialValue: Int64, overflow: Bool)) -> Int64? {
        result.overflow ? nil : result.partialValue
    }

    private static func floorDivide(_ left: Int64, _ right: Int64) -> Int64 {
        left % right < 0 ? left / right - 1 : left / right
    }

    /// Neither product nor divisor needs more than 85 bits, so nothing here can overflow.
    private static func rounded(_ value: Int128, by divisor: Int128) -> Int64? {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        guard remainder.magnitude * 2 >= divisor.magnitude else { return Int64(exactly: quotient) }
        return Int64(exactly: (value < 0) == (divisor < 0) ? quotient + 1 : quotient - 1)
    }
}
