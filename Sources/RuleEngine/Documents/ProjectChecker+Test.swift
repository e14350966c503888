extension ProjectChecker {
    /// Checks the names of a scenario test. Tests are not run yet; `carillon test` will.
    mutating func checkTest(_ document: Document) {
        if let target = document.value("for")?.scalar, target.text != "all" { checkTarget(target) }
        let given = document.value("given")
        for entry in given?.value("contact")?.entries ?? [] where schema.slot(of: entry.key.text) == nil {
            let nearest = NearestName.of(entry.key.text, among: schema.fields.map(\.name))
            diagnostics.report(
                .expressionUnknownField(entry.key.text, nearest: nearest, schema: schema.id, at: entry.key.span))
        }
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

    private mutating func checkMoment(_ node: SyntaxNode) {
        if let at = node.entry("at"), let after = node.entry("after") {
            diagnostics.report(.keysApart(after.key.span, "after", "at", also: at.key.span))
        } else if node.value("at") == nil, node.value("after") == nil {
            diagnostics.report(.missingKey(node.span, "at", in: "a moment of the timeline"))
        }
        guard let name = node.value("event")?.scalar, let event = resolveEvent(name) else { return }
        for field in node.value("with")?.entries ?? [] where event.field(field.key.text) == nil {
            let nearest = NearestName.of(field.key.text, among: event.fields.map(\.name))
            diagnostics.report(
                .expressionUnknownEventField(
                    field.key.text, event: event.id, nearest: nearest, at: field.key.span, declared: event.declaration))
        }
    }
}
