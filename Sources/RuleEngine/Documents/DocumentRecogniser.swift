/// Says what a document is: its first key is the kind, the key's value the id.
enum DocumentRecogniser {
    static func recognise(_ node: SyntaxNode, reporting diagnostics: inout DiagnosticBag) -> Document? {
        if node.isInvalid { return nil }
        // A file of comments alone, or an empty document between two `---`.
        if node.isEmptyValue { return nil }
        guard let entries = node.entries else {
            diagnostics.report(.emptyDocument(node.span))
            return nil
        }
        guard let first = entries.first else {
            diagnostics.report(.emptyDocument(node.span))
            return nil
        }
        guard let kind = DocumentKind(rawValue: first.key.text) else {
            let nearest = NearestName.of(first.key.text, among: DocumentKind.allCases.map(\.rawValue))
            diagnostics.report(.unknownKind(first.key.span, first.key.text, nearest: nearest))
            return nil
        }
        guard let id = first.value.scalar else {
            if !first.value.isInvalid {
                diagnostics.report(.wrongShape(first.value.span, key: kind.rawValue, expected: "a name"))
            }
            return nil
        }
        if id.isEmptyPlain {
            diagnostics.report(.missingValue(first.key.span, key: kind.rawValue, expected: "a name"))
            return nil
        }
        do throws(Units.Fault) {
            // A test's name is a sentence: nothing refers to it.
            if kind == .test { try Units.sentence(id.text) } else { try Units.id(id.text) }
        } catch {
            diagnostics.report(.badID(id.span, id.text, reason: error.text))
            return nil
        }
        return Document(kind: kind, id: id.text, idSpan: id.span, node: node)
    }

    /// The keys that a document may have. A channel's follow from its provider; nil where that is unknown.
    static func keys(of document: Document, catalog: Catalog, reporting diagnostics: inout DiagnosticBag) -> [Key]? {
        guard document.kind == .channel, let name = document.value("provider")?.scalar, !name.isEmptyPlain else {
            return document.kind.keys
        }
        guard let provider = catalog.providers.first(where: { $0.name == name.text }) else {
            diagnostics.report(.unknownProvider(name.span, name.text, known: catalog.providers.map(\.name)))
            return nil
        }
        return document.kind.keys + provider.keys.filter { key in !document.kind.keys.contains { $0.name == key.name } }
    }
}
