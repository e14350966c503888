/// The frame that a brand puts around email, by language; under the empty language the one for all of them.
struct CheckedLayout: Sendable {
    var span: SourceSpan
    var texts: [String: CompiledText] = [:]
    var html: [String: CompiledText] = [:]

    func frame(_ field: String, language: String, fallback: String?) -> CompiledText? {
        let all = field == "html" ? html : texts
        let base = language.split(separator: "-").first.map(String.init)
        for tag in [language, base, fallback, ""].compactMap({ $0 }) {
            if let frame = all[tag] { return frame }
        }
        return all.count == 1 ? all.first?.value : nil
    }
}

/// Texts that messages share, and frames around them.
extension ProjectChecker {
    mutating func checkBlocks() {
        for document in sound(.block) {
            func texts(_ key: String) -> [String: EmbeddedText] {
                var found: [String: EmbeddedText] = [:]
                for entry in document.value(key)?.entries ?? [] {
                    if let scalar = entry.value.scalar { found[entry.key.text] = scalar.embedded }
                }
                return found
            }
            let block = TextBlock(
                id: document.id, span: document.idSpan, texts: texts("text"), html: texts("html"))
            if block.texts.isEmpty, block.html.isEmpty {
                diagnostics.report(.missingKey(document.idSpan, "text", in: "a block"))
                continue
            }
            blocks[document.id] = block
        }
        checkUnusedBlocks()
    }

    /// A block is checked where it is shown, because there its path is known. One that nobody shows is checked alone.
    private mutating func checkUnusedBlocks() {
        guard !blocks.isEmpty else { return }
        var used: Set<String> = []
        for document in documents where document.kind != .block { Self.collectBlocks(in: document.node, into: &used) }
        for (id, block) in blocks.sorted(by: { $0.key < $1.key }) where !used.contains(id) {
            for (texts, kind) in [(block.texts, TextKind.plain), (block.html, .html)] {
                for (language, text) in texts.sorted(by: { $0.key < $1.key }) {
                    var scope = TemplateScope(expressions: messageScope(nil), language: language)
                    scope.blocks = blocks
                    _ = TemplateCompiler.compile(text, as: kind, in: scope, reporting: &diagnostics)
                }
            }
        }
    }

    private static func collectBlocks(in node: SyntaxNode, into used: inout Set<String>) {
        for item in node.items ?? [] { collectBlocks(in: item, into: &used) }
        for entry in node.entries ?? [] { collectBlocks(in: entry.value, into: &used) }
        if let text = node.scalar?.text { used.formUnion(BlockNames.all(in: text)) }
    }

    // MARK: Layouts

    mutating func checkLayouts() {
        guard let document = settingsDocument, document.isSound else { return }
        for brand in document.value("brands")?.entries ?? [] {
            guard let entry = brand.value.entry("layout") else { continue }
            var layout = CheckedLayout(span: entry.key.span)
            layout.texts = frames(entry.value.value("text"), as: .plain)
            layout.html = frames(entry.value.value("html"), as: .html)
            layouts[brand.key.text] = layout
        }
    }

    private mutating func frames(_ node: SyntaxNode?, as kind: TextKind) -> [String: CompiledText] {
        guard let node else { return [:] }
        var parts = (node.entries ?? []).map { ($0.key.text, $0.value.scalar) }
        if let one = node.scalar { parts = [("", one)] }
        var frames: [String: CompiledText] = [:]
        for (language, scalar) in parts {
            guard let scalar else { continue }
            var scope = TemplateScope(
                expressions: self.scope(TemplateScope.messageRoots),
                language: language.isEmpty ? settings.languageFallback ?? "en" : language)
            scope.blocks = blocks
            scope.languageFallback = settings.languageFallback
            scope.isLayout = true
            frames[language] = TemplateCompiler.compile(
                scalar.embedded, as: kind, in: scope, reporting: &diagnostics)
        }
        return frames
    }

    /// What every reader of a text gets from its frame, whichever brand sends it.
    func framesAlwaysHave(_ field: String) -> TemplateUses {
        guard !layouts.isEmpty, layouts.count == settings.brands.count else { return [] }
        var common: TemplateUses?
        for layout in layouts.values {
            let frames = (field == "html" ? layout.html : layout.texts).values
            if frames.isEmpty { return [] }
            for frame in frames { common = common?.intersection(frame.always) ?? frame.always }
        }
        return common ?? []
    }

    /// The template's email in its brand's frame; nil where the frame is not there for a language.
    mutating func framed(_ template: CheckedTemplate?, by brand: Brand?, at place: SourceSpan) -> CheckedTemplate? {
        guard var template, let id = brand?.layout, let layout = layouts[id] else { return template }
        var isSound = true
        for (language, message) in (template.messages["email"] ?? [:]).sorted(by: { $0.key < $1.key }) {
            var fields = message.fields
            for (field, hasFrames) in [("text", !layout.texts.isEmpty), ("html", !layout.html.isEmpty)] where hasFrames
            {
                guard let text = fields[field] else { continue }
                guard let frame = layout.frame(field, language: language, fallback: settings.languageFallback) else {
                    diagnostics.report(
                        .layoutWithoutLanguage(
                            layout.span, brand: id, language: language, isHTML: field == "html", at: place))
                    isSound = false
                    continue
                }
                if !text.endsInText {
                    diagnostics.report(.htmlEndsInTag(message.span, layout: layout.span))
                    isSound = false
                    continue
                }
                fields[field] = text.framed(by: frame)
            }
            var framed = CompiledMessage(language: message.language, fields: fields, span: message.span)
            framed.approved = message.approved
            framed.parts = message.parts
            template.messages["email"]?[language] = framed
        }
        return isSound ? template : nil
    }
}

/// Finds `<<block "id">>` in a text before it is compiled.
enum BlockNames {
    static func all(in text: String) -> Set<String> {
        guard text.utf8.contains(UInt8(ascii: "<")) else { return [] }
        var found: Set<String> = []
        var rest = text[...]
        while let open = rest.firstRange(of: "<<block") {
            rest = rest[open.upperBound...]
            let argument = rest.drop { $0 == " " }
            guard argument.first == "\"" else { continue }
            found.insert(String(argument.dropFirst().prefix { $0 != "\"" && $0 != "\n" }))
        }
        return found
    }
}
