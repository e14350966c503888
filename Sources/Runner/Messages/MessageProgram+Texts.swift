/// What a single message says stands in the rule that was written for it. It goes when nobody needs it any more.
extension MessageProgram {
    /// The message's own texts follow, to the end of the rule.
    private static let mark = "\n  - send: message\n    message:\n"
    /// Texts that are values of each run, and say nothing here.
    private static let values = ["\"<<entry.message_subject>>\"", "\"<<entry.message_text>>\""]

    /// Whether a rule holds texts of its own, or a template's name.
    package static func hasOwnMessage(_ rule: String) -> Bool { rule.firstRange(of: mark) != nil }

    /// The same rule without anything that its message says: it still compiles, and its steps are the same, so that what
    /// its runs decided can be told as before. Nil where it says nothing by itself.
    package static func withoutTexts(_ rule: String) -> String? {
        guard let start = rule.firstRange(of: mark) else { return nil }
        // A line for the kind of channel, one for the language, then one for each text: nothing in them ends a line.
        let lines = rule[start.upperBound...].split(separator: "\n")
        let texts = lines.dropFirst(2).map { line in line.drop { $0 == " " }.drop { $0 != ":" }.dropFirst(2) }
        guard lines.count > 2, !texts.allSatisfy({ values.contains(String($0)) }) else { return nil }
        var output = rule[..<start.upperBound] + lines[0] + "\n" + lines[1] + "\n"
        if lines[0].hasSuffix(" email:") {
            // What the law asks of marketing mail is asked of this as well.
            let isMarketing = rule.firstRange(of: "\npurpose: marketing\n") != nil
            let body = isMarketing ? "<<unsubscribe.link>> <<sender.postal_address>>" : "-"
            output += "          subject: \"-\"\n          body: \"\(body)\"\n"
        } else {
            output += "          text: \"-\"\n"
        }
        return output == rule ? nil : String(output)
    }
}
