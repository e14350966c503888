extension Wording {
    /// Every text of a template in words, by its place: `email, de, subject`.
    func texts(of template: CheckedTemplate) -> [String: String] {
        var texts: [String: String] = [:]
        for (kind, languages) in template.messages {
            for (language, message) in languages {
                for (field, text) in message.fields { texts["\(kind), \(language), \(field)"] = content(of: text) }
                if let approved = message.approved {
                    texts["\(kind), \(language), approved"] = "\(approved.name) in \(approved.language)"
                }
            }
        }
        return texts
    }

    static func quoted(_ text: String) -> String {
        "“" + text.replacing("\n", with: "⏎") + "”"
    }

    /// Two texts cut to the lines in which they differ: a letter needn't be read twice to find a word.
    static func difference(_ was: String?, _ now: String?) -> (String?, String?) {
        guard let was, let now else { return (was.map { quoted(shortened($0)) }, now.map { quoted(shortened($0)) }) }
        if was == now { return (quoted(was), quoted(now)) }
        let old = was.split(separator: "\n", omittingEmptySubsequences: false)
        let new = now.split(separator: "\n", omittingEmptySubsequences: false)
        var start = 0
        while start < min(old.count, new.count), old[start] == new[start] { start += 1 }
        var end = 0
        while end < min(old.count, new.count) - start, old[old.count - 1 - end] == new[new.count - 1 - end] { end += 1 }
        func middle(_ lines: [Substring]) -> String {
            let changed = lines[start..<(lines.count - end)]
            return (start > 0 ? "… " : "") + changed.joined(separator: "\n") + (end > 0 ? " …" : "")
        }
        return (quoted(middle(old)), quoted(middle(new)))
    }

    private static func shortened(_ text: String) -> String {
        text.count <= 200 ? text : text.prefix(200) + "…"
    }
}
