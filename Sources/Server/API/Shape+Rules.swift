import Runner

/// How the members of an object depend on each other, as JSON Schema says it. Documents tell it; handlers ask for it, and answer
/// with the member that is wrong.
extension JSON {
    /// All of these are there.
    static func having(_ names: String...) -> JSON { ["required": JSON(names)] }

    /// None of these is there.
    static func without(_ names: [String]) -> JSON {
        members(names.map { JSON.Entry(key: $0, value: .bool(false)) })
    }

    static func members(_ entries: [JSON.Entry]) -> JSON { ["properties": .object(entries)] }

    static func members(_ entries: JSON) -> JSON { ["properties": entries] }

    /// One value, or one of several.
    static func only(_ words: String...) -> JSON { ["enum": JSON(words)] }

    static func anyOf(_ rules: JSON...) -> JSON { ["anyOf": .array(rules)] }

    static func allOf(_ rules: JSON...) -> JSON { ["allOf": .array(rules)] }

    /// Both can't be there.
    static func apart(_ one: String, _ other: String) -> JSON { .anyOf(.without([one]), .without([other])) }
}
