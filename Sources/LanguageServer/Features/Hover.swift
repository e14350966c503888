import RuleEngine

extension Inquiry {
    func hover(at offset: Int) -> JSONValue {
        if let here = project.occurrence(at: offset, in: file) {
            guard let text = about(here.symbol) else { return .null }
            return hover(text, lines.range(here.span))
        }
        let context = CursorContext(bytes, at: endOfWord(offset))
        guard let shape = ShapePath.shape(at: context, in: project.catalog) else { return .null }
        switch context.role {
        case .comment: return .null
        case .key: return key(at: offset, in: shape)
        case .value:
            if case .template = shape { return text(at: offset, in: context) }
            if case .scalarOr(.template, _) = shape { return text(at: offset, in: context) }
            if case .condition = shape { return word(at: offset) }
            if case .expression = shape { return word(at: offset) }
            return .null
        }
    }

    private func hover(_ text: String, _ range: JSONValue) -> JSONValue {
        ["contents": ["kind": "markdown", "value": .text(text)], "range": range]
    }

    private func endOfWord(_ offset: Int) -> Int {
        var end = min(offset, bytes.count)
        while end < bytes.count, CompletionWriter.isNamePart(bytes[end]) { end += 1 }
        return end
    }

    private func wordRange(_ offset: Int) -> Range<Int> {
        var start = min(offset, bytes.count)
        while start > 0, CompletionWriter.isNamePart(bytes[start - 1]) { start -= 1 }
        return start..<endOfWord(offset)
    }

    // MARK: Keys and words

    private func key(at offset: Int, in shape: Shape) -> JSONValue {
        let range = wordRange(offset)
        let name = String(decoding: bytes[range], as: UTF8.self)
        guard let key = ShapePath.keys(of: shape)?.first(where: { $0.name == name }) else { return .null }
        var text = "`\(key.name)`"
        if key.isRequired { text += ", required" }
        if !key.summary.isEmpty { text += "\n\n\(key.summary)" }
        text += "\n\nIts value is \(key.shape.description)."
        return hover(text, lines.range(range))
    }

    /// A function or filter.
    private func word(at offset: Int) -> JSONValue {
        let range = wordRange(offset)
        let name = String(decoding: bytes[range], as: UTF8.self)
        guard let word = LanguageWords.functions.first(where: { $0.name == name }) else { return .null }
        return hover("`\(word.usage)`", lines.range(range))
    }

    private func text(at offset: Int, in context: CursorContext) -> JSONValue {
        let range = wordRange(offset)
        let name = String(decoding: bytes[range], as: UTF8.self)
        if let mark = TemplateMarks.all(in: context.written).last, !mark.isClosed, !name.isEmpty {
            let isFilter = mark.expression.upperBound < mark.content.upperBound
            let words = isFilter ? LanguageWords.filters : LanguageWords.functions
            if let word = words.first(where: { $0.name == name }) {
                return hover("`\(word.usage)`", lines.range(range))
            }
        }
        guard context.path.contains(.key("sms")), let scalar = scalar(at: offset) else { return .null }
        return hover(size(of: scalar), lines.range(scalar.span))
    }

    /// The scalar around an offset.
    private func scalar(at offset: Int) -> SyntaxScalar? {
        func find(_ node: SyntaxNode) -> SyntaxScalar? {
            guard Int(node.span.start) <= offset, offset <= Int(node.span.end) else { return nil }
            if let scalar = node.scalar { return scalar }
            for entry in node.entries ?? [] { if let found = find(entry.value) { return found } }
            for item in node.items ?? [] { if let found = find(item) { return found } }
            return nil
        }
        return project.documents(in: file).lazy.compactMap { find($0.node) }.first
    }

    /// The longest that a text message can be for anybody, and what that assumes.
    private func size(of scalar: SyntaxScalar) -> String {
        guard let longest = longest(of: scalar) else { return guessedSize(of: scalar) }
        let parts = longest.segments == 1 ? "1 part" : "\(longest.segments) parts"
        let size = "\(longest.units) characters as \(longest.encoding.rawValue), \(parts)"
        if longest.assumed.isEmpty { return size }
        let names = longest.assumed.prefix(3).map { "`\($0)`" }.joined(separator: ", ")
        return "up to \(size), with usual values in \(names)\(longest.assumed.count > 3 ? " …" : "")"
    }

    /// Nil where the text is not compiled: it stands in a program, or has errors.
    private func longest(of scalar: SyntaxScalar) -> LongestRendering? {
        for document in project.documents(in: file) where document.kind == .template {
            guard let entry = document.value("sms")?.entries?.first(where: { $0.value.span == scalar.span }),
                let text = project.templates[document.id]?.messages["sms"]?[entry.key.text]?.fields["text"]
            else { continue }
            return text.longest(RenderingFacts(schema: project.schema, settings: project.settings), assuming: .usual)
        }
        return nil
    }

