/// The marks of a template, closed or still open.
enum TemplateMarks {
    struct Mark {
        /// Between `<<` and `>>`, or to the end.
        let content: Range<Int>
        /// The part of it that is an expression: without `if`, `for … in`, `link …` and filters.
        let expression: Range<Int>
        let isClosed: Bool
    }

    static func all(in bytes: [UInt8]) -> [Mark] {
        var marks: [Mark] = []
        var index = 0
        while index + 1 < bytes.count {
            guard bytes[index] == UInt8(ascii: "<"), bytes[index + 1] == UInt8(ascii: "<") else {
                index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
                continue
            }
            let start = index + 2
            var end = start
            var pipe: Int?
            var isInText = false
            while end < bytes.count {
                if bytes[end] == UInt8(ascii: "\"") {
                    isInText.toggle()
                } else if !isInText {
                    if bytes[end] == UInt8(ascii: ">"), end + 1 < bytes.count, bytes[end + 1] == UInt8(ascii: ">") {
                        break
                    }
                    if bytes[end] == UInt8(ascii: "|"), pipe == nil { pipe = end }
                    // A mark does not go over lines, so one that isn't closed here is still being written.
                    if bytes[end] == 0x0A { break }
                }
                end += 1
            }
            let isClosed = end + 1 < bytes.count && bytes[end] == UInt8(ascii: ">")
            let expression = expression(bytes, start..<(pipe ?? end))
            marks.append(Mark(content: start..<end, expression: expression, isClosed: isClosed))
            index = isClosed ? end + 2 : end
        }
        return marks
    }

    private static func expression(_ bytes: [UInt8], _ range: Range<Int>) -> Range<Int> {
        var start = range.lowerBound
        func take(_ word: String) -> Bool {
            while start < range.upperBound, bytes[start] == 0x20 { start += 1 }
            let word = Array(word.utf8)
            guard bytes[start..<range.upperBound].starts(with: word) else { return false }
            start += word.count
            return true
        }
        if take("link ") || take("short_link ") || take("end") { return range.upperBound..<range.upperBound }
        _ = take("else")
        if take("for ") {
            while start < range.upperBound, !bytes[start..<range.upperBound].starts(with: Array(" in ".utf8)) {
                start += 1
            }
            start = min(start + 4, range.upperBound)
        } else {
            _ = take("if ")
        }
        return start..<range.upperBound
    }
}
