/// Writes documents in the one style: two spaces for each level, one blank line at most, `{ }` and `[ ]` where their
/// author had them and they fit, quotes where they are needed, keys in the order of the tables.
struct LayoutPrinter {
    /// What doesn't fit is written on lines of its own.
    static let width = 120

    private let places: CommentPlaces
    /// An alias must stay behind its anchor, so nothing moves in a document that has one.
    private let sortsKeys: Bool
    private(set) var output = ""
    /// At a beginning there are no blank lines, and behind a `|+` they would be text.
    private var refusesBlank = true

    init(places: CommentPlaces, sortsKeys: Bool) {
        self.places = places
        self.sortsKeys = sortsKeys
    }

    mutating func document(_ root: LayoutNode) {
        guard let entries = root.entries, let first = entries.first else { return }
        let kind = first.name.flatMap(DocumentKind.init(rawValue:))
        let keys = kind?.keys ?? []
        let sorted = sortsKeys ? KeyOrder.sorted(entries, keys: keys, isFirstFixed: true) : entries
        for entry in sorted { mappingEntry(entry, shape: .mapping(keys), column: 0) }
        for comment in places.tails[root.id] ?? [] { line(comment, column: 0) }
    }

    // MARK: Lines

    private mutating func blankLine(_ isWanted: Bool) {
        if isWanted, !refusesBlank { output += "\n" }
        refusesBlank = false
    }

    private mutating func line(_ comment: LayoutComment, column: Int) {
        blankLine(comment.blankBefore && comment.isOwnLine)
        output += Self.spaces(column) + comment.text + "\n"
    }

    private mutating func endLine(_ comment: LayoutComment?) {
        output += comment.map { "  " + $0.text + "\n" } ?? "\n"
    }

    private static func spaces(_ count: Int) -> String {
        String(repeating: " ", count: count)
    }

    // MARK: Entries

    private mutating func mappingEntry(
        _ entry: LayoutEntry,
        shape: Shape?,
        column: Int,
        isBehindDash: Bool = false
    ) {
        if !isBehindDash {
            for comment in places.leading[entry.id] ?? [] { line(comment, column: column) }
            blankLine(places.spaced.contains(entry.id))
            output += Self.spaces(column)
        }
        let key = entry.key.map { inline($0, shape: nil, inFlow: false) } ?? ""
        output += key
        if case .alias? = entry.key?.content { output += " " }
        output += ":"
        let value = entry.name.flatMap { shape?.value(at: $0) }
        write(entry.value, of: entry, shape: value, column: column, indent: column + key.unicodeScalars.count + 2)
    }

    private mutating func item(_ entry: LayoutEntry, shape: Shape?, column: Int, isBehindDash: Bool = false) {
        let isOpen = isBlock(entry.value, of: entry, shape: shape, column: column + 2)
        if !isBehindDash {
            let above = isOpen ? comments(above: entry, shape: shape) : places.leading[entry.id] ?? []
            for comment in above { line(comment, column: column) }
            blankLine(places.spaced.contains(entry.id))
            output += Self.spaces(column)
        }
        output += "-"
        guard isOpen, entry.value.anchor == nil else {
            return write(entry.value, of: entry, shape: shape, column: column, indent: column + 2)
        }
        output += " "
        block(entry.value, shape: shape, column: column + 2, isBehindDash: true, keepsOrder: keepsOrder(entry))
    }

    /// What follows a key's colon or an item's dash.
    private mutating func write(
        _ node: LayoutNode,
        of entry: LayoutEntry,
        shape: Shape?,
        column: Int,
        indent: Int
    ) {
        let comment = places.trailing[entry.id]
        let anchor = node.anchor.map { " &" + $0 } ?? ""
        if isBlock(node, of: entry, shape: shape, column: indent + anchor.utf8.count) {
            output += anchor
            endLine(comment)
            refusesBlank = true
            return block(node, shape: shape, column: column + 2)
        }
        if case .scalar(let scalar) = node.content,
            case .block(let header, let lines) = ScalarText.of(scalar, shape: shape, inFlow: false)
        {
            output += anchor + " " + header
            endLine(comment)
            for line in lines { output += line.isEmpty ? "\n" : Self.spaces(column + 2) + line + "\n" }
            refusesBlank = header.hasSuffix("+")
            return
        }
        let text = inline(node, shape: shape, inFlow: false)
        if !text.isEmpty { output += " " + text }
        endLine(comment)
    }

