import RuleEngine

/// How things are called in hovers and lists.
enum Wording {
    static func type(_ type: TypeInfo) -> String {
        (type.isOptional ? "optional " : "") + LanguageWords.name(of: type.type)
    }

    static func fields(_ event: EventSchema) -> String {
        event.fields.map(\.name).joined(separator: ", ")
    }

    /// What a document says of itself; of a template the first line that people would read.
    static func about(_ document: Document) -> String {
        if let about = document.value("about")?.scalar?.text, !about.isEmpty { return about }
        return document.kind == .template ? firstLine(document) ?? "" : ""
    }

    static func firstLine(_ template: Document) -> String? {
        for kind in Catalog.channelKinds {
            for language in template.value(kind)?.entries ?? [] {
                let text =
                    language.value.value("subject")?.scalar ?? language.value.scalar
                    ?? language.value.value("approved_as")?.scalar
                guard let first = text?.text.split(separator: "\n").first else { continue }
                return String(first)
            }
        }
        return nil
    }
}

extension Shape {
    /// What stands below it is indented, so nothing follows on its line.
    var isNested: Bool {
        switch self {
        case .mapping, .map, .keyed, .list, .steps: true
        default: false
        }
    }

    var longForm: Shape {
        if case .scalarOr(_, let long) = self { long } else { self }
    }

    /// As a fragment's input has it.
    var typeWord: String {
        switch self {
        case .event: "event"
        case .duration: "duration"
        default: ""
        }
    }
}
