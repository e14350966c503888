extension ProjectChecker {
    /// Checks the names and values of a scenario test.
    mutating func checkTest(_ document: Document) {
        let target = document.value("for")?.scalar
        if let target, target.text != "all" { checkTarget(target) }
        let given = document.value("given")
        checkContact(given?.value("contact"))
        for entry in given?.value("providers")?.entries ?? [] { _ = resolve(entry.key, .channel) }
        for call in given?.value("failing_calls")?.texts ?? [] where settings.calls[call.text] == nil {
            diagnostics.report(
                .unknownCall(call.span, call.text, nearest: NearestName.of(call.text, among: settings.calls.keys)))
        }
        if let given, let target { checkChance(given, target) }
        for moment in document.value("timeline")?.items ?? [] { checkMoment(moment) }
        for list in ["expect", "never"] {
            for item in document.value(list)?.items ?? [] {
                for fact in item.entries ?? [] {
                    if let name = fact.value.value("template")?.scalar { _ = resolve(name, .template) }
                    if let name = fact.value.value("via")?.scalar { _ = resolve(name, .channel) }
                }
            }
        }
    }

    private mutating func checkTarget(_ scalar: SyntaxScalar) {
        let words = scalar.text.split(separator: " ", omittingEmptySubsequences: true).map(String.init)
        guard words.count == 2, let kind = DocumentKind(rawValue: words[0]),
            [.sequence, .rule, .campaign].contains(kind)
        else {
            diagnostics.report(
                .badPath(
                    scalar.span, scalar.text, reason: "expected a kind and an id, or `all`",
                    expected: "a program such as `sequence onboarding`"))
            return
        }
        guard ids[kind]?[words[1]] == nil else { return }
        let nearest = NearestName.of(words[1], among: (ids[kind] ?? [:]).keys).map { "\(kind.rawValue) \($0)" }
        diagnostics.report(.unknownProgram(scalar.span, kind: kind, words[1], nearest: nearest))
    }

    private mutating func checkContact(_ node: SyntaxNode?) {
        for entry in node?.entries ?? [] {
            guard let slot = schema.slot(of: entry.key.text) else {
                let nearest = NearestName.of(entry.key.text, among: schema.fields.map(\.name))
                diagnostics.report(
                    .expressionUnknownField(entry.key.text, nearest: nearest, schema: schema.id, at: entry.key.span))
                continue
            }
            let field = schema.fields[slot]
            // An empty text takes the field away.
            if entry.value.scalar?.text != "" { checkValue(entry, of: field.type.type, declared: field.declaration) }
        }
    }

    /// One thing happens at a time.
    private static let happenings = ["event", "contact", "consent", "inbound", "opened", "clicked", "replied", "stops"]

    private mutating func checkMoment(_ node: SyntaxNode) {
        let happening = Self.happenings.compactMap { node.entry($0) }
        if happening.count > 1 {
            diagnostics.report(
                .keysApart(
                    happening[1].key.span, happening[1].key.text, happening[0].key.text, also: happening[0].key.span))
        }
        for key in ["opened", "clicked", "replied"] {
            if let name = node.value(key)?.scalar { _ = resolve(name, .template) }
        }
        if let name = node.value("inbound")?.scalar { _ = resolve(name, .channel) }
        if let link = node.entry("link"), node.value("clicked") == nil {
            diagnostics.report(.keyNeeds(link.key.span, "link", "clicked"))
        }
        checkContact(node.value("contact"))
        if let at = node.entry("at"), let after = node.entry("after") {
            diagnostics.report(.keysApart(after.key.span, "after", "at", also: at.key.span))
        } else if node.value("at") == nil, node.value("after") == nil {
            diagnostics.report(.missingKey(node.span, "at", in: "a moment of the timeline"))
        }
        guard let name = node.value("event")?.scalar, let event = resolveEvent(name) else { return }
        for field in node.value("with")?.entries ?? [] {
            if let known = event.field(field.key.text) {
                checkValue(field, of: known.type.type, record: known.record, declared: known.declaration)
                continue
            }
            let nearest = NearestName.of(field.key.text, among: event.fields.map(\.name))
            diagnostics.report(
                .expressionUnknownEventField(
                    field.key.text, event: event.id, nearest: nearest, at: field.key.span, declared: event.declaration))
        }
    }

    // MARK: Values

    /// A value of a test against the type that the schema gives its field.
    private mutating func checkValue(
        _ entry: SyntaxEntry, of type: ValueType, record: [EventField] = [], declared: SourceSpan?
    ) {
        let name = entry.key.text
        if case .list(let element) = type {
            guard let items = entry.value.items else {
                diagnostics.report(.wrongShape(entry.value.span, key: name, expected: Shape.list(.text).description))
                return
            }
            for item in items {
                guard !record.isEmpty else {
                    checkScalar(item, name, element, declared: declared)
                    continue
                }
                for part in item.entries ?? [] {
                    if let known = record.first(where: { $0.name == part.key.text }) {
                        checkValue(part, of: known.type.type, declared: known.declaration)
                    } else {
                        let nearest = NearestName.of(part.key.text, among: record.map(\.name))
                        diagnostics.report(
                            .expressionUnknownEventField(
                                part.key.text, event: name, nearest: nearest, at: part.key.span, declared: declared))
                    }
                }
                if item.entries == nil, !item.isInvalid {
                    diagnostics.report(.wrongShape(item.span, key: name, expected: "a mapping"))
                }
            }
            return
        }
        checkScalar(entry.value, name, type, declared: declared)
    }

    private mutating func checkScalar(_ node: SyntaxNode, _ name: String, _ type: ValueType, declared: SourceSpan?) {
        if node.isInvalid { return }
        guard let scalar = node.scalar else {
            diagnostics.report(.wrongShape(node.span, key: name, expected: Shape.text.description))
            return
        }
        guard !canBe(scalar, type) else { return }
        diagnostics.report(.badTestValue(scalar.span, scalar.text, field: name, type: type, declared: declared))
    }

    private func canBe(_ scalar: SyntaxScalar, _ type: ValueType) -> Bool {
        let text = scalar.text
        switch type {
        case .unknown, .text: return true
        case .decimal:
            let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
            return (try? Units.decimal(ArraySlice(digits.utf8))) != nil
        case .instant: return (try? Units.dateTime(text)) != nil
        case .email, .phone, .country, .locale, .channelKind: return TestReader.canBe(text, type)
        case .int, .money, .bool, .date, .duration, .oneOf: return constant(scalar, type) != nil
        case .list: return false
        }
    }

    // MARK: Chance

    /// A hash must not decide whether a test passes, so a test may say in which group its contact is.
    private mutating func checkChance(_ given: SyntaxNode, _ target: SyntaxScalar) {
        let words = target.text.split(separator: " ").map(String.init)
        guard words.count == 2, let kind = DocumentKind(rawValue: words[0]), let index = ids[kind]?[words[1]] else {
            return
        }
        let program = documents[index]
        if let holdout = given.entry("holdout"), program.value("holdout") == nil {
            diagnostics.report(.keyNeeds(holdout.key.span, "holdout", "holdout` in `\(target.text)"))
        }
        guard let given = given.value("arms")?.entries else { return }
        var splits: [String: [String]] = [:]
        var seen: Set<String> = []
        collectSplits(in: program.node, into: &splits, &seen)
        for entry in given {
            guard let arms = splits[entry.key.text] else {
                diagnostics.report(
                    .unknownSplit(entry.key.span, entry.key.text, program: target.text, known: splits.keys.sorted()))
                continue
            }
            guard let arm = entry.value.scalar, !arms.contains(arm.text) else { continue }
            diagnostics.report(.unknownArm(arm.span, arm.text, known: arms))
        }
    }

    /// The arms of every split and of the experiment, those of the fragments that are used included.
    private func collectSplits(in node: SyntaxNode, into splits: inout [String: [String]], _ seen: inout Set<String>) {
        for item in node.items ?? [] { collectSplits(in: item, into: &splits, &seen) }
        for entry in node.entries ?? [] {
            switch entry.key.text {
            case "split":
                if let name = entry.value.text { splits[name, default: []] += Self.armNames(node.value("arms")) }
            case "experiment": splits["experiment", default: []] += Self.armNames(entry.value.value("arms"))
            case "use":
                if let id = entry.value.text, let index = ids[.fragment]?[id], seen.insert(id).inserted {
                    collectSplits(in: documents[index].node, into: &splits, &seen)
                }
            default: break
            }
            collectSplits(in: entry.value, into: &splits, &seen)
        }
    }

    private static func armNames(_ arms: SyntaxNode?) -> [String] {
        (arms?.entries ?? []).map(\.key.text)
    }
}
