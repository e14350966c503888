extension ProjectChecker {
    /// A `template:` document, or the `message:` of a campaign.
    ///
    /// - Parameters:
    ///   - campaignPurpose: for an inline message.
    ///   - journey: what the texts may ask where a sequence or rule sends them. Nil for a template by itself, which may
    ///     read any event's fields: which event it is follows from the program.
    mutating func checkTemplate(
        _ node: SyntaxNode,
        id: String?,
        idSpan: SourceSpan,
        campaignPurpose: Purpose? = nil,
        journey: ExpressionScope? = nil
    ) -> CheckedTemplate? {
        if let id, id == "message" || id == "text" {
            diagnostics.report(.reservedTemplateID(idSpan, id))
            return nil
        }
        let purpose = node.text("purpose").flatMap(Purpose.init) ?? campaignPurpose
        var messages: [String: [String: CompiledMessage]] = [:]
        var isSound = true
        for entry in node.entries ?? [] where Catalog.channelKinds.contains(entry.key.text) {
            guard let languages = languages(of: entry) else {
                isSound = false
                continue
            }
            for language in languages where language.key.text != "max_segments" {
                if let message = message(language, kind: entry.key.text, purpose: purpose, journey: journey) {
                    messages[entry.key.text, default: [:]][language.key.text] = message
                } else {
                    isSound = false
                }
            }
        }
        if messages.isEmpty, isSound {
            diagnostics.report(.emptyTemplate(idSpan))
            return nil
        }
        guard isSound else { return nil }
        var template = CheckedTemplate(
            id: id, purpose: purpose, topic: node.text("topic"), messages: messages, span: idSpan)
        if let limit = node.value("sms")?.entry("max_segments") {
            template.maxSegments = limit.value.text.flatMap { try? Units.integer($0) }
            isSound = checkSegments(template, limit.value.span, node.value("sms"))
        }
        return isSound ? template : nil
    }

    /// The texts of a channel kind by language. An approved text without a language is the one for everybody.
    private mutating func languages(of entry: SyntaxEntry) -> [SyntaxEntry]? {
        guard let name = entry.value.entry("approved_as") else { return entry.value.entries ?? [] }
        guard let language = entry.value.text("language") ?? settings.languageFallback else {
            diagnostics.report(.missingKey(name.key.span, "language", in: "an approved text for everybody"))
            return nil
        }
        // A provider writes `en_US` where a language tag has a hyphen.
        let tag = language.replacing("_", with: "-")
        let key = SyntaxScalar(text: tag, style: .plain, span: entry.key.span, source: name.key.source)
        return [SyntaxEntry(key: key, value: entry.value)]
    }

    func messageScope(_ journey: ExpressionScope?) -> ExpressionScope {
        var scope = journey ?? scope
        scope.roots.formUnion(TemplateScope.messageRoots)
        if journey == nil {
            scope.roots.insert(.entry)
            scope.journey.entry = .anyEvent
        }
        return scope
    }

    mutating func message(
        _ language: SyntaxEntry,
        kind: String,
        purpose: Purpose?,
        journey: ExpressionScope?
    ) -> CompiledMessage? {
        let parts: [(field: String, kind: TextKind, node: SyntaxNode?)] =
            kind == "email"
            ? [
                ("subject", .header, language.value.value("subject")), ("text", .plain, language.value.value("body")),
                ("html", .html, language.value.value("html")),
            ] : Self.plainParts(language.value)
        var fields: [String: CompiledText] = [:]
        var links: [DeclaredLink] = []
        var isSound = true
        if kind == "email", language.value.value("body") == nil, language.value.value("html") == nil {
            diagnostics.report(.missingKey(language.key.span, "body", in: "an email"))
            return nil
        }
        guard let rich = readParts(language.value, isMail: kind == "email", isSound: &isSound) else { return nil }
        for part in parts + rich.texts {
            guard let text = part.node?.scalar else { continue }
            var scope = TemplateScope(
                expressions: messageScope(journey),
                purpose: purpose,
                language: language.key.text,
                knownLinks: links
            )
            scope.blocks = blocks
            scope.languageFallback = settings.languageFallback
            if let compiled = TemplateCompiler.compile(text.embedded, as: part.kind, in: scope, reporting: &diagnostics)
            {
                fields[part.field] = compiled
                links += compiled.links
                isSound = checkBrowserLink(compiled, text, kind: kind) && isSound
            } else {
                isSound = false
            }
        }
        guard isSound else { return nil }
        if kind == "email", purpose == .marketing { isSound = checkMarketingMail(language, fields) }
        if let text = language.value.value("text")?.scalar, language.value.value("approved_as") != nil {
            isSound = checkGaps(text, values: language.value.value("values")) && isSound
        }
        guard isSound else { return nil }
        var message = CompiledMessage(language: language.key.text, fields: fields, span: language.key.span)
        message.parts = rich.uses
        if let name = language.value.text("approved_as") {
            message.approved = CompiledMessage.Approved(
                name: name,
                language: language.value.text("language") ?? language.key.text
            )
        }
        return message
    }

    /// Only a mail can be looked at in the browser, and only where we have an address.
    private mutating func checkBrowserLink(_ text: CompiledText, _ source: SyntaxScalar, kind: String) -> Bool {
        guard text.uses.contains(.browserLink) else { return true }
        let lacksAddress = settings.publicURL == nil && settingsDocument?.isSound ?? false
        guard kind != "email" || lacksAddress else { return true }
        // In a shared block the mark stands elsewhere.
        let mark = source.embedded.bytes.firstRange(of: Array("browser.link".utf8)).map { source.embedded.span($0) }
        diagnostics.report(
            kind == "email"
                ? .browserLinkWithoutURL(mark ?? source.span) : .browserLinkNotHere(mark ?? source.span, kind: kind))
        return false
    }

    /// Each gap of an approved text has a value, and each value a gap: otherwise the provider refuses every message.
    private mutating func checkGaps(_ text: SyntaxScalar, values: SyntaxNode?) -> Bool {
        let bytes = Array(text.text.utf8)
        var gaps: Set<Int> = []
        var index = 0
        while index + 1 < bytes.count {
            guard bytes[index] == UInt8(ascii: "{"), bytes[index + 1] == UInt8(ascii: "{") else {
                index += 1
                continue
            }
            let digits = bytes[(index + 2)...].prefix { (0x30...0x39).contains($0) }
            let end = index + 2 + digits.count
            guard let number = Int(String(decoding: digits, as: UTF8.self)), number > 0, end + 1 < bytes.count,
                bytes[end] == UInt8(ascii: "}"), bytes[end + 1] == UInt8(ascii: "}")
            else {
                diagnostics.report(.badGap(text.embedded.span(index..<index + 2)))
                return false
            }
            gaps.insert(number)
            index = end + 2
        }
        let items = values?.items ?? []
        if let missing = gaps.filter({ $0 > items.count }).min() {
            diagnostics.report(.gapWithoutValue(text.span, missing, values: items.count))
            return false
        }
        for (index, item) in items.enumerated() where !gaps.contains(index + 1) {
            diagnostics.report(.valueWithoutGap(item.span, index + 1, text: text.span))
            return false
        }
        return true
    }

    /// The text of a plain channel, or the values of a text that lies with the provider.
    private static func plainParts(_ node: SyntaxNode) -> [(field: String, kind: TextKind, node: SyntaxNode?)] {
        guard node.scalar == nil else { return [("text", .plain, node)] }
        // The text of an approved one lies with the provider.
        if node.value("approved_as") == nil { return [("text", .plain, node.value("text"))] }
        return (node.value("values")?.items ?? []).enumerated().map { ("value.\($0.offset + 1)", .plain, $0.element) }
    }

    /// Law as a type rule: whoever gets marketing mail can end it and knows who sent it. Each text counts alone,
    /// because a reader sees only one of them.
    private mutating func checkMarketingMail(_ language: SyntaxEntry, _ fields: [String: CompiledText]) -> Bool {
        var isSound = true
        for (field, key) in [("text", "body"), ("html", "html")] {
            guard let text = fields[field] else { continue }
            let place = language.value.entry(key)?.key.span ?? language.key.span
            let always = text.always.union(framesAlwaysHave(field))
            if !always.contains(.unsubscribeLink) {
                diagnostics.report(.noUnsubscribeLink(place, key: key, language: language.key.text))
                isSound = false
            }
            if !always.contains(.senderPostalAddress) {
                diagnostics.report(.noPostalAddress(place, key: key, language: language.key.text))
                isSound = false
            }
        }
        return isSound
    }
}
