/// Numbers as files write them. Nil for everything else: no thousands separators, no exponents, no overflow.
enum Numbers {
    static func integer(_ bytes: UnsafeBufferPointer<UInt8>) -> Int64? {
        guard let (isNegative, digits) = sign(bytes), !digits.isEmpty else { return nil }
        return value(digits, isNegative: isNegative)
    }

    /// At most six decimal places, as an integer of millionths.
    static func millionths(_ bytes: UnsafeBufferPointer<UInt8>) -> Int64? {
        guard let (isNegative, number) = sign(bytes) else { return nil }
        let point = number.firstIndex(of: UInt8(ascii: ".")) ?? number.endIndex
        let whole = UnsafeBufferPointer(rebasing: number[..<point])
        guard !whole.isEmpty, let units = value(whole, isNegative: isNegative) else { return nil }
        var (result, overflow) = units.multipliedReportingOverflow(by: 1_000_000)
        guard !overflow else { return nil }
        guard point < number.endIndex else { return result }
        let places = UnsafeBufferPointer(rebasing: number[(point + 1)...])
        guard 1...6 ~= places.count, var fraction = value(places, isNegative: isNegative) else { return nil }
        for _ in places.count..<6 { fraction *= 10 }
        (result, overflow) = result.addingReportingOverflow(fraction)
        return overflow ? nil : result
    }

    static func flag(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool? {
        if matches(bytes, "yes") || matches(bytes, "true") || matches(bytes, "1") { return true }
        if matches(bytes, "no") || matches(bytes, "false") || matches(bytes, "0") { return false }
        return nil
    }

    /// `90s`, `15m`, `2h`, `3d`, `1w`, in microseconds.
    static func duration(_ bytes: UnsafeBufferPointer<UInt8>) -> Int64? {
        guard let unit = bytes.last else { return nil }
        let seconds: Int64
        switch unit {
        case UInt8(ascii: "s"): seconds = 1
        case UInt8(ascii: "m"): seconds = 60
        case UInt8(ascii: "h"): seconds = 3_600
        case UInt8(ascii: "d"): seconds = 86_400
        case UInt8(ascii: "w"): seconds = 604_800
        default: return nil
        }
        let digits = UnsafeBufferPointer(rebasing: bytes.dropLast())
        guard !digits.isEmpty, let count = value(digits, isNegative: false) else { return nil }
        let (result, overflow) = count.multipliedReportingOverflow(by: seconds * 1_000_000)
        return overflow ? nil : result
    }

    /// Whether the bytes are the word, whatever their case. The word is in lower-case ASCII.
    static func matches(_ bytes: UnsafeBufferPointer<UInt8>, _ word: StaticString) -> Bool {
        guard bytes.count == word.utf8CodeUnitCount else { return false }
        for index in bytes.indices {
            let byte = bytes[index]
            if (byte &- 0x41 < 26 ? byte | 0x20 : byte) != word.utf8Start[index] { return false }
        }
        return true
    }

    private static func sign(_ bytes: UnsafeBufferPointer<UInt8>) -> (Bool, UnsafeBufferPointer<UInt8>)? {
        switch bytes.first {
        case nil: nil
        case UInt8(ascii: "-"): (true, UnsafeBufferPointer(rebasing: bytes.dropFirst()))
        case UInt8(ascii: "+"): (false, UnsafeBufferPointer(rebasing: bytes.dropFirst()))
        default: (false, bytes)
        }
    }

    private static func value(_ digits: UnsafeBufferPointer<UInt8>, isNegative: Bool) -> Int64? {
        var result: Int64 = 0
        for byte in digits {
            let digit = byte &- 0x30
            guard digit < 10 else { return nil }
            let (shifted, overflow) = result.multipliedReportingOverflow(by: 10)
            let (sum, carry) =
                isNegative
                ? shifted.subtractingReportingOverflow(Int64(digit)) : shifted.addingReportingOverflow(Int64(digit))
            if overflow || carry { return nil }
            result = sum
        }
        return result
    }
}