    /// A guess, and it says so: what stands in a mark differs from person to person.
    private func guessedSize(of scalar: SyntaxScalar) -> String {
        let text = Array(scalar.text.utf8)
        var filled: [UInt8] = []
        var at = 0
        var hasMarks = false
        for mark in TemplateMarks.all(in: text) where mark.isClosed && mark.content.lowerBound >= at + 2 {
            filled += text[at..<mark.content.lowerBound - 2]
            if !mark.expression.isEmpty {
                hasMarks = true
                filled += Array(repeating: UInt8(ascii: "n"), count: Self.assumedLength)
            }
            at = mark.content.upperBound + 2
        }
        filled += text[min(at, text.count)...]
        let size = session.disk.sizeAsSMS(String(decoding: filled, as: UTF8.self))
        return hasMarks ? "\(size), if each mark gives \(Self.assumedLength) characters" : size
    }

    private static let assumedLength = 12

    // MARK: Symbols

    private func about(_ symbol: Symbol) -> String? {
        switch symbol {
        case .document(let kind, let id):
            guard let document = project.document(kind, id) else { return nil }
            return about(document)
        case .contactField(let name):
            guard let slot = project.schema.slot(of: name) else { return nil }
            let field = project.schema.fields[slot]
            return "`contact.\(name)`: \(Wording.type(field.type))"
                + (field.isPersonal ? "\n\nPersonal: previews, traces and logs hide it." : "")
                + (field.declaration == nil ? "\n\nA field that every project has." : "")
        case .event(let name):
            guard let event = project.events[name] else { return nil }
            return "event `\(name)`" + event.fields.map { "\n- `\($0.name)`: \(self.type($0))" }.joined()
        case .eventField(let event, let name):
            guard let field = project.events[event]?.field(name) else { return nil }
            return "`\(name)` of the event `\(event)`: \(type(field))"
        case .step(_, _, let name):
            guard let target = project.definition(of: symbol), let step = step(at: target.span) else { return nil }
            return "step `\(name)`: \(step)"
        case .input(let fragment, let name):
            guard let input = project.document(.fragment, fragment)?.value("inputs")?.value(name) else { return nil }
            let type = (input.scalar ?? input.value("type")?.scalar)?.text ?? ""
            let standard = input.value("default")?.scalar.map { ", `\($0.text)` if nothing is given" } ?? ""
            return "input `\(name)` of the fragment `\(fragment)`: \(type)\(standard)"
        case .team(let name): return project.settings.teams.contains(name) ? "team `\(name)`" : nil
        case .brand(let name):
            return project.settings.brands[name].map { "brand `\(name)`: \($0.name)" }
        case .openingHours(let name):
            return project.settings.openingHours[name].map { "opening hours `\(name)`, on the clock of \($0.zone)" }
        case .call(let name):
            return project.settings.calls[name].map { "`\(name)`: \($0.method) \($0.path)" }
        }
    }

    private func type(_ field: EventField) -> String {
        let own =
            field.record.isEmpty
            ? Wording.type(field.type) : "list of records with " + field.record.map(\.name).joined(separator: ", ")
        return own + (field.isUnique ? ", unique" : "")
    }

    private func about(_ document: Document) -> String {
        var text = "\(document.kind.rawValue) `\(document.id)`"
        if let about = document.value("about")?.scalar?.text { text += "\n\n\(about)" }
        switch document.kind {
        case .template:
            if let line = Wording.firstLine(document) { text += "\n\n> \(line)" }
            let kinds = Catalog.channelKinds.compactMap { kind -> String? in
                guard let languages = document.value(kind)?.entries, !languages.isEmpty else { return nil }
                return "\(kind) (\(languages.map(\.key.text).joined(separator: ", ")))"
            }
            if !kinds.isEmpty { text += "\n\n" + kinds.joined(separator: ", ") }
        case .segment:
            for condition in document.value("where").map({
                $0.scalar.map { [$0] } ?? $0.items?.compactMap(\.scalar) ?? []
            }) ?? [] {
                text += "\n- `\(condition.text)`"
            }
        case .channel:
            if let kind = document.value("kind")?.scalar?.text, let provider = document.value("provider")?.scalar?.text
            {
                text += "\n\n\(kind) by \(provider)"
            }
        case .route:
            let candidates = document.value("candidates")?.items?.compactMap(\.scalar?.text) ?? []
            if !candidates.isEmpty { text += "\n\n" + candidates.joined(separator: ", ") }
        case .fragment:
            for input in document.value("inputs")?.entries ?? [] {
                text +=
                    "\n- `\(input.key.text)`: \((input.value.scalar ?? input.value.value("type")?.scalar)?.text ?? "")"
            }
        case .project, .schema, .policy, .block, .campaign, .sequence, .rule, .test: break
        }
        return text
    }

    /// The verb of the step whose `name:` stands there, as it is written.
    private func step(at name: SourceSpan) -> String? {
        func find(_ node: SyntaxNode) -> SyntaxNode? {
            guard node.span.start <= name.start, name.end <= node.span.end else { return nil }
            for entry in node.entries ?? [] { if let found = find(entry.value) { return found } }
            for item in node.items ?? [] { if let found = find(item) { return found } }
            return node.entries == nil ? nil : node
        }
        let node = project.documents(in: name.file).lazy.compactMap { find($0.node) }.first
        guard let verb = node?.entries?.first(where: { StepVerb(rawValue: $0.key.text) != nil }) else { return nil }
        return verb.key.text + (verb.value.scalar.map { " \($0.text)" } ?? "")
    }
}
