package import RuleEngine

/// A text in which ⟦ and ⟧ mark where a diagnostic is expected, so that nobody counts columns by hand.
package struct SpanMarkers: Sendable {
    /// Without the marks.
    package let text: String
    /// The marked byte ranges of `text`, in the order of their opening marks.
    package let ranges: [Range<Int>]

    package init(_ marked: String) {
        var bytes: [UInt8] = []
        var opened: [Int] = []
        var found: [(order: Int, range: Range<Int>)] = []
        var order = 0
        var orders: [Int] = []
        for scalar in marked.unicodeScalars {
            switch scalar {
            case "⟦":
                opened.append(bytes.count)
                orders.append(order)
                order += 1
            case "⟧":
                if let start = opened.popLast(), let order = orders.popLast() {
                    found.append((order, start..<bytes.count))
                }
            default: bytes.append(contentsOf: Array(String(scalar).utf8))
            }
        }
        text = String(decoding: bytes, as: UTF8.self)
        ranges = found.sorted { $0.order < $1.order }.map(\.range)
    }

    /// The text as if it were a whole file's only scalar.
    package var embedded: EmbeddedText {
        EmbeddedText(wholeFile: text)
    }
}

extension EmbeddedText {
    /// A text that stands for itself: its offsets are the file's.
    package init(wholeFile text: String) {
        let bytes = Array(text.utf8)
        self.init(
            bytes: bytes,
            whole: SourceSpan(file: FileID(rawValue: 0), start: 0, end: Int32(bytes.count)),
            pieces: [Piece(contentStart: 0, sourceStart: 0)])
    }
}
