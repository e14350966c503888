/// Writes one JSON object as bytes: minified, fields in the order they are given.
struct JSONWriter {
    private(set) var bytes: [UInt8] = []
    private var needsComma = false

    init(capacity: Int = 512) {
        bytes.reserveCapacity(capacity)
    }

    mutating func beginObject(_ name: StaticString? = nil) {
        if let name {
            key(name)
        }
        bytes.append(0x7B)
        needsComma = false
    }

    mutating func endObject() {
        bytes.append(0x7D)
        needsComma = true
    }

    mutating func field(_ name: StaticString, _ text: [UInt8]) {
        key(name)
        append(text)
    }

    mutating func field(_ name: StaticString, _ text: String) {
        field(name, Array(text.utf8))
    }

    /// Leaves the field out where the text is empty.
    mutating func optionalField(_ name: StaticString, _ text: [UInt8]) {
        if !text.isEmpty {
            field(name, text)
        }
    }

    private mutating func key(_ name: StaticString) {
        if needsComma {
            bytes.append(0x2C)
        }
        needsComma = true
        bytes.append(0x22)
        bytes.append(literal: name)
        bytes.append(literal: "\":")
    }

    private mutating func append(_ text: [UInt8]) {
        bytes.append(0x22)
        var from = 0
        for (at, byte) in text.enumerated() where byte < 0x20 || byte == 0x22 || byte == 0x5C {
            bytes.append(contentsOf: text[from..<at])
            from = at + 1
            switch byte {
            case 0x22: bytes.append(literal: "\\\"")
            case 0x5C: bytes.append(literal: "\\\\")
            case 0x0A: bytes.append(literal: "\\n")
            case 0x0D: bytes.append(literal: "\\r")
            case 0x09: bytes.append(literal: "\\t")
            default:
                bytes.append(literal: "\\u00")
                bytes.append(QuotedPrintable.hexDigit(byte >> 4))
                bytes.append(QuotedPrintable.hexDigit(byte & 15))
            }
        }
        bytes.append(contentsOf: text[from...])
        bytes.append(0x22)
    }
}
