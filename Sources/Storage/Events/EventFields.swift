import RuleEngine

/// The fields of an event as the database keeps them: a JSON object that names each value by its type and name
/// (`{"money:total":75000000}`), with values as in a `FactPage`.
///
/// The type is part of the name, so that a field whose declared type has changed since reads as missing, in SQL as in
/// the engine, and never as something else.
enum EventFields {
    /// As `json_extract` takes it.
    static func path(_ name: String, _ type: ValueType) -> String {
        "$.\"\(tag(type)):\(name)\""
    }

    private static func tag(_ type: ValueType) -> String {
        switch type {
        case .int: "int"
        case .decimal: "decimal"
        case .money: "money"
        case .bool: "bool"
        case .date: "date"
        case .instant: "instant"
        case .duration: "duration"
        case .list: "list"
        case .text, .email, .phone, .country, .locale, .channelKind, .oneOf, .unknown: "text"
        }
    }

    // MARK: Writing

    static func json(_ fields: [String: Value]) -> [UInt8] {
        var bytes = Array("{".utf8)
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) {
            guard let tag = tag(of: value) else { continue }
            if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
            bytes += "\"\(tag):\(name)\":".utf8
            append(value, to: &bytes)
        }
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    /// Nil where there is nothing to write.
    private static func tag(of value: Value) -> String? {
        switch value {
        case .missing: nil
        case .bool: "bool"
        case .text: "text"
        case .list: "list"
        case .number(_, .int): "int"
        case .number(_, .decimal): "decimal"
        case .number(_, .money): "money"
        case .number(_, .date): "date"
        case .number(_, .instant): "instant"
        case .number(_, .duration): "duration"
        }
    }

    private static func append(_ value: Value, to bytes: inout [UInt8]) {
        switch value {
        case .missing: bytes += "null".utf8
        case .bool(let flag): bytes += (flag ? "1" : "0").utf8
        case .number(let number, _): bytes += String(number).utf8
        case .text(let text): append(text, to: &bytes)
        case .list(let items):
            var text: [UInt8] = []
            for case .text(let item) in items { text += item + [0x1F] }
            append(text, to: &bytes)
        }
    }

    private static func append(_ text: [UInt8], to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case ..<0x20:
                let digits = Array("0123456789abcdef".utf8)
                bytes += Array("\\u00".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    // MARK: Reading

    /// `column` holds a value of `json_each`, and `key` its name. Nil for what this program didn't write.
    static func field(_ key: String, _ row: Statement, _ column: Int32) -> (name: String, value: Value)? {
        guard let colon = key.firstIndex(of: ":") else { return nil }
        let number = row.integer(column)
        let value: Value
        switch key[..<colon] {
        case "bool": value = .bool(number != 0)
        case "text": value = .text(Array(row.textBytes(column)))
        case "int": value = .number(number, .int)
        case "decimal": value = .number(number, .decimal)
        case "money": value = .number(number, .money)
        case "date": value = .number(number, .date)
        case "instant": value = .number(number, .instant)
        case "duration": value = .number(number, .duration)
        case "list":
            let items = row.textBytes(column).split(separator: 0x1F, omittingEmptySubsequences: false).dropLast()
            value = .list(items.map { .text(Array($0)) })
        default: return nil
        }
        return (String(key[key.index(after: colon)...]), value)
    }
}
