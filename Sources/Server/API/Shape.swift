import Runner

/// The form of a value: what the document says of it, and what requests are held to. There is one description, so that
/// what is told and what is checked can't differ.
indirect enum Shape: Sendable {
    /// So many characters.
    case text(ClosedRange<Int>)
    case spelled(Spelling)
    /// What documents of the project are called by: small letters, digits and hyphens.
    case name
    /// RFC 3339 with an offset.
    case instant
    /// `2027-03-18`.
    case day
    case integer(ClosedRange<Int64>)
    case number
    case flag
    case choice([String])
    case list(Shape, most: Int)
    /// These members and no others.
    case object([Member])
    /// Members by names that the schema or the caller gives.
    case members(Shape)
    case either([Shape])
    case null
    case anything
    /// What the document tells beside the shape, as JSON Schema: how members depend on each other. The handler asks for it, with
    /// words of its own.
    case ruled(Shape, [JSON])
    /// Kept once in the document, under this name.
    case named(String, Shape)

    struct Member: Sendable {
        let name: String
        let shape: Shape
        let isRequired: Bool
        let about: String?

        static func needed(_ name: String, _ shape: Shape, _ about: String? = nil) -> Member {
            Member(name: name, shape: shape, isRequired: true, about: about)
        }

        static func optional(_ name: String, _ shape: Shape, _ about: String? = nil) -> Member {
            Member(name: name, shape: shape, isRequired: false, about: about)
        }
    }

    static let namePattern = "^[a-z][a-z0-9-]{0,63}$"
    static let word = Shape.text(1...256)
    static let words = Shape.text(0...100_000)

    /// Or nothing.
    var orNull: Shape { .either([self, .null]) }

    static let money = Shape.named(
        "Money", .object([.needed("currency", .text(3...3)), .needed("micros", .integer(.min ... .max))]))
}

// MARK: Told

extension Shape {
    /// As JSON Schema (2020-12), which OpenAPI 3.1 speaks.
    var schema: JSON {
        switch self {
        case .text(let length):
            return [
                "type": "string", "minLength": JSON(length.lowerBound), "maxLength": JSON(length.upperBound),
                // No NUL: neither files nor databases keep one.
                "pattern": "^[^\\u0000]*$",
            ]
        case .spelled(let spelling):
            return [
                "type": "string", "pattern": .string(spelling.pattern), "maxLength": JSON(spelling.most),
            ]
        case .name: return ["type": "string", "pattern": .string(Self.namePattern)]
        case .instant: return ["type": "string", "format": "date-time"]
        case .day: return ["type": "string", "format": "date"]
        case .integer(let range):
            var schema: JSON = ["type": "integer"]
            if range.lowerBound > .min { schema = schema.adding("minimum", .integer(range.lowerBound)) }
            if range.upperBound < .max { schema = schema.adding("maximum", .integer(range.upperBound)) }
            return schema
        case .number: return ["type": "number"]
        case .flag: return ["type": "boolean"]
        case .choice(let words): return ["type": "string", "enum": JSON(words)]
        case .list(let item, let most): return ["type": "array", "items": item.schema, "maxItems": JSON(most)]
        case .object(let members):
            let properties = members.map { member in
                JSON.Entry(
                    key: member.name,
                    value: member.about.map { member.shape.described($0) } ?? member.shape.schema)
            }
            return [
                "type": "object", "required": JSON(members.filter(\.isRequired).map(\.name)),
                "properties": .object(properties), "additionalProperties": false,
            ]
        case .members(let value): return ["type": "object", "additionalProperties": value.schema]
        case .either(let shapes): return ["anyOf": .array(shapes.map(\.schema))]
        case .null: return ["type": "null"]
        case .anything: return .object([])
        case .ruled(let shape, let rules): return shape.schema.adding("allOf", .array(rules))
        case .named(let name, _): return ["$ref": .string("#/components/schemas/" + name)]
        }
    }

    private func described(_ about: String) -> JSON {
        schema.adding("description", .string(about))
    }

    /// Every shape below this one that has a name, this one among them.
    func collect(into named: inout [String: Shape]) {
        switch self {
        case .named(let name, let shape):
            named[name] = shape
            shape.collect(into: &named)
        case .list(let item, _): item.collect(into: &named)
        case .object(let members): for member in members { member.shape.collect(into: &named) }
        case .members(let value), .ruled(let value, _): value.collect(into: &named)
        case .either(let shapes): for shape in shapes { shape.collect(into: &named) }
        case .text, .spelled, .name, .instant, .day, .integer, .number, .flag, .choice, .null, .anything: break
        }
    }
}

// MARK: Checked

