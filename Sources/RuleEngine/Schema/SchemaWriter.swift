/// Prints the key tables as JSON Schemas (2020-12), for editors and for other people's tools. The compiler asks more than
/// a schema can say: what a schema takes may still be wrong, what it refuses is.
package struct SchemaWriter: Sendable {
    private let catalog: Catalog

    package init(catalog: Catalog) {
        self.catalog = catalog
    }

    /// Of one kind of document.
    package func schema(of kind: DocumentKind) -> String {
        let own = document(kind)
        let plain = header("Carillon: \(kind.rawValue)").adding(own.fields)
        guard kind.keys.contains(where: \.isSteps) else { return plain.written() + "\n" }
        return plain.adding([("$defs", .object([("steps", steps)]))]).written() + "\n"
    }

    /// Of any document: which kind it is follows from its keys.
    package func schema() -> String {
        let kinds = Self.ordered
        let known = SchemaValue.object([("anyOf", .list(kinds.map { Self.has($0.rawValue) }))])
        // One question after the other, so that an editor shows the mistakes of one kind, not of all.
        let chain = kinds.reversed().reduce(known) { rest, kind in
            .object([
                ("if", Self.has(kind.rawValue)), ("then", .object([("$ref", .text("#/$defs/\(kind.rawValue)"))])),
                ("else", rest),
            ])
        }
        let definitions = kinds.map { (key: $0.rawValue, value: document($0)) } + [(key: "steps", value: steps)]
        return header("Carillon").adding([("type", .text("object"))] + chain.fields)
            .adding([("$defs", .object(definitions))]).written() + "\n"
    }

    private func header(_ title: String) -> SchemaValue {
        .object([
            ("$schema", .text("https://json-schema.org/draft/2020-12/schema")), ("title", .text(title)),
        ])
    }

    /// The kinds in an order in which a key that is also a kind (`policy` of a campaign) is asked for later.
    private static let ordered: [DocumentKind] = {
        var left = DocumentKind.allCases
        var sorted: [DocumentKind] = []
        while !left.isEmpty {
            let free = left.firstIndex { kind in
                !left.contains { other in other != kind && other.keys.contains { $0.name == kind.rawValue } }
            }
            sorted.append(left.remove(at: free ?? 0))
        }
        return sorted
    }()

    private static func has(_ key: String) -> SchemaValue {
        .object([("required", .texts([key]))])
    }

    // MARK: Documents

    private func document(_ kind: DocumentKind) -> SchemaValue {
        let first =
            kind == .test
            ? Key(kind.rawValue, .headerText, required: true, "What it shows, in a sentence.")
            : Key(kind.rawValue, .id, required: true, "The id, unique among all of this kind.")
        guard kind == .channel, !catalog.providers.isEmpty else { return mapping([first] + kind.keys) }
        // A provider brings its own keys, so each has a closed form of its own.
        let names = catalog.providers.map(\.name)
        let provider = SchemaValue.object([("provider", .object([("enum", .texts(names))]))])
        let forms = catalog.providers.map { provider in
            let own = provider.keys.filter { key in !kind.keys.contains { $0.name == key.name } }
            let isIt = SchemaValue.object([("provider", .object([("const", .text(provider.name))]))])
            return SchemaValue.object([
                ("if", .object([("properties", isIt), ("required", .texts(["provider"]))])),
                ("then", mapping([first] + kind.keys + own)),
            ])
        }
        return .object([
            ("type", .text("object")), ("properties", provider), ("required", .texts(["channel", "provider"])),
            ("allOf", .list(forms)),
        ])
    }

    private func mapping(_ keys: [Key]) -> SchemaValue {
        let properties = keys.map { key in
            var value = self.value(key.shape)
            if !key.summary.isEmpty { value = .object([("description", .text(key.summary))]).adding(value.fields) }
            return (key: key.name, value: value)
        }
        var fields: [(key: String, value: SchemaValue)] = [
            ("type", .text("object")), ("properties", .object(properties)),
        ]
        let required = keys.filter(\.isRequired).map(\.name)
        if !required.isEmpty { fields.append(("required", .texts(required))) }
        fields.append(("additionalProperties", .flag(false)))
        return .object(fields)
    }

    /// Lists of steps hold lists of steps, so they have a name.
    private var steps: SchemaValue {
        let verbs = StepVerb.allCases
        let known = SchemaValue.object([("anyOf", .list(verbs.map { Self.has($0.rawValue) }))])
        let step = verbs.reversed().reduce(known) { rest, verb in
            .object([
                ("if", Self.has(verb.rawValue)), ("then", mapping([verb.key] + verb.modifiers)), ("else", rest),
            ])
        }
        return .object([
            ("type", .text("array")), ("minItems", .number(1)), ("maxItems", .number(ShapeChecker.entryLimit)),
            ("items", SchemaValue.object([("type", .text("object"))]).adding(step.fields)),
        ])
    }

    // MARK: Values

    private func value(_ shape: Shape) -> SchemaValue {
        switch shape {
        case .mapping(let keys): mapping(keys)
        case .map(let keys, let values, let own): map(keys, values, own)
        case .keyed(let name, let keys, let other):
            .object([("if", Self.has(name)), ("then", mapping(keys)), ("else", value(other))])
        case .list(let element):
            .object([
                ("type", .text("array")), ("items", value(element)), ("maxItems", .number(ShapeChecker.entryLimit)),
            ])
        case .scalarOr(let short, let long): .object([("anyOf", .list([value(short), value(long)]))])
        case .condition:
            .object([
                (
                    "anyOf",
                    .list([
                        Self.text(),
                        .object([("type", .text("array")), ("items", Self.text()), ("minItems", .number(1))]),
                    ])
                )
            ])
        case .steps: .object([("$ref", .text("#/$defs/steps"))])
        case .any: .object([])
        default: SchemaScalar.value(shape) ?? .object([])
        }
    }

    private func map(_ keys: Shape.KeyShape, _ values: Shape, _ own: [Key]) -> SchemaValue {
        let size = (key: "maxProperties", value: SchemaValue.number(ShapeChecker.entryLimit))
        guard !own.isEmpty else {
            return .object([
                ("type", .text("object")), ("propertyNames", name(keys)), ("additionalProperties", value(values)), size,
            ])
        }
        let names = SchemaValue.object([("anyOf", .list([name(keys), .object([("enum", .texts(own.map(\.name)))])]))])
        let properties = own.map { key in
            let about: [(key: String, value: SchemaValue)] =
                key.summary.isEmpty ? [] : [("description", .text(key.summary))]
            return (key: key.name, value: SchemaValue.object(about).adding(value(key.shape).fields))
        }
        return .object([
            ("type", .text("object")), ("properties", .object(properties)), ("propertyNames", names),
            ("additionalProperties", value(values)), size,
        ])
    }

    private func name(_ shape: Shape.KeyShape) -> SchemaValue {
        switch shape {
        case .id: SchemaScalar.pattern(SchemaScalar.id)
        case .language: SchemaScalar.pattern(SchemaScalar.language)
        case .currency: SchemaScalar.pattern("^[A-Z]{3}$")
        case .fieldName: SchemaScalar.pattern("^[a-z][a-z0-9_]{0,47}$")
        case .domain: SchemaScalar.pattern(#"^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$"#)
        case .words(let words): .object([("enum", .texts(words))])
        case .property: SchemaScalar.pattern("^[A-Za-z][A-Za-z0-9_]{0,47}$")
        }
    }

    private static func text() -> SchemaValue { SchemaScalar.text() }
}

extension SchemaValue {
    fileprivate var fields: [(key: String, value: SchemaValue)] {
        if case .object(let fields) = self { fields } else { [] }
    }
}

extension Key {
    /// Whether steps stand at it.
    fileprivate var isSteps: Bool {
        if case .steps = shape { true } else { false }
    }
}
