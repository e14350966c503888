/// One document of a file, of a kind that is supported, with an id that may be used.
package struct Document: Sendable {
    package let kind: DocumentKind
    package let id: String
    package let idSpan: SourceSpan
    package let node: SyntaxNode
    /// Nothing was reported about its keys and the form of its values.
    var isSound = true

    package var file: FileID { node.span.file }

    package func value(_ key: String) -> SyntaxNode? {
        node.value(key)
    }
}

extension SyntaxNode {
    /// Text of a scalar that isn't empty.
    var text: String? {
        guard let scalar, !scalar.isEmptyPlain else { return nil }
        return scalar.text
    }

    func text(_ key: String) -> String? { value(key)?.text }

    /// The items of a list of texts, or a text alone.
    var texts: [SyntaxScalar] {
        if let scalar { return scalar.isEmptyPlain ? [] : [scalar] }
        return items?.compactMap(\.scalar) ?? []
    }
}
