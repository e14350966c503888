/// Writes `application/x-www-form-urlencoded`, as the SDKs of the providers do: a space is `+`, and all but letters,
/// digits and `- . _ ~` is escaped.
package struct FormWriter {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    package mutating func field(_ name: StaticString, _ value: some Sequence<UInt8>) {
        if !bytes.isEmpty { bytes.append(0x26) }
        bytes.append(literal: name)
        bytes.append(0x3D)
        FormWriter.escape(value, into: &bytes)
    }

    mutating func field(_ name: StaticString, _ value: String) {
        field(name, value.utf8)
    }

    /// Leaves the field out where there is no value.
    mutating func optionalField(_ name: StaticString, _ value: String?) {
        if let value, !value.isEmpty { field(name, value.utf8) }
    }

    package static func escape(_ value: some Sequence<UInt8>, into bytes: inout [UInt8]) {
        for byte in value {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: bytes.append(byte)
            case 0x20: bytes.append(0x2B)
            default:
                bytes.append(0x25)
                bytes.append(QuotedPrintable.hexDigit(byte >> 4))
                bytes.append(QuotedPrintable.hexDigit(byte & 15))
            }
        }
    }
}
