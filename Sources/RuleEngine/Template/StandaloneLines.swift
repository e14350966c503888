/// Finds the lines that hold nothing but `if`, `else`, `for` or `end`: they leave no empty line behind.
enum StandaloneLines {
    /// Stretches of text to leave out, ascending: blanks and line breaks of such lines.
    ///
    /// - Parameter blockMarks: ascending; no mark spans lines.
    static func droppedRanges(in bytes: [UInt8], range: Range<Int>, blockMarks: [Range<Int>]) -> [Range<Int>] {
        var dropped: [Range<Int>] = []
        var marks = blockMarks[...]
        var lineStart = range.lowerBound
        while let first = marks.first, lineStart < range.upperBound {
            let newline = bytes[lineStart..<range.upperBound].firstIndex(of: UInt8(ascii: "\n"))
            let lineEnd = newline.map { $0 + 1 } ?? range.upperBound
            defer { lineStart = lineEnd }
            guard first.lowerBound < lineEnd else { continue }
            let inLine = marks.prefix { $0.lowerBound < lineEnd }
            marks = marks.dropFirst(inLine.count)
            var gaps: [Range<Int>] = []
            var place = lineStart
            for mark in inLine {
                gaps.append(place..<mark.lowerBound)
                place = mark.upperBound
            }
            gaps.append(place..<max(place, lineEnd))
            if gaps.allSatisfy({ bytes[$0].allSatisfy(\.isBlank) }) {
                dropped.append(contentsOf: gaps.filter { !$0.isEmpty })
            }
        }
        return dropped
    }
}
