/// `carillon fmt`: the one style of the language. What a file means, its comments included, is the same afterwards.
package enum Formatter {
    package enum Outcome: Sendable, Equatable {
        case formatted([UInt8])
        /// The file has mistakes that must be mended first, `carillon check` names them.
        case unreadable
    }

    package static func format(_ bytes: [UInt8]) -> Outcome {
        guard let tree = tree(of: bytes), let documents = YAMLLayoutReader.read(bytes), let scan = CommentScan(bytes)
        else { return .unreadable }
        let written = documents.filter { !$0.root.isEmptyScalar }
        guard written.allSatisfy({ $0.root.entries?.first?.key != nil }) else { return .unreadable }
        // A file of comments alone has no layout yet.
        guard !written.isEmpty else { return .formatted(bytes) }

        var output = ""
        for (index, document) in written.enumerated() {
            let start = index == 0 ? 0 : document.start
            let end = index + 1 < written.count ? written[index + 1].start : bytes.count
            let comments = scan.comments.filter { start <= $0.offset && $0.offset < end }
            let places = CommentPlaces(document, comments: comments, scan: scan)
            var printer = LayoutPrinter(places: places, sortsKeys: !Self.hasAnchor(document.root))
            printer.document(document.root)
            output += (index == 0 ? "" : "---\n") + printer.output
        }
        let result = Array(output.utf8)
        return isSame(result, as: tree, comments: scan.comments) ? .formatted(result) : .unreadable
    }

    /// Nil where the file is not YAML as we read it.
    private static func tree(of bytes: [UInt8]) -> [SyntaxNode]? {
        var sources = SourceMap()
        var found = DiagnosticBag()
        let file = sources.add(SourceFile(path: "", bytes: bytes))
        let tree = YAMLReader.read(file, in: sources, reporting: &found)
        return found.hasErrors ? nil : tree.filter { !$0.isEmptyValue }
    }

    /// A formatter that changes a meaning is worse than none, so the result is read again before anybody gets it.
    private static func isSame(_ result: [UInt8], as tree: [SyntaxNode], comments: [LayoutComment]) -> Bool {
        guard let other = self.tree(of: result), other.count == tree.count,
            zip(tree, other).allSatisfy({ $0.hasSameContent(as: $1) }),
            let scan = CommentScan(result)
        else { return false }
        return scan.comments.map(\.text).sorted() == comments.map(\.text).sorted()
    }

    private static func hasAnchor(_ node: LayoutNode) -> Bool {
        node.anchor != nil || (node.entries ?? []).contains { ($0.key.map(hasAnchor) ?? false) || hasAnchor($0.value) }
    }
}

extension SyntaxNode {
    /// The same keys with the same texts, in whatever order; lists in the same.
    package func hasSameContent(as other: SyntaxNode) -> Bool {
        switch (content, other.content) {
        case (.scalar(let left), .scalar(let right)):
            return left.text == right.text && left.isEmptyPlain == right.isEmptyPlain
        case (.sequence(let left), .sequence(let right)):
            return left.count == right.count && zip(left, right).allSatisfy { $0.hasSameContent(as: $1) }
        case (.mapping(let left), .mapping(let right)):
            guard left.count == right.count else { return false }
            let values = Dictionary(right.map { ($0.key.text, $0.value) }) { first, _ in first }
            return left.allSatisfy { entry in values[entry.key.text]?.hasSameContent(as: entry.value) ?? false }
        case (.invalid, .invalid): return true
        default: return false
        }
    }
}