    private mutating func block(
        _ node: LayoutNode,
        shape: Shape?,
        column: Int,
        isBehindDash: Bool = false,
        keepsOrder: Bool = false
    ) {
        var isBehindDash = isBehindDash
        for entry in ordered(node, shape: shape, keepsOrder: keepsOrder) {
            if entry.key == nil {
                item(entry, shape: shape?.element(entry.value), column: column, isBehindDash: isBehindDash)
            } else {
                mappingEntry(entry, shape: shape, column: column, isBehindDash: isBehindDash)
            }
            isBehindDash = false
        }
        for comment in places.tails[node.id] ?? [] { line(comment, column: column) }
    }

    private func ordered(_ node: LayoutNode, shape: Shape?, keepsOrder: Bool = false) -> [LayoutEntry] {
        guard let entries = node.entries, sortsKeys, !keepsOrder, case .mapping = node.content, let shape else {
            return node.entries ?? []
        }
        return KeyOrder.sorted(entries, keys: shape.keys, isFirstFixed: false)
    }

    /// Above a dash stands what belongs to the item, and what belongs to its first line.
    private func comments(above entry: LayoutEntry, shape: Shape?) -> [LayoutComment] {
        var comments = (places.leading[entry.id] ?? []) + (places.trailing[entry.id].map { [$0] } ?? [])
        if entry.value.anchor == nil,
            let first = ordered(entry.value, shape: shape, keepsOrder: keepsOrder(entry)).first
        {
            if first.key == nil {
                comments += self.comments(above: first, shape: shape?.element(first.value))
            } else {
                comments += places.leading[first.id] ?? []
            }
        }
        return comments
    }

    /// `# allow` speaks of the next line, so that line must stay the next.
    private func keepsOrder(_ entry: LayoutEntry) -> Bool {
        (places.leading[entry.id] ?? []).contains { $0.text.hasPrefix("# allow ") }
    }

    // MARK: Values on one line

    private func isBlock(_ node: LayoutNode, of entry: LayoutEntry, shape: Shape?, column: Int) -> Bool {
        guard let entries = node.entries else { return false }
        if !node.isFlow { return true }
        if places.opened.contains(node.id) { return true }
        if entries.isEmpty || keepsOrder(entry) { return false }
        return column + inline(node, shape: shape, inFlow: false).unicodeScalars.count > Self.width
    }

    private func inline(_ node: LayoutNode, shape: Shape?, inFlow: Bool) -> String {
        let anchor = node.anchor.map { "&" + $0 } ?? ""
        let text =
            switch node.content {
            case .alias(let name): "*" + name
            case .scalar(let scalar): scalarLine(scalar, shape: shape, inFlow: inFlow)
            case .mapping: "{" + ordered(node, shape: shape).map { flowEntry($0, shape) }.joined(separator: ", ") + "}"
            case .sequence(let items):
                "["
                    + items.map { inline($0.value, shape: shape?.element($0.value), inFlow: true) }.joined(
                        separator: ", "
                    ) + "]"
            }
        return anchor.isEmpty || text.isEmpty ? anchor + text : anchor + " " + text
    }

    private func flowEntry(_ entry: LayoutEntry, _ shape: Shape?) -> String {
        let key = entry.key.map { inline($0, shape: nil, inFlow: true) } ?? ""
        let colon = if case .alias? = entry.key?.content { " : " } else { ": " }
        return key + colon + inline(entry.value, shape: entry.name.flatMap { shape?.value(at: $0) }, inFlow: true)
    }

    private func scalarLine(_ scalar: SyntaxScalar, shape: Shape?, inFlow: Bool) -> String {
        switch ScalarText.of(scalar, shape: shape, inFlow: true) {
        case .line(let text) where inFlow: text
        case .line, .block:
            scalar.isEmptyPlain ? "" : ScalarText.line(scalar.text, shape: shape, inFlow: inFlow)
        }
    }
}