extension Shape {
    struct Fault: Error {
        let path: String
        /// `unknown_key`, `missing_key`, `wrong_value`, or what a spelling says.
        let code: String
        let detail: String
        let help: String?
    }

    /// Nil for a value of this form.
    func fault(in value: JSON, at path: String = "") -> Fault? {
        switch self {
        case .anything: return nil
        case .named(_, let shape), .ruled(let shape, _): return shape.fault(in: value, at: path)
        case .null:
            if case .null = value { return nil }
            return wrong(path)
        case .text(let length):
            guard let text = value.string, length.contains(text.unicodeScalars.count), !text.utf8.contains(0) else {
                return wrong(path)
            }
            return nil
        case .spelled(let spelling):
            if value.string.map({ spelling.takes($0) }) == true { return nil }
            return Fault(
                path: path, code: spelling.code, detail: "`\(path.dropFirst())` is not \(spelling.words)",
                help: spelling.help)
        case .name:
            guard let text = value.string?.utf8, text.count <= 64, let first = text.first,
                (0x61...0x7A).contains(first),
                text.allSatisfy({ (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D })
            else { return wrong(path) }
            return nil
        case .instant: return value.string.flatMap { ISOInstant.read($0) } == nil ? wrong(path) : nil
        case .day: return value.string.flatMap { ISODay.read($0) } == nil ? wrong(path) : nil
        case .integer(let range): return value.integer.map { range.contains($0) } == true ? nil : wrong(path)
        case .number:
            if case .written = value { return nil }
            return value.integer == nil ? wrong(path) : nil
        case .flag: return value.flag == nil ? wrong(path) : nil
        case .choice(let words):
            return value.string.map { words.contains($0) } == true ? nil : wrong(path)
        case .list(let item, let most):
            guard case .array(let items) = value, items.count <= most else { return wrong(path) }
            for (index, entry) in items.enumerated() {
                if let fault = item.fault(in: entry, at: "\(path)/\(index)") { return fault }
            }
            return nil
        case .members(let shape):
            guard case .object(let entries) = value else { return wrong(path) }
            for entry in entries {
                if let fault = shape.fault(in: entry.value, at: "\(path)/\(entry.key)") { return fault }
            }
            return nil
        case .object(let members): return fault(in: value, of: members, at: path)
        case .either(let shapes):
            var first: Fault?
            for shape in shapes {
                guard let fault = shape.fault(in: value, at: path) else { return nil }
                // What is wrong further in belongs to the form that was meant.
                if first.map({ $0.path.utf8.count < fault.path.utf8.count }) ?? true { first = fault }
            }
            return first.map { $0.path == path ? wrong(path) : $0 }
        }
    }

    private func fault(in value: JSON, of members: [Member], at path: String) -> Fault? {
        guard case .object(let entries) = value else { return wrong(path) }
        for entry in entries {
            guard let member = members.first(where: { $0.name == entry.key }) else {
                let known = members.map(\.name).joined(separator: ", ")
                return Fault(
                    path: "\(path)/\(entry.key)", code: "unknown_key", detail: "there is no `\(entry.key)` here",
                    help: known.isEmpty ? nil : "known: \(known)")
            }
            if let fault = member.shape.fault(in: entry.value, at: "\(path)/\(entry.key)") { return fault }
        }
        for member in members where member.isRequired && value[member.name] == nil {
            return Fault(
                path: "\(path)/\(member.name)", code: "missing_key", detail: "`\(member.name)` is missing",
                help: "it is \(member.shape.words)")
        }
        return nil
    }

    private func wrong(_ path: String) -> Fault {
        Fault(
            path: path, code: "wrong_value",
            detail: path.isEmpty ? "the body is not \(words)" : "`\(path.dropFirst())` is not \(words)", help: nil)
    }

    /// For people.
    var words: String {
        switch self {
        case .text(let length): "a text of \(length.lowerBound) to \(length.upperBound) characters"
        case .spelled(let spelling): spelling.words
        case .name: "a name of small letters, digits and hyphens"
        case .instant: "a point in time like 2027-03-18T10:00:00Z"
        case .day: "a day like 2027-03-18"
        case .integer(let range):
            range.lowerBound > .min && range.upperBound < .max
                ? "a whole number from \(range.lowerBound) to \(range.upperBound)" : "a whole number"
        case .number: "a number"
        case .flag: "true or false"
        case .choice(let words): "one of " + words.joined(separator: ", ")
        case .list(let item, let most): "a list of at most \(most), each \(item.words)"
        case .object, .members: "an object"
        case .either(let shapes): shapes.map(\.words).joined(separator: " or ")
        case .null: "null"
        case .anything: "a value"
        case .named(_, let shape), .ruled(let shape, _): shape.words
        }
    }
}
