/// The content of one scalar, together with the way from its bytes back to the file.
///
/// Expressions and templates live inside YAML scalars. A quoted scalar's columns shift at every escape and a block
/// scalar loses its indentation, so the content's offsets are not the file's; the pieces say how they correspond.
package struct EmbeddedText: Sendable {
    /// From `contentStart` on, content and file run in step, until the next piece begins.
    package struct Piece: Sendable {
        package let contentStart: Int32
        package let sourceStart: Int32

        package init(contentStart: Int32, sourceStart: Int32) {
            self.contentStart = contentStart
            self.sourceStart = sourceStart
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

    package var text: String {
        String(decoding: bytes, as: UTF8.self)
    }

    /// Where a range of the content stands in the file.
    package func span(_ range: Range<Int>) -> SourceSpan {
        let start = sourceOffset(range.lowerBound)
        // The end is found from the last byte, so that a range up to a piece's border doesn't leap over what
        // lies between the pieces (indentation, an escape's backslash).
        let end = range.isEmpty ? start : sourceOffset(range.upperBound - 1) + 1
        return SourceSpan(file: whole.file, start: min(start, whole.end), end: min(max(start, end), whole.end))
    }

    private func sourceOffset(_ offset: Int) -> Int32 {
        guard var piece = pieces.first else { return whole.start }
        for next in pieces {
            if next.contentStart > offset { break }
            piece = next
        }
        return piece.sourceStart + Int32(offset) - piece.contentStart
    }
}
