/// Values as the project's files hold them.
enum YAMLText {
    /// As a double-quoted scalar.
    static func quoted(_ text: String) -> String {
        var output = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": output += "\\\""
            case "\\": output += "\\\\"
            case "\n": output += "\\n"
            case "\t": output += "\\t"
            case "\0"..<" ", "\u{7F}", "\u{85}", "\u{2028}", "\u{2029}", "\u{FEFF}":
                let digits = String(scalar.value, radix: 16)
                output += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: output.unicodeScalars.append(scalar)
            }
        }
        return output + "\""
    }

    /// The members of an object, a line or more each. Texts of several lines stay readable.
    static func members(_ entries: [JSON.Entry], indent: Int = 0) -> String {
        entries.map { entry in
            let key = isPlain(entry.key) ? entry.key : quoted(entry.key)
            return String(repeating: " ", count: indent) + key + ":" + value(entry.value, indent: indent + 2)
        }.joined()
    }

    private static func value(_ json: JSON, indent: Int) -> String {
        switch json {
        case .null: return "\n"
        case .bool(let flag): return flag ? " true\n" : " false\n"
        case .integer(let number): return " \(number)\n"
        case .written(let text): return " \(text)\n"
        case .string(let text): return " " + scalar(text, indent: indent)
        case .array(let items):
            let isFlat = items.allSatisfy { $0.string != nil }
            if isFlat { return " [\(items.compactMap(\.string).map(quoted).joined(separator: ", "))]\n" }
            let space = String(repeating: " ", count: indent)
            // Each item's members stand below its dash.
            return "\n"
                + items.map { item in
                    let body = members(item.entries, indent: indent + 2)
                    return space + "- " + body.dropFirst(indent + 2)
                }.joined()
        case .object(let entries):
            return entries.isEmpty ? " {}\n" : "\n" + members(entries, indent: indent)
        }
    }

    private static func scalar(_ text: String, indent: Int) -> String {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let isFit = lines.allSatisfy { line in
            line.last != " " && line.unicodeScalars.allSatisfy { $0 >= " " && $0 != "\u{7F}" && $0 != "\u{85}" }
        }
        guard lines.count > 2, isFit, lines[0].first.map({ $0 != " " }) == true,
            text.hasSuffix("\n"), !text.hasSuffix("\n\n")
        else { return isPlain(text) ? text + "\n" : quoted(text) + "\n" }
        let space = String(repeating: " ", count: indent)
        return "|\n" + lines.dropLast().map { $0.isEmpty ? "\n" : space + $0 + "\n" }.joined()
    }

    /// Words that mean the same with and without quotes.
    private static func isPlain(_ text: String) -> Bool {
        guard let first = text.utf8.first, (0x61...0x7A).contains(first) else { return false }
        return text.utf8.allSatisfy {
            (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F || $0 == 0x2D
        } && !["yes", "no", "true", "false", "null", "on", "off", "y", "n"].contains(text)
    }
}
