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

    mutating func beginArray(_ name: StaticString? = nil) {
        if let name {
            key(name)
        } else {
            separate()
        }
        bytes.append(0x5B)
        needsComma = false
    }

    mutating func endArray() {
        bytes.append(0x5D)
        needsComma = true
    }

    /// An object in an array.
    mutating func beginElement() {
        separate()
        bytes.append(0x7B)
        needsComma = false
    }

    /// A text in an array.
    mutating func element(_ text: [UInt8]) {
        separate()
        append(text)
        needsComma = true
    }

    /// A field whose name is data.
    mutating func field(named name: [UInt8], _ text: [UInt8]) {
        separate()
        append(name)
        bytes.append(0x3A)
        append(text)
        needsComma = true
    }

    /// An object whose name is data.
    mutating func beginObject(named name: [UInt8]) {
        separate()
        append(name)
        bytes.append(0x3A)
        bytes.append(0x7B)
        needsComma = false
    }

    /// A field whose name is data and whose value is JSON already.
    mutating func rawField(named name: [UInt8], _ json: some Sequence<UInt8>) {
        separate()
        append(name)
        bytes.append(0x3A)
        bytes.append(contentsOf: json)
        needsComma = true
    }

    mutating func field(_ name: StaticString, _ flag: Bool) {
        raw(name, Array((flag ? "true" : "false").utf8))
    }

    mutating func field(_ name: StaticString, _ number: Int) {
        raw(name, Array("\(number)".utf8))
    }

    /// A field whose value is JSON already: a number, or what another writer made.
    mutating func raw(_ name: StaticString, _ json: [UInt8]) {
        key(name)
        bytes.append(contentsOf: json)
    }

    /// JSON in an array, or in a list of fields, as it is.
    mutating func rawElement(_ json: some Sequence<UInt8>) {
        separate()
        bytes.append(contentsOf: json)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma {
            bytes.append(0x2C)
        }
    }

    /// The bytes, repaired where a text was not UTF-8: one such byte would make all of it unreadable.
    var sound: [UInt8] {
        String(validating: bytes, as: UTF8.self) == nil ? Array(String(decoding: bytes, as: UTF8.self).utf8) : bytes
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
