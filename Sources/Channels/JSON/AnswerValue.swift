import FoundationEssentials

/// Any JSON, for answers whose shape nobody promises.
enum AnswerValue: Sendable, Equatable, Decodable {
    case null
    case flag(Bool)
    case integer(Int)
    case number(Double)
    case text(String)
    case list([AnswerValue])
    case object([String: AnswerValue])

    /// Nil where the bytes are no JSON.
    init?(_ bytes: [UInt8]) {
        guard let value = try? JSONDecoder().decode(AnswerValue.self, from: Data(bytes)) else { return nil }
        self = value
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let object = try? container.decode([String: AnswerValue].self) {
            self = .object(object)
        } else if let text = try? container.decode(String.self) {
            self = .text(text)
        } else if let integer = try? container.decode(Int.self) {
            self = .integer(integer)
        } else if let list = try? container.decode([AnswerValue].self) {
            self = .list(list)
        } else if let flag = try? container.decode(Bool.self) {
            self = .flag(flag)
        } else {
            self = .number(try container.decode(Double.self))
        }
    }

    subscript(name: String) -> AnswerValue? {
        guard case .object(let members) = self else { return nil }
        return members[name]
    }

    subscript(index: Int) -> AnswerValue? {
        guard case .list(let items) = self, items.indices.contains(index) else { return nil }
        return items[index]
    }

    var items: [AnswerValue] {
        guard case .list(let items) = self else { return [] }
        return items
    }

    var text: String? {
        guard case .text(let text) = self else { return nil }
        return text
    }

    /// A whole number, also where it is written as a text.
    var integer: Int? {
        switch self {
        case .integer(let value): value
        case .text(let text): text.utf8.count <= 20 ? Int(text) : nil
        case .number(let value): Int(exactly: value)
        case .null, .flag, .list, .object: nil
        }
    }

    /// A text that can stand in a report as it is: an id.
    var identifier: String? {
        guard let text, (1...300).contains(text.utf8.count), !Array(text.utf8).holdsControl else { return nil }
        return text
    }
}
