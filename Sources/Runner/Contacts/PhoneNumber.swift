/// Phone numbers in E.164: `+`, the country's calling code, the number; seven to fifteen digits.
package enum PhoneNumber {
    /// Appends the number in E.164; appends nothing where it gives a fault. `region` (ISO 3166-1) says whose national
    /// numbers may be written without a calling code.
    package static func normalize(
        _ typed: UnsafeBufferPointer<UInt8>,
        region: CallingCodes.Region?,
        into output: inout [UInt8]
    ) -> AddressFault? {
        let bytes = UTF8Text.trimmed(typed)
        var digits: [UInt8] = []
        digits.reserveCapacity(20)
        var hasPlus = false
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                digits.append(byte)
            case UInt8(ascii: "+") where digits.isEmpty && !hasPlus:
                hasPlus = true
            case UInt8(ascii: "("):
                // `+49 (0) 30 …`: the zero is dialled inside the country only.
                if hasPlus, index + 2 < bytes.count, bytes[index + 1] == 0x30, bytes[index + 2] == UInt8(ascii: ")") {
                    index += 2
                }
            case UInt8(ascii: " "), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: ")"), UInt8(ascii: "/"):
                break
            case 0xC2 where index + 1 < bytes.count && bytes[index + 1] == 0xA0:
                index += 1
            case 0xE2 where index + 2 < bytes.count && bytes[index + 1] == 0x80 && 0x90...0x95 ~= bytes[index + 2]:
                index += 2
            default:
                return AddressFault("it holds something that is neither a digit nor a separator", help: shape)
            }
            index += 1
            if digits.count > 32 { break }
        }
        if !hasPlus, digits.starts(with: [0x30, 0x30]) {
            digits.removeFirst(2)
            hasPlus = true
        }
        if !hasPlus {
            guard let region else {
                return AddressFault(
                    "it has no country calling code",
                    help: "\(shape), or say `--region` with a country"
                )
            }
            if region.code.first == UInt8(ascii: "1"), digits.starts(with: Array("011".utf8)) {
                digits.removeFirst(3)
            } else {
                if !region.trunk.isEmpty, digits.starts(with: region.trunk) { digits.removeFirst(region.trunk.count) }
                digits = region.code + digits
            }
        }
        guard digits.count >= 7 else { return AddressFault("it is too short", help: shape) }
        guard digits.count <= 15 else { return AddressFault("it has more than 15 digits", help: shape) }
        guard CallingCodes.isAssigned(digits) else {
            return AddressFault("no country has its calling code", help: shape)
        }
        output.append(UInt8(ascii: "+"))
        output.append(contentsOf: digits)
        return nil
    }

    private static let shape = "write it with the country's code, like `+49301234567`"
}
