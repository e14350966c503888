/// What can be said of an expression from the text in front of the cursor.
enum ExpressionHead {
    /// The word at the end.
    static func lastWord(_ text: Substring) -> String {
        String(text.reversed().prefix { $0.isLetter || $0.isNumber || $0 == "_" }.reversed())
    }

    /// The function or word in front of a text that is still open: `in_segment("`, `link "`.
    static func openText(_ head: String) -> String? {
        guard head.count(where: { $0 == "\"" }) % 2 == 1, let quote = head.lastIndex(of: "\"") else { return nil }
        var rest = head[..<quote]
        while let last = rest.last, last == " " || last == "(" { rest.removeLast() }
        return lastWord(rest)
    }

    /// The function whose parentheses are open at the end, right behind `(`.
    static func openCall(_ head: String) -> String? {
        var rest = head[...]
        while rest.last == " " { rest.removeLast() }
        guard rest.last == "(" else { return nil }
        return lastWord(rest.dropLast())
    }

    /// `count(order_placed, where event.`: the event that is counted, while the call is open.
    static func historyEvent(_ head: String) -> String? {
        var open: [Substring.Index] = []
        for index in head.indices {
            if head[index] == "(" { open.append(index) }
            if head[index] == ")" { _ = open.popLast() }
        }
        for index in open.reversed() where ExpressionNames.aboutEvents.contains(lastWord(head[..<index])) {
            let inside = head[head.index(after: index)...].drop { $0 == " " }
            return String(inside.prefix { $0.isLetter || $0.isNumber || $0 == "_" })
        }
        return nil
    }
}

extension String {
    /// Where the last occurrence of a text ends.
    func range(ofLast text: String) -> Index? {
        ranges(of: text).last?.upperBound
    }
}
