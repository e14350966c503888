/// Which comment belongs to which part of a document. A comment on a line of its own stands before what follows it,
/// or at the end of the list or mapping that its indentation names; one behind something belongs to that.
struct CommentPlaces {
    /// By entry: above it, on lines of their own.
    private(set) var leading: [Int: [LayoutComment]] = [:]
    /// By entry: behind it, on its line.
    private(set) var trailing: [Int: LayoutComment] = [:]
    /// By collection: below its last entry.
    private(set) var tails: [Int: [LayoutComment]] = [:]
    /// Collections in `{ }` or `[ ]` that hold a comment, which needs lines.
    private(set) var opened: Set<Int> = []
    /// Entries with a blank line above them.
    private(set) var spaced: Set<Int> = []

    private struct Part {
        let entry: Int
        let end: Int
    }

    private struct Collection {
        let id: Int
        let isFlow: Bool
        let column: Int
        let start: Int
        let end: Int
        /// The collection around it.
        let parent: Int?
    }

    private let scan: CommentScan
    /// Outermost first, in the order in which they begin.
    private var entries: [(entry: LayoutEntry, column: Int)] = []
    private var collections: [Collection] = []
    /// In the order in which they end.
    private var parts: [Part] = []
    private var collectionsByEnd: [Int: [Int]] = [:]

    init(_ document: LayoutDocument, comments: [LayoutComment], scan: CommentScan) {
        self.scan = scan
        collect(document.root, parent: nil)
        for comment in comments { place(comment, root: document.root) }
    }

    private mutating func collect(_ node: LayoutNode, parent: Int?) {
        guard let children = node.entries else { return }
        // An anchor stands on another line than what it names.
        let first = children.first?.start ?? node.start
        let isItem = children.first?.key == nil
        let column =
            node.anchor == nil && isItem
            ? scan.column(node.start)
            : isItem ? scan.indentation(first) : scan.column(first)
        let index = collections.count
        collectionsByEnd[node.end, default: []].append(index)
        collections.append(
            Collection(
                id: node.id,
                isFlow: node.isFlow,
                column: column,
                start: node.start,
                end: node.end,
                parent: parent
            )
        )
        for child in children {
            entries.append((child, column))
            if scan.isBlankAbove(child.start) { spaced.insert(child.id) }
            if let key = child.key { parts.append(Part(entry: child.id, end: key.end)) }
            collect(child.value, parent: index)
            if child.value.entries == nil || child.value.isFlow {
                parts.append(Part(entry: child.id, end: child.value.end))
            }
        }
    }

    private mutating func place(_ comment: LayoutComment, root: LayoutNode) {
        let offset = comment.offset
        let flows = flows(around: offset)
        opened.formUnion(flows.map(\.id))
        let following = Self.count(entries) { $0.entry.start < offset }
        let before = following > 0 ? entries[following - 1].entry : nil
        if let before, isLeaf(before.value), before.value.start < offset, offset < before.value.end, flows.isEmpty {
            // Behind the `|` of a block.
            return trail(comment, before.id)
        }
        let ended = Self.count(parts) { $0.end <= offset }
        let last = ended > 0 ? parts[ended - 1] : nil
        if !comment.isOwnLine, let last, scan.lineStart(last.end) == scan.lineStart(offset) {
            return trail(comment, last.entry)
        }
        // Between a key and its value, or a dash and its text.
        if let before, isLeaf(before.value), before.value.start >= offset, !before.value.isEmptyScalar {
            leading[before.id, default: []].append(comment)
            return
        }
        let next = following < entries.count ? entries[following] : nil
        if let flow = flows.first {
            if let next, next.entry.start < flow.end {
                leading[next.entry.id, default: []].append(comment)
            } else {
                tails[flow.id, default: []].append(comment)
            }
        } else if comment.isOwnLine, comment.column > (next?.column ?? -1), let last,
            let closed = closed(at: last.end, column: comment.column)
        {
            tails[closed.id, default: []].append(comment)
        } else if let next {
            leading[next.entry.id, default: []].append(comment)
        } else {
            tails[root.id, default: []].append(comment)
        }
    }

    /// One line has room for one comment; what came before it on the way goes above.
    private mutating func trail(_ comment: LayoutComment, _ entry: Int) {
        if let other = trailing[entry] { leading[entry, default: []].append(other) }
        trailing[entry] = comment
    }

    /// A `{ }` or `[ ]` begins like a text, on the line of its key or below.
    private func isLeaf(_ node: LayoutNode) -> Bool {
        node.entries == nil || node.isFlow
    }

    /// Every `{ }` and `[ ]` around this place, the innermost first.
    private func flows(around offset: Int) -> [Collection] {
        var found: [Collection] = []
        var index: Int? = Self.count(collections) { $0.start < offset } - 1
        while let current = index, current >= 0 {
            let collection = collections[current]
            if collection.isFlow, offset < collection.end { found.append(collection) }
            index = collection.parent
        }
        return found
    }

    /// Of the collections that ended right before the comment, the innermost that is not indented further.
    private func closed(at end: Int, column: Int) -> Collection? {
        (collectionsByEnd[end] ?? []).last { !collections[$0].isFlow && collections[$0].column <= column }
            .map { collections[$0] }
    }

    /// How many elements at the beginning fulfil the condition, which later ones don't.
    private static func count<Element>(_ elements: [Element], where holds: (Element) -> Bool) -> Int {
        var low = 0
        var high = elements.count
        while low < high {
            let middle = (low + high) / 2
            if holds(elements[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
