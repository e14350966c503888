package import RuleEngine
package import Runner

/// The columns of `contact` that hold declared fields. They come with the first import or launch that knows a field,
/// and stay.
package enum SchemaColumns {
    /// Adds what is missing. A type that changed in a way that would read old values wrongly is refused.
    package static func ensure(for schema: ContactSchema, on connection: Connection) throws(StoreError) {
        let known = try types(connection)
        let fields = declared(schema)
        guard fields.contains(where: { known[$0.name] != text(of: $0.type.type) }) else { return }
        try connection.transaction { () throws(StoreError) in
            let known = try types(connection)
            for field in fields {
                let type = text(of: field.type.type)
                guard let old = known[field.name] else {
                    try connection.execute(
                        "ALTER TABLE contact ADD COLUMN \(column(field.name)) \(storage(field.type.type))"
                    )
                    try set(field.name, type, isInferred: schema.isInferred, connection)
                    continue
                }
                if old == type { continue }
                guard family(old) == family(type) else {
                    throw .unusable(
                        "the field `\(field.name)` was \(old) when contacts were imported, and is \(type) now: give the new field another name, or go back to \(old)"
                    )
                }
                try set(field.name, type, isInferred: schema.isInferred, connection)
            }
        }
    }

    /// Fields that came from files, for a project without a schema.
    package static func inferred(_ connection: Connection) throws(StoreError) -> [ContactField] {
        let statement = try connection.prepare(
            "SELECT name, type FROM schema_field WHERE is_inferred = 1 ORDER BY position"
        )
        defer { statement.reset() }
        var fields: [ContactField] = []
        while try statement.step() {
            let type: ValueType =
                switch statement.string(1) {
                case "int": .int
                case "decimal": .decimal
                case "bool": .bool
                case "date": .date
                default: .text
                }
            fields.append(ContactField(name: statement.string(0), type: TypeInfo(type, isOptional: true)))
        }
        return fields
    }

    static func declared(_ schema: ContactSchema) -> [ContactField] {
        schema.fields.filter { field in !ContactSchema.standardFields.contains { $0.name == field.name } }
    }

    /// Quoted: a field's name may be a word of SQL. The language lets no quotes into names; doubling them costs nothing.
    static func column(_ field: String) -> String {
        "\"f_" + field.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }

    private static func types(_ connection: Connection) throws(StoreError) -> [String: String] {
        let statement = try connection.prepare("SELECT name, type FROM schema_field")
        defer { statement.reset() }
        var types: [String: String] = [:]
        while try statement.step() { types[statement.string(0)] = statement.string(1) }
        return types
    }

    private static func set(
        _ name: String,
        _ type: String,
        isInferred: Bool,
        _ connection: Connection
    ) throws(StoreError) {
        let statement = try connection.prepare(
            """
            INSERT INTO schema_field (name, type, is_inferred, position)
            VALUES (?1, ?2, ?3, (SELECT ifnull(max(position), 0) + 1 FROM schema_field))
            ON CONFLICT (name) DO UPDATE SET type = excluded.type, is_inferred = excluded.is_inferred
            """
        )
        statement.bind(1, name)
        statement.bind(2, type)
        statement.bind(3, isInferred ? 1 : 0)
        try statement.run()
    }

    private static func storage(_ type: ValueType) -> String {
        if case .list = type { return "TEXT" }
        return type.isTextual || type == .unknown ? "TEXT" : "INTEGER"
    }

    /// As the schema writes it.
    static func text(of type: ValueType) -> String {
        switch type {
        case .text: "text"
        case .int: "int"
        case .decimal: "decimal"
        case .money: "money"
        case .bool: "bool"
        case .date: "date"
        case .instant: "instant"
        case .duration: "duration"
        case .email: "email"
        case .phone: "phone"
        case .country: "country"
        case .locale: "locale"
        case .channelKind: "channel"
        case .oneOf(let words): "one_of(\(words.joined(separator: ", ")))"
        case .list(let element): "list_of \(text(of: element))"
        case .unknown: "unknown"
        }
    }

    /// Types within which old values keep their meaning: everything that is text, and amounts in millionths.
    private static func family(_ type: String) -> String {
        switch type {
        case "text", "email", "phone", "country", "locale", "channel", "unknown": "text"
        case "decimal", "money": "millionths"
        default: type.hasPrefix("one_of(") ? "text" : type
        }
    }
}
