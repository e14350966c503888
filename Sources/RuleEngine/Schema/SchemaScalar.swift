/// Scalars as JSON Schemas. To us every scalar is text; other readers make numbers and switches of some, so a schema takes
/// those where our text would read the same.
enum SchemaScalar {
    static let id = "^[a-z0-9][a-z0-9_-]{0,63}$"
    static let language = "^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$"

    /// Nil for shapes that are no scalars.
    static func value(_ shape: Shape) -> SchemaValue? {
        switch shape {
        case .text, .approvedText, .filePattern: plain()
        case .template: text()
        case .headerText: plain(extra: #"^[^\u0000-\u001F\u007F]*$"#)
        case .id: reference("[a-z0-9][a-z0-9_-]{0,63}")
        case .reference(let kind):
            described(reference("[a-z0-9][a-z0-9_-]{0,63}"), "The id of a \(kind.rawValue).")
        case .word(let words): .object([("enum", .texts(words))])
        case .flag:
            .object([("enum", .list([.flag(true), .flag(false)] + ["true", "false", "yes", "no"].map { .text($0) }))])
        case .integer(let range): integer(range)
        case .range: example(pattern(#"^ *[0-9]+ *\.\. *[0-9]+ *$"#), "2000..15000")
        case .money: example(pattern(#"^[A-Z]{3} [0-9]+(\.[0-9]{1,6})?$"#), "EUR 0.075")
        case .rate: example(pattern("^[0-9]+(\\.[0-9]{1,6})?/[smhd]$"), "80/s")
        case .url: example(pattern(#"^https?://[^\s"<>]+$"#), "https://acme.example")
        case .mailbox: example(pattern("^[^\\n]+@[^\\n]+$"), "Acme <news@mail.acme.example>")
        case .timeZone:
            example(pattern("^(UTC|[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z][A-Za-z0-9_+-]*){1,2})$"), "Europe/Berlin")
        case .currency: example(pattern("^[A-Z]{3}$"), "EUR")
        case .language: example(pattern(language), "de-AT")
        case .fieldType: fieldType()
        case .inputType: inputType()
        case .duration: example(reference(#"[0-9]+(s|m|h|d|w)"#), "90m")
        case .share: example(pattern(#"^[0-9]+(\.[0-9]+)?%$"#), "45%")
        case .clock: example(pattern("^[0-9]{1,2}:[0-9]{2}$"), "10:00")
        case .hours: example(pattern("^(all_day|[0-9]{1,2}:[0-9]{2}-[0-9]{1,2}:[0-9]{2})$"), "09:00-18:00")
        case .days: example(plain(), "mon-fri")
        case .date: example(pattern("^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), "2027-03-18")
        case .dateTime: example(pattern("^[0-9]{4}-[0-9]{2}-[0-9]{2}( [0-9]{1,2}:[0-9]{2})?$"), "2027-03-18 10:00")
        case .zone: example(pattern("^[A-Za-z][A-Za-z0-9_+/-]*$"), "contact_zone")
        case .cron: example(pattern("^[0-9*,/-]+( +[0-9*,/-]+){4}$"), "0 9 * * 1")
        case .allowance: example(pattern(#"^[A-Z]{3} [0-9]+(\.[0-9]{1,6})?( per .+)?$"#), "EUR 400 per 30d")
        case .attempts: example(pattern("^[0-9]+ +attempts?$"), "2 attempts")
        case .moment:
            example(pattern("^([0-9]{4}-[0-9]{2}-[0-9]{2} )?[0-9]{1,2}:[0-9]{2}$"), "2027-03-18 10:00")
        case .growth: example(pattern(#"^[0-9]+(\.[0-9]+)?%/d$"#), "30%/d")
        case .frequency: example(pattern("^[0-9]+ per .+$"), "3 per 7d")
        case .span: example(pattern(#"^[0-9 :-]+\.\.[0-9 :-]+$"#), "2027-03-30 09:00 .. 2027-03-30 10:30")
        case .generated: example(pattern("^[0-9]+ +generated$"), "2000 generated")
        case .contactCount: example(pattern("^[0-9]+ +contacts?$"), "5000 contacts")
        case .again: example(pattern("^(never|always|after .+)$"), "after 180d")
        case .expression: text()
        case .event: example(reference("[a-z][a-z0-9_]*"), "order_placed")
        case .call: example(pattern(#"^[a-z0-9][a-z0-9_-]*\.[A-Za-z][A-Za-z0-9_]*$"#), "crm.cart_abandoned")
        case .program: example(pattern("^(sequence|rule) +[a-z0-9][a-z0-9_-]*$"), "sequence win-back")
        case .condition, .steps, .list, .mapping, .map, .keyed, .scalarOr, .any: nil
        }
    }

    /// A text, and what other readers make of one.
    static func text() -> SchemaValue {
        .object([("type", .texts(["string", "number", "boolean"])), ("pattern", .text(#"\S"#))])
    }

    /// Without template marks.
    private static func plain(extra: String? = nil) -> SchemaValue {
        let marks = SchemaValue.object([("type", .text("string")), ("pattern", .text("<<"))])
        let plain = text().adding([("not", marks)])
        guard let extra else { return plain }
        return plain.adding([("allOf", .list([.object([("pattern", .text(extra))])]))])
    }

    /// A number is held against the pattern by nobody: one that fits is read the same.
    static func pattern(_ pattern: String) -> SchemaValue {
        .object([("type", .texts(["string", "integer"])), ("pattern", .text(pattern))])
    }

    private static func integer(_ range: ClosedRange<Int>) -> SchemaValue {
        var number: [(key: String, value: SchemaValue)] = [("type", .text("integer"))]
        if range.lowerBound > .min { number.append(("minimum", .number(range.lowerBound))) }
        if range.upperBound < .max { number.append(("maximum", .number(range.upperBound))) }
        let text = SchemaValue.object([("type", .text("string")), ("pattern", .text("^-?[0-9]+$"))])
        return .object([("anyOf", .list([.object(number), text]))])
    }

    private static func fieldType() -> SchemaValue {
        let names = FieldTypeReader.names.map(\.name).joined(separator: "|")
        return example(pattern(#"^ *(optional +)?(\#(names)|list of text|one_of\([^()]+\)) *$"#), "optional text")
    }

    private static func inputType() -> SchemaValue {
        let names = InputType.names.joined(separator: "|")
        return example(pattern(#"^ *(\#(names)|list of text|one_of\([^()]+\)) *$"#), "duration")
    }

    /// In a fragment, an input may stand instead.
    private static func reference(_ form: String) -> SchemaValue {
        pattern("^(\(form)|input\\.[a-z0-9][a-z0-9_-]*)$")
    }

    private static func described(_ value: SchemaValue, _ text: String) -> SchemaValue {
        value.adding([("description", .text(text))])
    }

    private static func example(_ value: SchemaValue, _ text: String) -> SchemaValue {
        value.adding([("examples", .texts([text]))])
    }
}
