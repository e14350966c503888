/// What YAML says, before anybody asks what it means: every scalar is text, and every part has its place.
///
/// Values, not classes: the depth is capped at `ReaderLimits.depth`, so that nothing that walks the tree can
/// overflow the stack.
package struct SyntaxNode: Sendable {
    package enum Content: Sendable {
        case scalar(SyntaxScalar)
        case mapping([SyntaxEntry])
        case sequence([SyntaxNode])
        /// Was reported already; whoever meets it stays silent.
        case invalid
    }

    package let content: Content
    /// From the first to the last byte of what was written, without the blank lines and comments after it.
    package let span: SourceSpan
    /// A line of it could not be read, and nobody knows what it held: what seems to be missing may have stood there.
    package let hasGap: Bool

    package init(_ content: Content, span: SourceSpan, hasGap: Bool = false) {
        self.content = content
        self.span = span
        self.hasGap = hasGap
    }

    package var scalar: SyntaxScalar? {
        if case .scalar(let scalar) = content { scalar } else { nil }
    }

    package var entries: [SyntaxEntry]? {
        if case .mapping(let entries) = content { entries } else { nil }
    }

    package var items: [SyntaxNode]? {
        if case .sequence(let items) = content { items } else { nil }
    }

    package var isInvalid: Bool {
        if case .invalid = content { true } else { false }
    }

    /// `key:` with nothing after it.
    package var isEmptyValue: Bool {
        scalar?.isEmptyPlain ?? false
    }

    package func value(_ key: String) -> SyntaxNode? {
        entries?.first { $0.key.text == key }?.value
    }

    package func entry(_ key: String) -> SyntaxEntry? {
        entries?.first { $0.key.text == key }
    }
}

package struct SyntaxEntry: Sendable {
    package let key: SyntaxScalar
    package let value: SyntaxNode

    package init(key: SyntaxScalar, value: SyntaxNode) {
        self.key = key
        self.value = value
    }
}

/// A scalar as text. What it means (`no`, `20:00`, `0123`) is decided by the field it stands in, never by YAML.
package struct SyntaxScalar: Sendable {
    package enum Style: Sendable {
        case plain, singleQuoted, doubleQuoted, literal, folded
    }

    package let text: String
    package let style: Style
    /// Quotes or the block indicator included.
    package let span: SourceSpan
    /// The whole file. Kept so that the exact way from content to file is worked out only where somebody needs it.
    let source: [UInt8]

    package var isEmptyPlain: Bool {
        style == .plain && text.isEmpty
    }
}
