/// Writes findings for people: what is wrong, where, with the line and a caret, and what to write instead.
package struct DiagnosticRenderer: Sendable {
    package let sources: SourceMap
    /// Decided by whoever owns the terminal (`NO_COLOR`, a pipe).
    package var usesColour: Bool
    /// More than this many help nobody; the rest is counted.
    package var limit: Int

    /// Of a longer line only the part around the finding is shown.
    static let lineWidth = 160

    package init(sources: SourceMap, usesColour: Bool = false, limit: Int = DiagnosticOrder.limit) {
        self.sources = sources
        self.usesColour = usesColour
        self.limit = limit
    }

    /// All of them with a blank line between, ending with a line break. Empty where there are none.
    package func text(_ diagnostics: [Diagnostic]) -> String {
        var parts = diagnostics.prefix(limit).map(text)
        if diagnostics.count > limit { parts.append("and \(diagnostics.count - limit) more\n") }
        return parts.joined(separator: "\n")
    }

    package func text(_ diagnostic: Diagnostic) -> String {
        let severity = diagnostic.severity.rawValue
        let colour: Colour = diagnostic.severity == .error ? .red : .yellow
        var lines = [paint("\(severity)[\(diagnostic.code)]", colour) + ": " + Self.clean(diagnostic.message)]
        lines += snippet(diagnostic.primary, arrow: "-->", underline: "^", colour: colour)
        for label in diagnostic.secondary {
            lines += snippet(label, arrow: ":::", underline: "-", colour: .blue)
        }
        if !diagnostic.path.isEmpty {
            lines.append(paint("path", .blue) + ": " + Self.clean(diagnostic.path.joined(separator: " > ")))
        }
        if let help = diagnostic.help { lines.append(paint("help", .green) + ": " + Self.clean(help)) }
        if let fix = diagnostic.fix, let repaired = repairedLine(fix, of: diagnostic.primary.span) {
            lines.append(repaired)
        }
        lines.append("docs: docs/diagnostics/\(diagnostic.code).md")
        return lines.joined(separator: "\n") + "\n"
    }

    private func snippet(_ label: Diagnostic.Label, arrow: String, underline: Character, colour: Colour) -> [String] {
        let start = sources.start(of: label.span)
        var lines = ["  \(arrow) \(Self.clean(sources.path(of: label.span))):\(start.line):\(start.column)"]
        let line = Array(sources.lineText(start.line, in: label.span.file).unicodeScalars)
        let end = sources.end(of: label.span)
        let from = min(start.column - 1, line.count)
        let to = end.line == start.line ? min(max(end.column - 1, from), line.count) : line.count
        let window = window(from: from, to: to, count: line.count)
        let number = String(start.line)
        let gutter = String(repeating: " ", count: number.utf8.count)
        let shown = line[window]
        lines.append(
            paint("\(number) |", .blue) + " " + (window.lowerBound > 0 ? "…" : "")
                + Self.clean(String.UnicodeScalarView(shown))
                + (window.upperBound < line.count ? "…" : "")
        )
        var indent = window.lowerBound > 0 ? " " : ""
        for scalar in line[window.lowerBound..<min(max(from, window.lowerBound), window.upperBound)] {
            // A tab stays a tab, so that the caret stands under the same column whatever a tab's width is.
            indent += scalar == "\t" ? "\t" : String(repeating: " ", count: DisplayWidth.of(scalar))
        }
        let marked = line[min(from, window.upperBound)..<min(to, window.upperBound)]
        let width = max(1, DisplayWidth.of(marked))
        let mark = String(repeating: underline, count: width) + (label.text.isEmpty ? "" : " " + Self.clean(label.text))
        lines.append(paint("\(gutter) |", .blue) + " " + indent + paint(mark, colour))
        return lines
    }

    private func window(from: Int, to: Int, count: Int) -> Range<Int> {
        guard count > Self.lineWidth else { return 0..<count }
        let start = max(0, min(from - 40, count - Self.lineWidth))
        return start..<min(count, start + Self.lineWidth)
    }

    /// The line as it would read with the fix. Nil where the fix goes beyond the finding's line.
    private func repairedLine(_ fix: Diagnostic.Fix, of span: SourceSpan) -> String? {
        let line = sources.start(of: span).line
        let bytes = sources.file(span.file).bytes
        var start = Int(span.start)
        while start > 0, bytes[start - 1] != 0x0A { start -= 1 }
        var end = min(Int(span.start), bytes.count)
        while end < bytes.count, bytes[end] != 0x0A { end += 1 }
        if end > start, bytes[end - 1] == 0x0D { end -= 1 }
        guard end - start <= Self.lineWidth * 2 else { return nil }
        var repaired = Array(bytes[start..<end])
        for edit in fix.edits.sorted(by: { $0.span.start > $1.span.start }) {
            guard edit.span.file == span.file, Int(edit.span.start) >= start, Int(edit.span.end) <= end,
                !edit.replacement.utf8.contains(0x0A)
            else { return nil }
            repaired.replaceSubrange(
                Int(edit.span.start) - start..<Int(edit.span.end) - start,
                with: Array(edit.replacement.utf8)
            )
        }
        return paint("\(line) |", .blue) + " " + Self.clean(String(decoding: repaired, as: UTF8.self))
    }

    /// A file's text must not steer the terminal that shows it.
    private static func clean(_ text: String) -> String {
        clean(text.unicodeScalars)
    }

    private static func clean(_ scalars: some Sequence<Unicode.Scalar>) -> String {
        var cleaned = String.UnicodeScalarView()
        for scalar in scalars {
            switch scalar.value {
            case 0x09: cleaned.append(scalar)
            case 0..<0x20, 0x7F...0x9F, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: cleaned.append("\u{FFFD}")
            default: cleaned.append(scalar)
            }
        }
        return String(cleaned)
    }

    private enum Colour: String {
        case red = "31", yellow = "33", green = "32", blue = "34"
    }

    private func paint(_ text: String, _ colour: Colour) -> String {
        usesColour ? "\u{1B}[1;\(colour.rawValue)m\(text)\u{1B}[0m" : text
    }
}
