/// Reads JSON (RFC 8259) and refuses what is not: no comments, no trailing commas, no names twice, no broken UTF-8.
///
/// Total on any bytes, and bounded: what comes from outside must neither stop the process nor fill its memory.
package struct JSONReader {
    private let bytes: [UInt8]
    private var index = 0
    private var values = 0
    private let depthLimit: Int
    private let valueLimit: Int

    private struct Malformed: Error {}

    private init(_ bytes: [UInt8], depthLimit: Int, valueLimit: Int) {
        self.bytes = bytes
        self.depthLimit = depthLimit
        self.valueLimit = valueLimit
    }

    /// Nil for anything that is not one JSON value with white space around it.
    package static func read(_ bytes: [UInt8], depth: Int = 32, values: Int = 100_000) -> JSONValue? {
        var reader = JSONReader(bytes, depthLimit: depth, valueLimit: values)
        do throws(Malformed) {
            let value = try reader.value(depth: 0)
            reader.skipSpace()
            return reader.index == bytes.count ? value : nil
        } catch {
            return nil
        }
    }

    package static func read(_ text: String) -> JSONValue? {
        read(Array(text.utf8))
    }

    private mutating func value(depth: Int) throws(Malformed) -> JSONValue {
        values += 1
        guard depth < depthLimit, values <= valueLimit else {
            throw Malformed()
        }
        skipSpace()
        switch peek() {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try list(depth: depth)
        case UInt8(ascii: "\""): return .text(try text())
        case UInt8(ascii: "t"): return try word("true", .flag(true))
        case UInt8(ascii: "f"): return try word("false", .flag(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func object(depth: Int) throws(Malformed) -> JSONValue {
        index += 1
        var members: [String: JSONValue] = [:]
        skipSpace()
        if take(UInt8(ascii: "}")) {
            return .object(members)
        }
        while true {
            skipSpace()
            guard peek() == UInt8(ascii: "\"") else {
                throw Malformed()
            }
            let name = try text()
            skipSpace()
            guard take(UInt8(ascii: ":")), members[name] == nil else {
                throw Malformed()
            }
            members[name] = try value(depth: depth + 1)
            skipSpace()
            if take(UInt8(ascii: "}")) {
                return .object(members)
            }
            guard take(UInt8(ascii: ",")) else {
                throw Malformed()
            }
        }
    }

    private mutating func list(depth: Int) throws(Malformed) -> JSONValue {
        index += 1
        var items: [JSONValue] = []
        skipSpace()
        if take(UInt8(ascii: "]")) {
            return .list(items)
        }
        while true {
            items.append(try value(depth: depth + 1))
            skipSpace()
            if take(UInt8(ascii: "]")) {
                return .list(items)
            }
            guard take(UInt8(ascii: ",")) else {
                throw Malformed()
            }
        }
    }

    private mutating func text() throws(Malformed) -> String {
        index += 1
        var content: [UInt8] = []
        var start = index
        while let byte = peek() {
            switch byte {
            case UInt8(ascii: "\""):
                content += bytes[start..<index]
                index += 1
                guard let text = String(validating: content, as: UTF8.self) else {
                    throw Malformed()
                }
                return text
            case UInt8(ascii: "\\"):
                content += bytes[start..<index]
                index += 1
                content += try escape()
                start = index
            case 0..<0x20:
                throw Malformed()
            default:
                index += 1
            }
        }
        throw Malformed()
    }

    private mutating func escape() throws(Malformed) -> [UInt8] {
        guard let byte = peek() else {
            throw Malformed()
        }
        index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"): return Array(String(try scalar()).utf8)
        default: throw Malformed()
        }
    }

    /// Half of a surrogate pair stands for nothing; phones that cut an emoji in two do send it.
    private mutating func scalar() throws(Malformed) -> Unicode.Scalar {
        let first = try hex()
        guard (0xD800..<0xDC00).contains(first) else {
            return Unicode.Scalar(first) ?? "\u{FFFD}"
        }
        let mark = index
        guard take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else {
            index = mark
            return "\u{FFFD}"
        }
        let second = try hex()
        guard (0xDC00..<0xE000).contains(second) else {
            index = mark
            return "\u{FFFD}"
        }
        return Unicode.Scalar(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)) ?? "\u{FFFD}"
    }

    private mutating func hex() throws(Malformed) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = peek().flatMap(HexText.digit) else {
                throw Malformed()
            }
            value = value << 4 | UInt32(digit)
            index += 1
        }
        return value
    }

    private mutating func number() throws(Malformed) -> JSONValue {
        let start = index
        _ = take(UInt8(ascii: "-"))
        let leading = index
        guard digits() > 0, bytes[leading] != UInt8(ascii: "0") || index == leading + 1 else {
            throw Malformed()
        }
        if take(UInt8(ascii: ".")), digits() == 0 {
            throw Malformed()
        }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            _ = take(UInt8(ascii: "+")) || take(UInt8(ascii: "-"))
            guard digits() > 0 else {
                throw Malformed()
            }
        }
        return .number(String(decoding: bytes[start..<index], as: UTF8.self))
    }

    private mutating func digits() -> Int {
        let start = index
        while let byte = peek(), (0x30...0x39).contains(byte) {
            index += 1
        }
        return index - start
    }

    private mutating func word(_ word: StaticString, _ value: JSONValue) throws(Malformed) -> JSONValue {
        let expected = UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
        guard bytes[index...].starts(with: expected) else {
            throw Malformed()
        }
        index += expected.count
        return value
    }

    private mutating func skipSpace() {
        while let byte = peek(), byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            index += 1
        }
    }

    private func peek() -> UInt8? {
        index < bytes.count ? bytes[index] : nil
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard peek() == byte else {
            return false
        }
        index += 1
        return true
    }
}
