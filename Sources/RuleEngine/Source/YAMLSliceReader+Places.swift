internal import CSystemYAML

// Places in the file, and the text that YAML cuts.
extension YAMLSliceReader {
    func offset(_ mark: yaml_mark_t) -> Int {
        scan.offset(ofCodePoint: mark.index, from: base, in: bytes)
    }

    func span(_ start: Int, _ end: Int) -> SourceSpan {
        SourceSpan(file: file, start: Int32(min(start, bytes.count)), end: Int32(min(end, bytes.count)))
    }

    func slice(_ start: Int, _ end: Int) -> String {
        String(decoding: bytes[min(start, bytes.count)..<min(max(start, end), bytes.count)], as: UTF8.self)
    }

    func lineSpan(_ offset: Int) -> SourceSpan {
        var end = offset
        while end < bytes.count, bytes[end] != 0x0A, bytes[end] != 0x0D { end += 1 }
        return span(offset, end)
    }

    func endOfWord(_ start: Int) -> Int {
        var end = start
        while end < bytes.count, bytes[end] > 0x20 { end += 1 }
        return end
    }

    /// Past `&anchor` and `!tag`, to the node that they stand before.
    func skipProperties(from start: Int, to end: Int) -> Int {
        var index = start
        while index < end {
            if bytes[index] == UInt8(ascii: "&") || bytes[index] == UInt8(ascii: "!") {
                index = endOfWord(index)
            } else if bytes[index] == UInt8(ascii: "#") {
                while index < end, bytes[index] != 0x0A { index += 1 }
            } else if bytes[index] <= 0x20 {
                index += 1
            } else {
                break
            }
        }
        return min(index, end)
    }

    func hasColon(after offset: Int) -> Bool {
        var index = offset
        while index < bytes.count, bytes[index] <= 0x20 { index += 1 }
        return index < bytes.count && bytes[index] == UInt8(ascii: ":")
    }

    func name(_ anchor: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        anchor.map { String(cString: $0) }
    }

    /// A comment right behind a plain scalar that doesn't look like one: `Deal #1` loses `#1`.
    func lookForCutText(after end: Int, reporting diagnostics: inout DiagnosticBag) {
        var index = end
        while index < bytes.count, bytes[index] == 0x20 || bytes[index] == 0x09 { index += 1 }
        guard index > end, index + 1 < bytes.count, bytes[index] == UInt8(ascii: "#") else { return }
        let next = bytes[index + 1]
        guard next > 0x20, next != UInt8(ascii: "#"), next != UInt8(ascii: "!") else { return }
        var place = lineSpan(index)
        while place.end > place.start, bytes[Int(place.end) - 1] <= 0x20 {
            place = SourceSpan(file: file, start: place.start, end: place.end - 1)
        }
        diagnostics.report(.textCutByComment(place, text: slice(Int(place.start), Int(place.end))))
    }

    /// Where a `<<` begins in a key that has no `>>`: the rest of the mark was taken for the value.
    static func unclosedMark(in key: SyntaxScalar) -> Int32? {
        guard key.style == .plain else { return nil }
        return unclosedMark(in: key.source[Int(key.span.start)..<Int(key.span.end)]).map { Int32($0) }
    }

    static func unclosedMark(in bytes: ArraySlice<UInt8>) -> Int? {
        var open: Int?
        var index = bytes.startIndex
        while index + 1 < bytes.endIndex {
            if bytes[index] == UInt8(ascii: "<"), bytes[index + 1] == UInt8(ascii: "<") {
                open = open ?? index
                index += 1
            } else if bytes[index] == UInt8(ascii: ">"), bytes[index + 1] == UInt8(ascii: ">") {
                open = nil
                index += 1
            }
            index += 1
        }
        return open
    }

    /// The plain text around a mark, from its first byte on the line to its last, and the quoted form of it.
    func cutTemplate(from mark: Int, colon: Int) -> Diagnostic {
        var start = mark
        while start > 0, bytes[start - 1] != 0x0A, !startsValue(start) { start -= 1 }
        let lineEnd = Int(lineSpan(mark).end)
        var end = lineEnd
        while end > start, bytes[end - 1] <= 0x20 { end -= 1 }
        return .templateCutByColon(
            span(colon, colon + 1),
            filter: word(before: colon),
            text: span(start, end),
            content: slice(start, end)
        )
    }

    /// Whether a plain value begins at this byte: behind `key: ` or `- `.
    func startsValue(_ index: Int) -> Bool {
        guard index >= 2, bytes[index - 1] == 0x20, bytes[index] > 0x20 else { return false }
        var before = index - 1
        while before > 0, bytes[before] == 0x20 { before -= 1 }
        if bytes[before] == UInt8(ascii: ":") { return true }
        guard bytes[before] == UInt8(ascii: "-") else { return false }
        // A list item's dash has nothing but spaces and dashes before it.
        while before > 0, bytes[before - 1] != 0x0A {
            before -= 1
            if bytes[before] != 0x20, bytes[before] != UInt8(ascii: "-") { return false }
        }
        return true
    }

    func word(before offset: Int) -> String {
        var start = offset
        while start > 0, bytes[start - 1] > 0x20, bytes[start - 1] != UInt8(ascii: "|") { start -= 1 }
        return slice(start, offset)
    }
}
