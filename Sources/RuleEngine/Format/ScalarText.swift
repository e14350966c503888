/// How one text is written down.
enum ScalarText {
    /// On the line of its key.
    case line(String)
    /// Behind `|` or `>`, on lines of its own that still lack their indentation.
    case block(header: String, lines: [String])

    /// - Parameter shape: what stands at its key, where the tables know. A switch may be `yes` without quotes.
    static func of(_ scalar: SyntaxScalar, shape: Shape?, inFlow: Bool) -> ScalarText {
        let text = scalar.text
        if scalar.isEmptyPlain { return .line("") }
        if !inFlow {
            if scalar.style == .folded, let lines = foldedLines(of: scalar) { return lines }
            let isBlock = scalar.style == .literal || text.utf8.contains(0x0A)
            if isBlock, let lines = literalLines(of: text) { return lines }
        }
        return .line(line(text, shape: shape, inFlow: inFlow))
    }

    /// Plain where no reader can take it for something else, else in double quotes; in single quotes where the text
    /// holds double ones.
    static func line(_ text: String, shape: Shape?, inFlow: Bool) -> String {
        if PlainText.isReadable(text, inFlow: inFlow), isAtHome(text, shape) || !PlainText.isMistakable(text) {
            return text
        }
        let isPrintable = text.unicodeScalars.allSatisfy(PlainText.isPrintable)
        if isPrintable, text.utf8.contains(where: { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }) {
            return "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
        }
        return doubleQuoted(text)
    }

    /// A word that is a switch to other readers as well.
    private static func isAtHome(_ text: String, _ shape: Shape?) -> Bool {
        if case .flag = shape { ["true", "false", "yes", "no"].contains(text) } else { false }
    }

    private static func doubleQuoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\t": quoted += "\\t"
            case "\r": quoted += "\\r"
            default:
                if PlainText.isPrintable(scalar) {
                    quoted.unicodeScalars.append(scalar)
                } else {
                    let digits = String(scalar.value, radix: 16, uppercase: true)
                    let width = scalar.value > 0xFFFF ? 8 : scalar.value > 0xFF ? 4 : 2
                    quoted += width == 8 ? "\\U" : width == 4 ? "\\u" : "\\x"
                    quoted += String(repeating: "0", count: width - digits.utf8.count) + digits
                }
            }
        }
        return quoted + "\""
    }

    /// Nil for what a literal block cannot hold: signs that need an escape, or nothing but white space.
    private static func literalLines(of text: String) -> ScalarText? {
        guard text.utf8.contains(where: { $0 > 0x20 }),
            text.unicodeScalars.allSatisfy({ PlainText.isPrintable($0) || $0 == "\n" || $0 == "\t" })
        else { return nil }
        var lines = text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).map(String.init(_:)).map {
            $0 ?? ""
        }
        var chomping = "-"
        if lines.last?.isEmpty == true {
            lines.removeLast()
            chomping = lines.last?.isEmpty == true ? "+" : ""
        } else if lines.last?.utf8.allSatisfy({ $0 == 0x20 }) == true {
            // A last line of spaces alone would be taken for the end of the block.
            return nil
        }
        return .block(header: "|" + indicator(lines) + chomping, lines: lines)
    }

    /// The width of the indentation, where the first line cannot tell it.
    private static func indicator(_ lines: [String]) -> String {
        for line in lines {
            if line.utf8.first == 0x20 || line.utf8.first == 0x09 { return "2" }
            if !line.isEmpty { return "" }
        }
        return ""
    }

    /// A folded text keeps the line breaks that its author gave it: they mean nothing, but somebody chose them.
    private static func foldedLines(of scalar: SyntaxScalar) -> ScalarText? {
        let source = scalar.source[Int(scalar.span.start)..<Int(scalar.span.end)]
        var lines = source.split(separator: 0x0A, omittingEmptySubsequences: false)
            .map { $0.last == 0x0D ? $0.dropLast() : $0 }
        guard scalar.text.utf8.contains(where: { $0 > 0x20 }), lines.count > 1 else { return nil }
        let header = lines.removeFirst()
        // A width that the author stated may be another than ours, and lines of white space alone hide theirs.
        guard !header.contains(where: { (0x31...0x39).contains($0) }) else { return nil }
        guard let first = lines.first(where: { line in line.contains { $0 > 0x20 } }) else { return nil }
        let indent = first.prefix { $0 == 0x20 }.count
        guard indent > 0 else { return nil }
        let texts = lines.map {
            String(decoding: $0.dropFirst(min(indent, $0.prefix { $0 == 0x20 }.count)), as: UTF8.self)
        }
        guard texts.first?.isEmpty == false else { return nil }
        let content = scalar.text.utf8
        var breaks = 0
        for byte in content.reversed() {
            guard byte == 0x0A else { break }
            breaks += 1
        }
        let chomping = breaks == 0 ? "-" : breaks == 1 ? "" : "+"
        let blank = [String](repeating: "", count: max(0, breaks - 1))
        return .block(header: ">" + chomping, lines: texts + blank)
    }
}
