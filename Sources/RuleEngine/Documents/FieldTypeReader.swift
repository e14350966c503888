/// Reads the type of a contact field: `text`, `optional date`, `one_of(free, trial)`, `list of text`.
enum FieldTypeReader {
    static let names: [(name: String, type: ValueType)] = [
        ("text", .text), ("int", .int), ("decimal", .decimal), ("money", .money), ("bool", .bool), ("date", .date),
        ("instant", .instant), ("duration", .duration), ("email", .email), ("phone", .phone), ("country", .country),
        ("locale", .locale), ("channel", .channelKind),
    ]

    enum Failure: Error {
        case unknown(String, nearest: String?)
        case malformed(String)
    }

    static func read(_ text: String) throws(Failure) -> TypeInfo {
        var rest = text.trimmed
        var isOptional = false
        if rest.hasPrefix("optional ") {
            isOptional = true
            rest = String(rest.dropFirst(9)).trimmed
        }
        return TypeInfo(try type(rest), isOptional: isOptional)
    }

    private static func type(_ text: String) throws(Failure) -> ValueType {
        if let known = names.first(where: { $0.name == text }) { return known.type }
        if text.hasPrefix("list of ") {
            guard text.dropFirst(8) == "text" else { throw .malformed("a list can only be a `list of text`") }
            return .list(.text)
        }
        if text.hasPrefix("one_of(") {
            guard text.hasSuffix(")") else { throw .malformed("the closing `)` is missing") }
            let words = text.dropFirst(7).dropLast().split(separator: ",", omittingEmptySubsequences: false)
                .map { String($0).trimmed }
            guard words.allSatisfy({ !$0.isEmpty }) else { throw .malformed("a word of `one_of` is empty") }
            guard Set(words).count == words.count else { throw .malformed("a word of `one_of` stands there twice") }
            guard words.count <= 200 else { throw .malformed("`one_of` has more than 200 words") }
            return .oneOf(words)
        }
        throw .unknown(
            text,
            nearest: NearestName.of(text, among: names.map(\.name) + ["one_of", "optional", "list of text"])
        )
    }
}
