/// A file as it is written down: what the syntax tree leaves out because it means nothing is kept here (anchors and
/// aliases by name, `{ }` or lines, comments, blank lines). Only the formatter reads it.
struct LayoutNode {
    indirect enum Content {
        case scalar(SyntaxScalar)
        case alias(String)
        case mapping([LayoutEntry])
        case sequence([LayoutEntry])
    }

    /// Of collections: what their comments are remembered by.
    let id: Int
    var content: Content
    let anchor: String?
    let isFlow: Bool
    let start: Int
    /// Behind the last byte of what was written, without blank lines and comments.
    let end: Int

    var entries: [LayoutEntry]? {
        switch content {
        case .mapping(let entries), .sequence(let entries): entries
        case .scalar, .alias: nil
        }
    }

    var isEmptyScalar: Bool {
        if case .scalar(let scalar) = content { scalar.isEmptyPlain } else { false }
    }
}

/// `key: value`, or an item of a list.
struct LayoutEntry {
    let id: Int
    /// Nil for an item.
    let key: LayoutNode?
    var value: LayoutNode

    var start: Int { key?.start ?? value.start }
}

struct LayoutDocument {
    /// Where its `---` stands, or its first token.
    let start: Int
    let root: LayoutNode
}
