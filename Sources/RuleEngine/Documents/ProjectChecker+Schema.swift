extension ProjectChecker {
    mutating func checkSchema() {
        let schemas = documents.filter { $0.kind == .schema }
        guard let document = schemas.first else {
            schema = catalog.inferredSchema ?? ContactSchema(id: "none", declared: [], isInferred: true)
            return
        }
        for other in schemas.dropFirst() where other.id != document.id {
            diagnostics.report(.secondSchema(other.idSpan, first: document.idSpan))
        }
        var fields: [ContactField] = []
        for entry in document.value("contact")?.entries ?? [] {
            if let field = checkField(entry, isSound: document.isSound) { fields.append(field) }
        }
        if fields.count > Self.fieldLimit {
            diagnostics.report(.tooMany(document.idSpan, key: "contact", limit: Self.fieldLimit))
            fields.removeLast(fields.count - Self.fieldLimit)
        }
        schema = ContactSchema(id: document.id, declared: fields)
    }

    static let fieldLimit = 200

    /// A field whose type can't be read is there all the same, with the unknown type, which silences what would
    /// follow from it.
    private mutating func checkField(_ entry: SyntaxEntry, isSound: Bool) -> ContactField? {
        guard case .some = try? Units.fieldName(entry.key.text) else { return nil }
        let typeNode = entry.value.scalar == nil ? entry.value.value("type") : entry.value
        let type = typeNode?.text.flatMap { try? FieldTypeReader.read($0) } ?? TypeInfo(.unknown, isOptional: false)
        let isPersonal = entry.value.text("pii").flatMap { try? Units.flag($0) } ?? false
        let place = typeNode?.span ?? entry.key.span
        let maxLength = entry.value.text("max_length").flatMap { try? Units.integer($0) }
        if let limit = entry.value.entry("max_length"), ![.text, .email, .unknown].contains(type.type), isSound {
            diagnostics.report(.keyNeeds(limit.key.span, "max_length", "text"))
        }
        if let standard = ContactSchema.standardFields.first(where: { $0.name == entry.key.text }) {
            if type.type != .unknown, type.type != standard.type.type || standard.name == "id" && type.isOptional {
                if isSound {
                    diagnostics.report(
                        .standardFieldType(
                            place,
                            standard.name,
                            type: standard.name == "id" ? "text" : FieldTypeReader.name(of: standard.type.type)
                        )
                    )
                }
                return standard
            }
            return ContactField(
                name: standard.name,
                type: type,
                isPersonal: isPersonal || standard.isPersonal,
                maxLength: maxLength,
                declaration: place
            )
        }
        return ContactField(
            name: entry.key.text, type: type, isPersonal: isPersonal, maxLength: maxLength, declaration: place)
    }
}

extension FieldTypeReader {
    static func name(of type: ValueType) -> String {
        if case .list = type { return "list of text" }
        return names.first { $0.type == type }?.name ?? "one_of"
    }
}
