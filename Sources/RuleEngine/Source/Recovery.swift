/// Goes on inside a document after a mistake that libyaml cannot pass: the smallest part that holds it is overwritten
/// with blanks, and the document is read again. Every byte keeps its place.
struct Recovery {
    /// Where libyaml stopped.
    struct Stop {
        /// The document in which it did.
        let document: Int
        /// The first byte of what is wrong: the open quote or bracket, or what didn't fit.
        let culprit: Int
        /// Where its line begins and ends.
        let line: Range<Int>
        /// The document's first key cannot be read without its line, and without it nothing can.
        let firstKey: Int?
    }

    /// What was taken out of the document.
    private(set) var gaps: [Gap] = []
    /// What was reported of this document already: reading it again finds it again.
    private var reported: Set<Finding> = []
    /// Reading a large document again and again would take long; a file is read about so often in all.
    private var budget = 8 << 20

    struct Gap {
        let range: Range<Int>
        /// The key or dash before it was left, without its value. Else a whole line went, and with it perhaps a key.
        let keepsKey: Bool
    }

    private struct Finding: Hashable {
        let code: String
        let span: SourceSpan
        let other: SourceSpan?
        let message: String
    }

    mutating func report(_ found: DiagnosticBag, isError stop: Stop?, to diagnostics: inout DiagnosticBag) {
        var new = found.diagnostics
        // What stops the reader on a line that was mended already follows from the mistake there.
        if let stop, gaps.contains(where: { $0.range.contains(stop.culprit) }) || Self.isMark(new.dropLast().last, stop)
        {
            new.removeLast()
        }
        for diagnostic in new {
            let finding = Finding(
                code: diagnostic.code,
                span: diagnostic.primary.span,
                other: diagnostic.secondary.first?.span,
                message: diagnostic.message
            )
            if reported.insert(finding).inserted { diagnostics.report(diagnostic) }
        }
    }

    /// `*` or `!` that was meant as text: reported as a mark, and what follows it on its line says no more.
    private static func isMark(_ diagnostic: Diagnostic?, _ stop: Stop) -> Bool {
        guard let diagnostic, diagnostic.code == "E0115" || diagnostic.code == "E0116" else { return false }
        return stop.line.contains(Int(diagnostic.primary.span.start))
    }

    mutating func nextDocument() {
        gaps = []
        reported = []
    }

    /// Takes the mistake out. Gives where to read on, or nil where nothing sensible is left to do.
    mutating func close(_ stop: Stop, in bytes: inout [UInt8]) -> Int? {
        budget -= bytes.count - stop.document
        guard budget > 0, stop.culprit < bytes.count, !gaps.contains(where: { $0.range.contains(stop.culprit) }) else {
            return nil
        }
        var lineStart = stop.culprit
        while lineStart > 0, bytes[lineStart - 1] != 0x0A { lineStart -= 1 }
        guard lineStart > (stop.firstKey ?? Int.max) else { return nil }
        let line = lineStart..<lineEnd(lineStart, in: bytes)
        let indent = bytes[line].prefix { $0 == 0x20 }.count
        guard indent < line.count, !bytes[line].starts(with: "---".utf8), !bytes[line].starts(with: "...".utf8) else {
            return nil
        }
        // The lines below that are indented further belong to it.
        var end = line.upperBound
        // Nobody can say how far a tab indents.
        while end < bytes.count, bytes[lineStart + indent] != 0x09 {
            let next = (end + 1)..<lineEnd(end + 1, in: bytes)
            guard next.lowerBound < bytes.count else { break }
            let isBlank = bytes[next].allSatisfy { $0 <= 0x20 }
            guard isBlank || bytes[next].prefix(while: { $0 == 0x20 }).count > indent else { break }
            end = next.upperBound
        }
        let value = valueStart(in: line, indent: indent, bytes)
        // Only what stands before the mistake is known to be sound.
        let keepsKey = value.map { $0 <= stop.culprit } ?? false
        let start = keepsKey ? value ?? line.lowerBound : line.lowerBound
        guard start < end else { return nil }
        for index in start..<end where bytes[index] != 0x0A && bytes[index] != 0x0D { bytes[index] = 0x20 }
        gaps.append(Gap(range: lineStart..<end, keepsKey: keepsKey))
        return stop.document
    }

    private func lineEnd(_ start: Int, in bytes: [UInt8]) -> Int {
        var end = min(start, bytes.count)
        while end < bytes.count, bytes[end] != 0x0A { end += 1 }
        return end
    }

    /// Behind `key:` or the dashes of an item; nil where the line has neither.
    private func valueStart(in line: Range<Int>, indent: Int, _ bytes: [UInt8]) -> Int? {
        var index = line.lowerBound + indent
        var found: Int?
        while index + 1 < line.upperBound, bytes[index] == UInt8(ascii: "-"), bytes[index + 1] == 0x20 {
            index += 2
            while index < line.upperBound, bytes[index] == 0x20 { index += 1 }
            found = index
        }
        var end = index
        while end < line.upperBound, Self.isKeyByte(bytes[end]) { end += 1 }
        if end > index, end < line.upperBound, bytes[end] == UInt8(ascii: ":"),
            end + 1 == line.upperBound || bytes[end + 1] <= 0x20
        {
            return end + 1
        }
        return found
    }

    private static func isKeyByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}
