import Channels

/// What callers send, in the form in which answers are written.
extension JSON {
    /// Nil for anything but one JSON value (RFC 8259), at most 32 deep, without a name twice in one object.
    package init?(reading bytes: [UInt8]) {
        guard let value = JSONReader.read(bytes) else { return nil }
        self.init(value)
    }

    private init(_ value: JSONValue) {
        switch value {
        case .null: self = .null
        case .flag(let flag): self = .bool(flag)
        case .number(let digits): self = Int64(digits).map { .integer($0) } ?? .written(digits)
        case .text(let text): self = .string(text)
        case .list(let items): self = .array(items.map(JSON.init))
        case .object(let members):
            self = .object(members.sorted { $0.key < $1.key }.map { Entry(key: $0.key, value: JSON($0.value)) })
        }
    }

    package subscript(name: String) -> JSON? {
        guard case .object(let entries) = self else { return nil }
        return entries.first { $0.key == name }?.value
    }

    package var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    package var integer: Int64? {
        switch self {
        case .integer(let number): number
        // As JSON Schema has it, `3.0` is a whole number. Beyond 2^53 a fraction can't be told from none.
        case .written(let text):
            Double(text).flatMap { $0.magnitude < 9_007_199_254_740_992 ? Int64(exactly: $0) : nil }
        case .null, .bool, .string, .array, .object: nil
        }
    }

    package var flag: Bool? {
        if case .bool(let flag) = self { flag } else { nil }
    }

    package var items: [JSON] {
        if case .array(let items) = self { items } else { [] }
    }

    package var entries: [Entry] {
        if case .object(let entries) = self { entries } else { [] }
    }
}
