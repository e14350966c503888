/// A field of `contact`, at a fixed slot.
package struct ContactField: Sendable, Hashable {
    package let name: String
    package let type: TypeInfo
    /// Previews, traces and logs hide it.
    package let isPersonal: Bool
    /// Characters that a text has at most; nil where nobody has limited it.
    package let maxLength: Int?
    /// Where it was declared; nil for the standard fields and for an inferred schema.
    package let declaration: SourceSpan?

    package init(
        name: String, type: TypeInfo, isPersonal: Bool = false, maxLength: Int? = nil, declaration: SourceSpan? = nil
    ) {
        self.name = name
        self.type = type
        self.isPersonal = isPersonal
        self.maxLength = maxLength
        self.declaration = declaration
    }
}

/// The fields that a contact has. A field's slot is its index: expressions and templates are compiled to slots,
/// and a `FactPage` has one column a slot.
package struct ContactSchema: Sendable {
    package let id: String
    package let fields: [ContactField]
    /// True where no `schema:` document was written, and the fields come from the imported contacts.
    package let isInferred: Bool
    private let slots: [String: Int]

    /// The standard fields come first and always exist; a declared field of the same name and type may only make
    /// one of them required or personal.
    package init(id: String, declared: [ContactField], isInferred: Bool = false) {
        var fields = Self.standardFields
        for field in declared {
            if let index = fields.firstIndex(where: { $0.name == field.name }) {
                fields[index] = field
            } else {
                fields.append(field)
            }
        }
        self.id = id
        self.fields = fields
        self.isInferred = isInferred
        slots = Dictionary(uniqueKeysWithValues: fields.enumerated().map { ($0.element.name, $0.offset) })
    }

    package func slot(of name: String) -> Int? {
        slots[name]
    }

    /// What every contact may have, whether a schema names it or not.
    package static let standardFields: [ContactField] = [
        ContactField(name: "id", type: TypeInfo(.text)),
        ContactField(name: "email", type: TypeInfo(.email, isOptional: true), isPersonal: true),
        ContactField(name: "phone", type: TypeInfo(.phone, isOptional: true), isPersonal: true),
        ContactField(name: "whatsapp", type: TypeInfo(.phone, isOptional: true), isPersonal: true),
        ContactField(name: "telegram", type: TypeInfo(.text, isOptional: true), isPersonal: true),
        ContactField(name: "messenger", type: TypeInfo(.text, isOptional: true), isPersonal: true),
        ContactField(name: "instagram", type: TypeInfo(.text, isOptional: true), isPersonal: true),
        ContactField(name: "webchat", type: TypeInfo(.text, isOptional: true), isPersonal: true),
        ContactField(name: "language", type: TypeInfo(.locale, isOptional: true)),
        ContactField(name: "country", type: TypeInfo(.country, isOptional: true)),
        ContactField(name: "time_zone", type: TypeInfo(.text, isOptional: true)),
        ContactField(name: "preferred_channel", type: TypeInfo(.channelKind, isOptional: true)),
        ContactField(name: "tags", type: TypeInfo(.list(.text))),
    ]
}
