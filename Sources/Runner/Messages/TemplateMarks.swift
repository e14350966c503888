/// Texts of callers who mark variables otherwise than with `<< >>`, and who name them without their root.
package enum TemplateMarks {
    package struct Fault: Error, Sendable, Equatable {
        package let message: String
        package let help: String
    }

    /// The opening and the closing one; nil for what is none.
    package static func marks(_ delimiters: String) -> [String]? {
        let marks = delimiters.unicodeScalars.split(separator: " ", omittingEmptySubsequences: false)
        let areFit = marks.allSatisfy { mark in
            (1...4).contains(mark.count) && mark.allSatisfy { $0.value > 0x20 && $0.value != 0x7F }
        }
        guard marks.count == 2, areFit, !marks[0].elementsEqual(marks[1]) else { return nil }
        return marks.map { String($0) }
    }

    /// With our marks in the place of theirs.
    ///
    /// - Parameter delimiters: both marks with a space between them: `{{ }}`.
    package static func converted(_ text: String, from delimiters: String) throws(Fault) -> String {
        guard let marks = marks(delimiters) else {
            throw Fault(
                message: "`delimiters` is not an opening and a closing mark", help: "write them like `{{ }}`")
        }
        if marks == ["<<", ">>"] { return text }
        if text.contains("<<") {
            throw Fault(
                message: "the text holds `<<`, which is a mark here", help: "leave `delimiters` out and write `<< >>`")
        }
        var output = ""
        var rest = text[...]
        while let open = rest.firstRange(of: marks[0]) {
            output += rest[..<open.lowerBound]
            rest = rest[open.upperBound...]
            guard let close = rest.firstRange(of: marks[1]) else {
                throw Fault(message: "a `\(marks[0])` is never closed", help: "close it with `\(marks[1])`")
            }
            let inside = rest[..<close.lowerBound]
            output += "<<" + trimmed(inside) + ">>"
            rest = rest[close.upperBound...]
        }
        return output + rest
    }

    /// `<<order_id | upper>>` of a variable that came with the message means `entry.order_id`.
    package static func rooted(_ text: String, names: Set<String>) -> (text: String, used: Set<String>) {
        var output = ""
        var used: Set<String> = []
        var rest = text[...]
        while let open = rest.firstRange(of: "<<") {
            output += rest[..<open.upperBound]
            rest = rest[open.upperBound...]
            let spaces = rest.prefix { $0 == " " }
            let word = rest.dropFirst(spaces.count).prefix { $0.isLetter || $0.isNumber || $0 == "_" }
            let behind = rest.dropFirst(spaces.count + word.count).first
            if names.contains(String(word)), behind != ".", behind != "(" {
                output += "entry." + word
                rest = rest.dropFirst(spaces.count + word.count)
                used.insert(String(word))
            }
        }
        for name in names where text.contains("entry.\(name)") { used.insert(name) }
        return (output + rest, used)
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return text
    }
}
