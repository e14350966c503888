import RuleEngine

extension Inquiry {
    /// The fixes of findings that touch the range. What may change a meaning says so, and is never the preferred one.
    func codeActions(_ range: JSONValue, only kinds: [JSONValue]?) -> JSONValue {
        guard let start = lines.offset(of: range["start"]), let end = lines.offset(of: range["end"]) else { return [] }
        if let kinds, !kinds.contains(where: { $0 == "quickfix" || $0 == "" }) { return [] }
        let message = DiagnosticMessage(session: session, encoding)
        var actions: [JSONValue] = []
        for finding in project.findings(in: file) {
            let span = finding.primary.span
            guard let fix = finding.fix, !fix.edits.isEmpty, Int(span.start) <= end, start <= Int(span.end) else {
                continue
            }
            var changes: [String: [JSONValue]] = [:]
            for edit in fix.edits {
                changes[session.uri(of: project.sources.path(of: edit.span)), default: []].append([
                    "range": message.range(edit.span), "newText": .text(edit.replacement),
                ])
            }
            let title = finding.help ?? "mend \(finding.code)"
            actions.append([
                "title": .text(fix.isSafe ? title : title + " (may change the meaning)"),
                "kind": "quickfix",
                "isPreferred": .bool(fix.isSafe),
                "diagnostics": .list(message.diagnostics([finding])),
                "edit": ["changes": .object(changes.mapValues { .list($0) })],
            ])
        }
        return .list(actions)
    }
}
