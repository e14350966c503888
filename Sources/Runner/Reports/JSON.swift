/// A JSON value with its keys in the order in which they were written: people read `--json` too.
package enum JSON: Sendable {
    package struct Entry: Sendable {
        package let key: String
        package let value: JSON

        package init(key: String, value: JSON) {
            self.key = key
            self.value = value
        }
    }

    case null
    case bool(Bool)
    case integer(Int64)
    case string(String)
    case array([JSON])
    case object([Entry])
    /// Text that is JSON already.
    case written(String)

    package init(_ value: String?) { self = value.map { .string($0) } ?? .null }
    package init(_ value: Int?) { self = value.map { .integer(Int64($0)) } ?? .null }
    package init(_ value: Int64) { self = .integer(value) }
    package init(_ value: Bool) { self = .bool(value) }
    package init(_ values: [String]) { self = .array(values.map { .string($0) }) }

    /// Counts by name, in the order of the names.
    package init(_ counts: [String: Int]) {
        self = .object(counts.sorted { $0.key < $1.key }.map { Entry(key: $0.key, value: .integer(Int64($0.value))) })
    }

    /// The same object with one more key at its end.
    package func adding(_ key: String, _ value: JSON) -> JSON {
        guard case .object(let entries) = self else { return self }
        return .object(entries + [Entry(key: key, value: value)])
    }

    /// With line breaks and an indent of two.
    package var text: String {
        var text = ""
        write(into: &text, indent: 0)
        text += "\n"
        return text
    }

    /// On one line.
    package var compactText: String {
        switch self {
        case .null, .bool, .integer, .string, .written:
            var text = ""
            write(into: &text, indent: 0)
            return text
        case .array(let values): return "[" + values.map(\.compactText).joined(separator: ", ") + "]"
        case .object(let entries):
            let parts = entries.map { JSON.string($0.key).compactText + ": " + $0.value.compactText }
            return "{" + parts.joined(separator: ", ") + "}"
        }
    }

    private func write(into text: inout String, indent: Int) {
        switch self {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .integer(let value): text += String(value)
        case .string(let value): Self.write(value, into: &text)
        case .written(let value): text += value
        case .array(let values):
            Self.writeList(values, brackets: ("[", "]"), into: &text, indent: indent) { value, text in
                value.write(into: &text, indent: indent + 2)
            }
        case .object(let entries):
            Self.writeList(entries, brackets: ("{", "}"), into: &text, indent: indent) { entry, text in
                Self.write(entry.key, into: &text)
                text += ": "
                entry.value.write(into: &text, indent: indent + 2)
            }
        }
    }

    private static func writeList<Element>(
        _ elements: [Element],
        brackets: (String, String),
        into text: inout String,
        indent: Int,
        _ write: (Element, inout String) -> Void
    ) {
        text += brackets.0
        for (index, element) in elements.enumerated() {
            text += index == 0 ? "\n" : ",\n"
            text += String(repeating: " ", count: indent + 2)
            write(element, &text)
        }
        if !elements.isEmpty { text += "\n" + String(repeating: " ", count: indent) }
        text += brackets.1
    }

    private static func write(_ value: String, into text: inout String) {
        text += "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case "\0"..<" ", "\u{7F}":
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}

// The associated types are spelled out: left to the compiler, it looks for them in circles.
extension JSON: ExpressibleByStringLiteral {
    package typealias StringLiteralType = String
    package init(stringLiteral value: String) { self = .string(value) }
}

extension JSON: ExpressibleByIntegerLiteral {
    package typealias IntegerLiteralType = Int64
    package init(integerLiteral value: Int64) { self = .integer(value) }
}

extension JSON: ExpressibleByBooleanLiteral {
    package typealias BooleanLiteralType = Bool
    package init(booleanLiteral value: Bool) { self = .bool(value) }
}

extension JSON: ExpressibleByNilLiteral {
    package init(nilLiteral: ()) { self = .null }
}

extension JSON: ExpressibleByDictionaryLiteral {
    package typealias Key = String
    package typealias Value = JSON
    package init(dictionaryLiteral elements: (String, JSON)...) {
        self = .object(elements.map { Entry(key: $0.0, value: $0.1) })
    }
}
