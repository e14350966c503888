/// A sentence or a part of one, and what stands below it. Nesting takes the place of brackets: what `and` and `or` hold
/// together is a list, so that nobody has to guess how far a word reaches.
package struct Phrase: Sendable, Hashable {
    /// What a step is called by others: `2.1`.
    package var number: String?
    package var text: String
    package var parts: [Phrase]

    package init(_ text: String, _ parts: [Phrase] = [], number: String? = nil) {
        self.text = text
        self.parts = parts
        self.number = number
    }

    /// With a large letter in front; a name in backquotes stays as it is.
    var asSentence: Phrase {
        guard let first = text.first else { return self }
        return Phrase(first.uppercased() + text.dropFirst(), parts, number: number)
    }

    /// All that it says in one line, for places that have no room for a list. Braces keep it exact.
    package var flat: String {
        parts.isEmpty ? text : text + " {" + parts.map(\.flat).joined(separator: "; ") + "}"
    }

    /// A sentence that ends with a condition, which goes on below where it has several parts.
    static func ending(_ beginning: String, _ condition: Phrase, _ end: String = ".") -> Phrase {
        condition.parts.isEmpty
            ? Phrase(beginning + " " + condition.text + end) : Phrase(beginning + " " + condition.text, condition.parts)
    }

    /// A line for itself and each of its parts.
    func write(into text: inout String, depth: Int) {
        text += String(repeating: "  ", count: depth + 1)
        text += number.map { $0 + ". " } ?? (depth > 0 ? "- " : "")
        text += self.text + "\n"
        for part in parts { part.write(into: &text, depth: depth + 1) }
    }
}

/// A part of an explanation under a heading of its own.
package struct Chapter: Sendable, Hashable {
    package var title: String
    package var sentences: [Phrase]

    package init(_ title: String, _ sentences: [Phrase]) {
        self.title = title
        self.sentences = sentences
    }
}
