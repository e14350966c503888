import RuleEngine

extension Inquiry {
    func definition(at offset: Int) -> JSONValue {
        guard let here = project.occurrence(at: offset, in: file), let target = project.definition(of: here.symbol)
        else {
            return .null
        }
        return location(target.span)
    }

    func references(at offset: Int, withDeclaration: Bool) -> JSONValue {
        guard let here = project.occurrence(at: offset, in: file) else { return [] }
        let found = project.occurrences(of: here.symbol).filter { withDeclaration || !$0.isDefinition }
        return .list(found.map { location($0.span) })
    }

    func formatting() throws(ResponseError) -> JSONValue {
        switch Formatter.format(bytes) {
        case .unreadable:
            throw ResponseError(.requestFailed, "the file has mistakes that must be mended first")
        case .formatted(let result):
            guard result != bytes else { return [] }
            // One edit from the first byte that differs to the last: cursors elsewhere stay where they are.
            var start = 0
            while start < min(bytes.count, result.count), bytes[start] == result[start] { start += 1 }
            var end = 0
            while end < min(bytes.count, result.count) - start,
                bytes[bytes.count - 1 - end] == result[result.count - 1 - end]
            {
                end += 1
            }
            // Neither end may lie inside a character.
            while start > 0, start < bytes.count, bytes[start] & 0xC0 == 0x80 { start -= 1 }
            while end > 0, bytes[bytes.count - end] & 0xC0 == 0x80 { end -= 1 }
            let text = String(decoding: result[start..<result.count - end], as: UTF8.self)
            return [["range": lines.range(start..<bytes.count - end), "newText": .text(text)]]
        }
    }

    /// Documents, and in them their steps.
    func symbols() -> JSONValue {
        .list(
            project.documents(in: file).map { document in
                let steps = document.value("steps")?.items ?? []
                return symbol(
                    document.id, detail: document.kind.rawValue, kind: .init(document.kind), document.node.span,
                    document.idSpan, steps)
            })
    }

    private enum SymbolKind: Int {
        case module = 2, namespace = 3, `class` = 5, method = 6, field = 8, function = 12, `struct` = 23, event = 24

        init(_ kind: DocumentKind) {
            switch kind {
            case .project: self = .module
            case .schema: self = .struct
            case .segment, .policy, .channel, .route: self = .namespace
            case .template: self = .field
            case .fragment: self = .function
            case .campaign, .sequence, .rule: self = .class
            case .test: self = .method
            }
        }
    }

    private func symbol(
        _ name: String, detail: String?, kind: SymbolKind, _ span: SourceSpan, _ selection: SourceSpan,
        _ steps: [SyntaxNode]
    ) -> JSONValue {
        let children = steps.compactMap { step($0) }
        return .fields([
            "name": .text(name.isEmpty ? "?" : name), "detail": detail.map { .text($0) },
            "kind": .integer(kind.rawValue),
            "range": lines.range(span), "selectionRange": lines.range(selection),
            "children": children.isEmpty ? nil : .list(children),
        ])
    }

    private func step(_ node: SyntaxNode) -> JSONValue? {
        let verbs = (node.entries ?? []).filter { StepVerb(rawValue: $0.key.text) != nil }
        guard let verb = verbs.first else { return nil }
        var inner: [SyntaxNode] = []
        for entry in node.entries ?? [] {
            switch entry.key.text {
            case "then", "else", "do": inner += entry.value.items ?? []
            case "choose":
                for arm in entry.value.items ?? [] {
                    inner += (arm.value("do") ?? arm.value("otherwise"))?.items ?? []
                }
            case "arms": for arm in entry.value.entries ?? [] { inner += arm.value.value("do")?.items ?? [] }
            default: break
            }
        }
        let value = verb.value.scalar.map { " " + $0.text } ?? ""
        return symbol(
            verb.key.text + value, detail: node.value("name")?.scalar?.text, kind: .event, node.span, verb.key.span,
            inner)
    }
}
