import RuleEngine

/// What a call carries, as JSON.
enum CallBody {
    static func json(_ members: [String: Value]) -> [UInt8] {
        var text: [UInt8] = [UInt8(ascii: "{")]
        for (name, value) in members.sorted(by: { $0.key < $1.key }) {
            if text.count > 1 { text.append(UInt8(ascii: ",")) }
            append(string: Array(name.utf8), to: &text)
            text.append(UInt8(ascii: ":"))
            append(value, to: &text)
        }
        text.append(UInt8(ascii: "}"))
        return text
    }

    private static func append(_ value: Value, to text: inout [UInt8]) {
        switch value {
        case .missing: text += "null".utf8
        case .bool(let flag): text += (flag ? "true" : "false").utf8
        case .number(let number, let kind): append(number, kind, to: &text)
        case .text(let bytes): append(string: bytes, to: &text)
        case .list(let items):
            text.append(UInt8(ascii: "["))
            for (index, item) in items.enumerated() {
                if index > 0 { text.append(UInt8(ascii: ",")) }
                append(item, to: &text)
            }
            text.append(UInt8(ascii: "]"))
        }
    }

    private static func append(_ number: Int64, _ kind: Value.NumberKind, to text: inout [UInt8]) {
        switch kind {
        case .int: text += "\(number)".utf8
        case .decimal, .money: text += millionths(number).utf8
        case .date:
            let time = Timestamp(microseconds: number * 86_400_000_000)
            text += "\"\(ISOInstant.text(time).prefix(10))\"".utf8
        case .instant: text += "\"\(ISOInstant.text(Timestamp(microseconds: number)))\"".utf8
        // In seconds.
        case .duration: text += millionths(number).utf8
        }
    }

    private static func millionths(_ number: Int64) -> String {
        let (whole, rest) = number.magnitude.quotientAndRemainder(dividingBy: 1_000_000)
        var fraction = String(rest)
        fraction = String(repeating: "0", count: 6 - fraction.utf8.count) + fraction
        while fraction.last == "0" { fraction.removeLast() }
        return (number < 0 ? "-" : "") + "\(whole)" + (fraction.isEmpty ? "" : "." + fraction)
    }

    /// Bytes that are no UTF-8 are replaced: one of them would make the whole body unreadable.
    private static func append(string bytes: [UInt8], to text: inout [UInt8]) {
        text.append(UInt8(ascii: "\""))
        for byte in String(decoding: bytes, as: UTF8.self).utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): text += [UInt8(ascii: "\\"), byte]
            case 0..<0x20:
                let digits = Array("0123456789abcdef".utf8)
                text += "\\u00".utf8
                text += [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            default: text.append(byte)
            }
        }
        text.append(UInt8(ascii: "\""))
    }
}
