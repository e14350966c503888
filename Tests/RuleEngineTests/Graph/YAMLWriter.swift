/// A value that can be written down in many ways that mean the same.
indirect enum YAMLValue: Sendable {
    /// Text without line breaks.
    case text(String)
    /// Text of several lines; ends with a line break.
    case lines(String)
    case list([YAMLValue])
    case mapping([(key: String, value: YAMLValue)])
}

/// Writes a value in a way that the generator chooses: quotes, comments, blank lines, indentation, flow or block,
/// and the order of keys.
struct YAMLWriter {
    var random: SeededGenerator
    let indentation: Int
    private var output = ""

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        indentation = Int.random(in: 1...4, using: &random)
    }

    /// - Parameter value: a mapping whose first key stays first.
    mutating func document(_ value: YAMLValue) -> String {
        output = ""
        guard case .mapping(let entries) = value else { return "" }
        noise(0)
        write([entries[0]] + entries.dropFirst().shuffled(using: &random), at: 0)
        noise(0)
        return output
    }

    private mutating func write(_ entries: [(key: String, value: YAMLValue)], at column: Int) {
        for entry in entries {
            noise(column)
            output += spaces(column) + scalar(entry.key) + ":"
            write(entry.value, after: column)
        }
    }

    private mutating func write(_ value: YAMLValue, after column: Int) {
        var isEmpty = false
        if case .list(let items) = value { isEmpty = items.isEmpty }
        if isEmpty || Int.random(in: 0..<3, using: &random) == 0, let flow = flow(value) {
            output += " " + flow + comment() + "\n"
            return
        }
        switch value {
        case .text(let text):
            output += " " + scalar(text) + comment() + "\n"
        case .lines(let text):
            if Bool.random(using: &random) {
                output += " " + doubleQuoted(text) + comment() + "\n"
                return
            }
            let indent = column + indentation
            output += " |" + comment() + "\n"
            for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
                output += line.isEmpty ? "\n" : spaces(indent) + line + "\n"
            }
        case .list(let items):
            output += comment() + "\n"
            let indent = column + Int.random(in: 0...indentation, using: &random)
            for item in items {
                noise(indent)
                if case .text(let text) = item {
                    output += spaces(indent) + "- " + scalar(text) + comment() + "\n"
                } else if let flow = flow(item) {
                    output += spaces(indent) + "- " + flow + comment() + "\n"
                }
            }
        case .mapping(let entries):
            output += comment() + "\n"
            write(entries.shuffled(using: &random), at: column + indentation)
        }
    }

    private mutating func flow(_ value: YAMLValue) -> String? {
        switch value {
        case .text(let text): return quoted(text)
        case .lines: return nil
        case .list(let items):
            var parts: [String] = []
            for item in items {
                guard let part = flow(item) else { return nil }
                parts.append(part)
            }
            return "[" + parts.joined(separator: Bool.random(using: &random) ? ", " : " , ") + "]"
        case .mapping(let entries):
            var parts: [String] = []
            for entry in entries.shuffled(using: &random) {
                guard let part = flow(entry.value) else { return nil }
                parts.append(quoted(entry.key) + ": " + part)
            }
            return "{" + parts.joined(separator: ",\n  " + spaces(60)) + "}"
        }
    }

    private mutating func scalar(_ text: String) -> String {
        let isPlain =
            !text.isEmpty
            && text.utf8.allSatisfy {
                $0 > 0x20 && $0 < 0x7F && !#"'"!&*>|%@[]{},#?<`:"#.utf8.contains($0) || $0 == 0x20
            }
            && !text.hasPrefix("-") && !text.hasSuffix(" ")
        return isPlain && Bool.random(using: &random) ? text : quoted(text)
    }

    private mutating func quoted(_ text: String) -> String {
        Bool.random(using: &random) ? "'" + text.replacing("'", with: "''") + "'" : doubleQuoted(text)
    }

    private mutating func doubleQuoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            default:
                if Int.random(in: 0..<20, using: &random) == 0 {
                    let digits = String(scalar.value, radix: 16)
                    quoted += "\\U" + String(repeating: "0", count: 8 - digits.utf8.count) + digits
                } else {
                    quoted.unicodeScalars.append(scalar)
                }
            }
        }
        return quoted + "\""
    }

    private mutating func noise(_ column: Int) {
        for _ in 0..<Int.random(in: 0...2, using: &random) {
            switch Int.random(in: 0..<3, using: &random) {
            case 0: output += "\n"
            case 1: output += spaces(column) + "# \(random.next() % 1000) words: {of} 'no' consequence\n"
            default: output += "# text\n\n"
            }
        }
    }

    private mutating func comment() -> String {
        Int.random(in: 0..<4, using: &random) == 0 ? "  # aside" : ""
    }

    private func spaces(_ count: Int) -> String {
        String(repeating: " ", count: count)
    }
}
