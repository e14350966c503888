/// The content of one scalar, together with the way from its bytes back to the file.
///
/// Expressions and templates live inside YAML scalars. A quoted scalar's columns shift at every escape and a block
/// scalar loses its indentation, so the content's offsets are not the file's; the pieces say how they correspond.
package struct EmbeddedText: Sendable {
    /// From `contentStart` on, content and file run in step, until the next piece begins.
    package struct Piece: Sendable {
        package let contentStart: Int32
        package let sourceStart: Int32
        /// Set for an escape (`\u00e4`): all of its content stands for all of the file's bytes up to here.
        package let sourceEnd: Int32?

        package init(contentStart: Int32, sourceStart: Int32, sourceEnd: Int32? = nil) {
            self.contentStart = contentStart
            self.sourceStart = sourceStart
            self.sourceEnd = sourceEnd
        }
    }

    package let bytes: [UInt8]
    /// The whole scalar in the file, quotes or block indicator included.
    package let whole: SourceSpan
    private let pieces: [Piece]

    /// - Parameter pieces: in ascending order; the first starts at content offset zero.
    package init(bytes: [UInt8], whole: SourceSpan, pieces: [Piece]) {
        self.bytes = bytes
        self.whole = whole
        self.pieces = pieces
    }

    /// For a text that is put into another, whose own line goes on behind it.
    var withoutLastLineBreak: EmbeddedText {
        guard bytes.last == 0x0A else { return self }
        return EmbeddedText(bytes: Array(bytes.dropLast()), whole: whole, pieces: pieces)
    }

    package var text: String {
        String(decoding: bytes, as: UTF8.self)
    }

    /// Where a range of the content stands in the file.
    package func span(_ range: Range<Int>) -> SourceSpan {
        let first = piece(at: range.lowerBound)
        let start = first.sourceEnd == nil ? offset(range.lowerBound, in: first) : first.sourceStart
        // The end is found from the last byte, so that a range up to a piece's border doesn't leap over what
        // lies between the pieces (indentation, an escape's backslash).
        var end = start
        if !range.isEmpty {
            let last = piece(at: range.upperBound - 1)
            end = last.sourceEnd ?? offset(range.upperBound - 1, in: last) + 1
        }
        return SourceSpan(file: whole.file, start: min(start, whole.end), end: min(max(start, end), whole.end))
    }

    private func piece(at offset: Int) -> Piece {
        guard !pieces.isEmpty else { return Piece(contentStart: 0, sourceStart: whole.start) }
        var low = 0
        var high = pieces.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if pieces[middle].contentStart <= offset { low = middle } else { high = middle }
        }
        return pieces[low]
    }

    private func offset(_ offset: Int, in piece: Piece) -> Int32 {
        piece.sourceStart + Int32(offset) - piece.contentStart
    }
}
