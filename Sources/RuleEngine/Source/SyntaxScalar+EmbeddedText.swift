extension SyntaxScalar {
    /// The content with the way from each of its bytes back to the file.
    ///
    /// The source bytes are scanned again, because libyaml gives a scalar's content and its two ends, and nothing
    /// in between. Should scan and content ever disagree, the rest of the content maps to where they parted.
    package var embedded: EmbeddedText {
        let content = Array(text.utf8)
        var scan = PieceScan(content: content, source: source, start: Int(span.start), end: Int(span.end))
        switch style {
        case .plain: scan.flow(quote: nil)
        case .singleQuoted: scan.flow(quote: UInt8(ascii: "'"))
        case .doubleQuoted: scan.flow(quote: UInt8(ascii: "\""))
        case .literal: scan.block(isFolded: false)
        case .folded: scan.block(isFolded: true)
        }
        return EmbeddedText(bytes: content, whole: span, pieces: scan.pieces)
    }
}

/// Walks through a scalar's content and its source bytes side by side.
private struct PieceScan {
    let content: [UInt8]
    let source: [UInt8]
    let end: Int
    /// How far we are in the source and in the content.
    var index: Int
    var reached = 0
    var pieces: [EmbeddedText.Piece] = []

    init(content: [UInt8], source: [UInt8], start: Int, end: Int) {
        self.content = content
        self.source = source
        self.end = min(end, source.count)
        index = start
    }

    private mutating func mark(_ offset: Int, sourceEnd: Int? = nil) {
        if let last = pieces.last {
            if last.contentStart == Int32(reached) { pieces.removeLast() }
            // Still in step with the piece before: no new one needed.
            if sourceEnd == nil, last.sourceEnd == nil, last.contentStart < Int32(reached),
                last.sourceStart - last.contentStart == Int32(offset - reached)
            {
                return
            }
        }
        pieces.append(
            EmbeddedText.Piece(
                contentStart: Int32(reached),
                sourceStart: Int32(offset),
                sourceEnd: sourceEnd.map(Int32.init)
            )
        )
    }

    private func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    private func isBreak(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }

    /// Plain and quoted scalars: lines are folded, and their indentation is not content.
    mutating func flow(quote: UInt8?) {
        if quote != nil { index += 1 }
        let end = quote == nil ? end : end - 1
        mark(index)
        while index < end, reached < content.count {
            let byte = source[index]
            if isBlank(byte) || isBreak(byte) {
                let start = index
                while index < end, isBlank(source[index]) { index += 1 }
                if index < end, isBreak(source[index]) {
                    fold(from: start, end: end)
                } else {
                    mark(start)
                    reached += index - start
                }
            } else if quote == 0x27, byte == 0x27 {
                mark(index, sourceEnd: index + 2)
                index += 2
                reached += 1
                mark(index)
            } else if quote == 0x22, byte == UInt8(ascii: "\\") {
                escape(end: end)
            } else {
                guard content[reached] == byte else { return }
                mark(index)
                index += 1
                reached += 1
            }
        }
    }

    /// Blanks, line breaks and the indentation after them: one break gives a space, more give one break less.
    private mutating func fold(from start: Int, end: Int) {
        let breaks = skipBreaks(end: end)
        mark(start, sourceEnd: index)
        reached += max(1, breaks - 1)
        mark(index)
    }

    private mutating func skipBreaks(end: Int) -> Int {
        var breaks = 0
        while index < end, isBlank(source[index]) || isBreak(source[index]) {
            if source[index] == 0x0A { breaks += 1 }
            index += 1
        }
        return breaks
    }

    private mutating func escape(end: Int) {
        let start = index
        guard index + 1 < end else { return index = end }
        let length: Int
        switch source[index + 1] {
        case UInt8(ascii: "x"): length = 4
        case UInt8(ascii: "u"): length = 6
        case UInt8(ascii: "U"): length = 10
        case 0x0A, 0x0D:
            // An escaped line break: nothing of it is content, and neither is the indentation after it.
            // Blank lines below it are.
            index += 1
            let breaks = skipBreaks(end: end)
            if breaks > 1 {
                mark(start, sourceEnd: index)
                reached += breaks - 1
            }
            return mark(index)
        default: length = 2
        }
        let codePoint: UInt32
        if length == 2 {
            switch source[index + 1] {
            case UInt8(ascii: "N"), UInt8(ascii: "_"): codePoint = 0x85
            case UInt8(ascii: "L"), UInt8(ascii: "P"): codePoint = 0x2028
            default: codePoint = 0x20
            }
        } else {
            codePoint = source[index + 2..<min(index + length, end)].reduce(0) { value, byte in
                value << 4 | UInt32(byte & 0x0F) + (byte > 0x39 ? 9 : 0)
            }
        }
        index = min(index + length, end)
        mark(start, sourceEnd: index)
        reached += codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4
        mark(index)
    }

    /// Literal and folded block scalars.
    mutating func block(isFolded: Bool) {
        skipLine()
        mark(index)
        guard let indent = blockIndent() else { return }
        var blankLines = 0
        var isFirst = true
        var previousIsIndented = false
        // Where the line above ended: its break, and the blank lines below it, stand there.
        var breakStart = index
        while index < end, reached < content.count {
            var start = index
            while start < end, start - index < indent, source[start] == 0x20 { start += 1 }
            let lineEnd = endOfLine(from: start)
            if start >= lineEnd {
                blankLines += 1
                index = start
                skipLine()
                continue
            }
            let isIndented = isBlank(source[start])
            if isFirst {
                separator(blankLines, from: breakStart)
            } else if isFolded, !isIndented, !previousIsIndented {
                separator(max(1, blankLines), from: breakStart)
            } else {
                separator(1 + blankLines, from: breakStart)
            }
            guard reached + (lineEnd - start) <= content.count,
                content[reached..<reached + (lineEnd - start)] == source[start..<lineEnd]
            else { return }
            mark(start)
            reached += lineEnd - start
            index = lineEnd
            breakStart = lineEnd
            skipLine()
            (blankLines, isFirst, previousIsIndented) = (0, false, isIndented)
        }
        separator(content.count - reached, from: breakStart)
    }

    private mutating func separator(_ count: Int, from offset: Int) {
        guard count > 0 else { return }
        mark(offset)
        reached += count
    }

    private func endOfLine(from start: Int) -> Int {
        var end = start
        while end < self.end, !isBreak(source[end]) { end += 1 }
        return end
    }

    private mutating func skipLine() {
        while index < end, source[index] != 0x0A { index += 1 }
        index = min(index + 1, end)
    }

    /// How far the block is indented: the first line with text tells, less the spaces that are its content.
    private func blockIndent() -> Int? {
        var leading = 0
        while leading < content.count, content[leading] == 0x0A { leading += 1 }
        var spaces = 0
        while leading + spaces < content.count, content[leading + spaces] == 0x20 { spaces += 1 }
        guard leading + spaces < content.count else { return nil }
        var line = index
        while line < end {
            let lineEnd = endOfLine(from: line)
            if let text = source[line..<lineEnd].firstIndex(where: { $0 != 0x20 }) {
                return max(0, text - line - spaces)
            }
            line = lineEnd
            while line < end, source[line] != 0x0A { line += 1 }
            line += 1
        }
        return nil
    }
}
