import RuleEngine

/// One thing to offer.
struct Suggestion {
    enum Kind: Int {
        case function = 3, field = 5, module = 9, property = 10, value = 12, keyword = 14, reference = 18, event = 23
    }

    let text: String
    let kind: Kind
    var detail = ""
    var about = ""
    /// What is written, where that is more than the text.
    var inserted: String?
}

extension Inquiry {
    func completion(at offset: Int) -> JSONValue {
        let writer = CompletionWriter(self, CursorContext(bytes, at: offset))
        let range = lines.range(writer.replaced)
        let items = writer.suggestions.enumerated().map { index, suggestion -> JSONValue in
            .fields([
                "label": .text(suggestion.text), "kind": .integer(suggestion.kind.rawValue),
                "detail": suggestion.detail.isEmpty ? nil : .text(suggestion.detail),
                "documentation": suggestion.about.isEmpty ? nil : .text(suggestion.about),
                // The order of the tables is the order in which files are written.
                "sortText": .text(String(100_000 + index)),
                "textEdit": ["range": range, "newText": .text(suggestion.inserted ?? suggestion.text)],
            ])
        }
        return ["isIncomplete": false, "items": .list(items)]
    }
}

/// Works out what may stand at a cursor.
struct CompletionWriter {
    let inquiry: Inquiry
    let context: CursorContext
    var suggestions: [Suggestion] = []
    /// The bytes that a suggestion takes the place of.
    private(set) var replaced: Range<Int>

    var project: IncrementalCompiler { inquiry.project }

    init(_ inquiry: Inquiry, _ context: CursorContext) {
        self.inquiry = inquiry
        self.context = context
        replaced = Self.word(inquiry.bytes, context.offset)
        if context.role == .comment { return }
        guard context.kind != nil else {
            suggestions = DocumentKind.allCases.map {
                Suggestion(text: $0.rawValue, kind: .module, inserted: $0.rawValue + ": ")
            }
            return
        }
        let shape = ShapePath.shape(at: context, in: project.catalog)
        switch context.role {
        case .key(let siblings):
            if let shape, isScalar(shape) { value(shape) } else { key(shape, siblings) }
        case .value: if let shape { value(shape) }
        case .comment: break
        }
    }

    /// An item of a list that has no colon yet may be a key or a whole value; the shape knows.
    private func isScalar(_ shape: Shape) -> Bool {
        switch shape {
        case .mapping, .map, .keyed, .steps, .list: false
        case .scalarOr(let short, let long):
            isScalar(short) && context.path.last.map { $0 == .item([]) } ?? false && isScalar(long)
        default: true
        }
    }

    private static func word(_ bytes: [UInt8], _ offset: Int) -> Range<Int> {
        var start = min(offset, bytes.count)
        while start > 0, isNamePart(bytes[start - 1]) { start -= 1 }
        var end = min(offset, bytes.count)
        while end < bytes.count, isNamePart(bytes[end]) { end += 1 }
        return start..<end
    }

    static func isNamePart(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte | 0x20) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "_")
            || byte == UInt8(ascii: "-")
    }

    mutating func offer(_ names: some Sequence<String>, _ kind: Suggestion.Kind, _ detail: String = "") {
        for name in names { suggestions.append(Suggestion(text: name, kind: kind, detail: detail)) }
    }

    mutating func replace(_ range: Range<Int>) { replaced = range }

    // MARK: Keys

    private mutating func key(_ shape: Shape?, _ siblings: [String]) {
        guard let shape else { return }
        if let keys = ShapePath.keys(of: shape) {
            for key in keys where !siblings.contains(key.name) {
                suggestions.append(
                    Suggestion(
                        text: key.name, kind: .property, detail: key.isRequired ? "required" : key.shape.description,
                        about: key.summary, inserted: key.name + (key.shape.isNested ? ":" : ": ")))
            }
            return
        }
        guard case .map(let names, _) = shape.longForm else { return }
        let known: [(String, String)]
        switch names {
        case .words(let words): known = words.map { ($0, "") }
        case .currency: known = []
        case .id, .fieldName, .language, .domain, .property: known = freeKeys
        }
        for (name, detail) in known where !siblings.contains(name) {
            suggestions.append(Suggestion(text: name, kind: .field, detail: detail, inserted: name + ": "))
        }
    }

    /// Names that a map's keys are taken from, though the tables leave them free.
    private var freeKeys: [(String, String)] {
        switch context.path.last {
        case .key("set"), .key("contact"):
            if context.kind == .schema { return [] }
            return project.schema.fields.map { ($0.name, Wording.type($0.type)) }
        case .key("with"):
            if let fragment = context.enclosing("use").flatMap({ project.document(.fragment, $0) }) {
                return (fragment.value("inputs")?.entries ?? []).map { entry in
                    (entry.key.text, (entry.value.scalar ?? entry.value.value("type")?.scalar)?.text ?? "")
                }
            }
            let event = startedEvent ?? context.enclosing("event", "emit")
            return event.flatMap { project.events[$0] }?.fields.map { ($0.name, Wording.type($0.type)) } ?? []
        case .key("consent"): return Catalog.channelKinds.map { ($0, "") }
        case .key, .item, nil: return []
        }
    }

    private var startedEvent: String? {
        guard let words = context.enclosing("start")?.split(separator: " "), words.count == 2,
            let kind = DocumentKind(rawValue: String(words[0])),
            let begin = project.document(kind, String(words[1])).flatMap({ $0.value("enter") ?? $0.value("trigger") })
        else { return nil }
        return (begin.value("event") ?? begin.value("webhook"))?.scalar?.text
    }
}
