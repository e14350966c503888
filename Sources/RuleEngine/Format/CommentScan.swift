/// A comment, and where it stood.
struct LayoutComment {
    let offset: Int
    let column: Int
    /// From `#` to the line's end, without blanks there.
    let text: String
    /// Nothing stands before it on its line.
    let isOwnLine: Bool
    /// The line above it is blank.
    let blankBefore: Bool
}

/// Finds the comments of a file: every `#` outside of its texts.
struct CommentScan {
    private let bytes: [UInt8]
    private(set) var comments: [LayoutComment] = []

    /// - Parameter texts: all scalars, keys included, in the order in which they stand.
    init(_ bytes: [UInt8], texts: [SyntaxScalar]) {
        self.bytes = bytes
        var index = 0
        for text in texts where text.span.end > text.span.start {
            scan(index..<Int(text.span.start))
            index = max(index, Int(text.span.end))
            guard text.style == .literal || text.style == .folded else { continue }
            let header = lineEnd(Int(text.span.start))
            if let sign = bytes[Int(text.span.start)..<header].firstIndex(of: UInt8(ascii: "#")) {
                add(sign, end: header)
            }
            index = max(index, header)
        }
        scan(index..<bytes.count)
    }

    /// Nil where the file is not YAML to its end.
    init?(_ bytes: [UInt8]) {
        guard let documents = YAMLLayoutReader.read(bytes) else { return nil }
        var texts: [SyntaxScalar] = []
        for document in documents { Self.collect(document.root, into: &texts) }
        self.init(bytes, texts: texts)
    }

    private static func collect(_ node: LayoutNode, into texts: inout [SyntaxScalar]) {
        if case .scalar(let scalar) = node.content { texts.append(scalar) }
        for entry in node.entries ?? [] {
            if let key = entry.key { collect(key, into: &texts) }
            collect(entry.value, into: &texts)
        }
    }

    private mutating func scan(_ range: Range<Int>) {
        var index = range.lowerBound
        while index < range.upperBound {
            if bytes[index] == UInt8(ascii: "#") {
                let end = lineEnd(index)
                add(index, end: end)
                index = end
            }
            index += 1
        }
    }

    private mutating func add(_ offset: Int, end: Int) {
        var end = end
        while end > offset, bytes[end - 1] <= 0x20 { end -= 1 }
        let start = lineStart(offset)
        comments.append(
            LayoutComment(
                offset: offset,
                column: offset - start,
                text: String(decoding: bytes[offset..<end], as: UTF8.self),
                isOwnLine: bytes[start..<offset].allSatisfy { $0 <= 0x20 },
                blankBefore: isBlankAbove(offset)
            )
        )
    }

    func lineStart(_ offset: Int) -> Int {
        var start = min(offset, bytes.count)
        while start > 0, bytes[start - 1] != 0x0A { start -= 1 }
        return start
    }

    func lineEnd(_ offset: Int) -> Int {
        var end = min(offset, bytes.count)
        while end < bytes.count, bytes[end] != 0x0A { end += 1 }
        return end
    }

    func column(_ offset: Int) -> Int { offset - lineStart(offset) }

    /// The column of the first sign of this line.
    func indentation(_ offset: Int) -> Int {
        let start = lineStart(offset)
        return bytes[start...].prefix { $0 == 0x20 }.count
    }

    func isBlankAbove(_ offset: Int) -> Bool {
        let start = lineStart(offset)
        guard start > 0 else { return false }
        return bytes[lineStart(start - 1)..<start].allSatisfy { $0 <= 0x20 }
    }
}
