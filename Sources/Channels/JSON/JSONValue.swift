/// A JSON value as it stands in a text. Numbers keep their digits: ids of 60 bits must come through unchanged.
package indirect enum JSONValue: Sendable, Equatable {
    case null
    case flag(Bool)
    case number(String)
    case text(String)
    case list([JSONValue])
    case object([String: JSONValue])

    package subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self else {
            return nil
        }
        return members[name]
    }

    /// Follows names from object to object.
    package func at(_ names: String...) -> JSONValue? {
        names.reduce(Optional(self)) { value, name in value?[name] }
    }

    package var items: [JSONValue] {
        guard case .list(let items) = self else {
            return []
        }
        return items
    }

    package var string: String? {
        guard case .text(let text) = self else {
            return nil
        }
        return text
    }

    /// A text or a number, as text: providers are not of one mind whether an id is one or the other.
    package var word: String? {
        switch self {
        case .text(let text), .number(let text): text
        case .null, .flag, .list, .object: nil
        }
    }

    package var integer: Int64? {
        word.flatMap { Int64($0) }
    }

    package var double: Double? {
        word.flatMap { Double($0) }.flatMap { $0.isFinite ? $0 : nil }
    }

    package var bool: Bool? {
        switch self {
        case .flag(let value): value
        case .text("true"): true
        case .text("false"): false
        case .null, .number, .text, .list, .object: nil
        }
    }
}
