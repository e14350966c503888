/// A field of an event, as the schema declares it.
package struct EventField: Sendable, Hashable {
    package let name: String
    package let type: TypeInfo
    /// Repeated deliveries of the same event are dropped by this field's value.
    package let isUnique: Bool
    /// For a list of records: what each of them holds. Their values can be counted, not yet looked into.
    package let record: [EventField]
    package let declaration: SourceSpan?

    package init(
        name: String, type: TypeInfo, isUnique: Bool = false, record: [EventField] = [],
        declaration: SourceSpan? = nil
    ) {
        self.name = name
        self.type = type
        self.isUnique = isUnique
        self.record = record
        self.declaration = declaration
    }
}

/// Something that happens to a contact: `order_placed`, with its typed fields.
package struct EventSchema: Sendable, Hashable {
    package let id: String
    package let fields: [EventField]
    package let declaration: SourceSpan?

    package init(id: String, fields: [EventField], declaration: SourceSpan? = nil) {
        self.id = id
        self.fields = fields
        self.declaration = declaration
    }

    package func field(_ name: String) -> EventField? {
        fields.first { $0.name == name }
    }

    package func index(of name: String) -> Int? {
        fields.firstIndex { $0.name == name }
    }
}

extension EventSchema {
    /// Its fields, a line each: `total: money`. Lists of records are left out.
    package var lines: String {
        fields.filter(\.record.isEmpty).map { field in
            "\(field.name): \(field.type.isOptional ? "optional " : "")\(field.type.type.spelling)\n"
        }.joined()
    }

    /// The same from its lines; nil where one of them is none.
    package init?(id: String, lines: String) {
        var fields: [EventField] = []
        for line in lines.split(separator: "\n") {
            guard let colon = line.firstRange(of: ": ") else { return nil }
            do throws(FieldTypeReader.Failure) {
                let type = try FieldTypeReader.read(String(line[colon.upperBound...]))
                fields.append(EventField(name: String(line[..<colon.lowerBound]), type: type))
            } catch {
                return nil
            }
        }
        self.init(id: id, fields: fields)
    }
}
