import RuleEngine

/// Draws a message as the person's phone would show it, in plain characters.
package struct PaperPhone: Sendable {
    private let width: Int

    /// - Parameter width: of the text inside the frame.
    package init(width: Int = 46) {
        self.width = width
    }

    package func draw(_ message: RehearsedMessage, number: Int, at time: String) -> [String] {
        var lines = ["╭" + String(repeating: "─", count: width + 2) + "╮"]
        lines.append(row(Self.name(of: message.kind), right: time))
        lines.append("├" + String(repeating: "─", count: width + 2) + "┤")
        if !message.subject.isEmpty {
            lines += wrapped(message.subject).map { row($0) }
            lines.append(row(""))
        }
        var text = message.text
        while text.last?.isNewline == true { text.removeLast() }
        for paragraph in text.split(separator: "\n", omittingEmptySubsequences: false) {
            lines += wrapped(String(paragraph)).map { row($0) }
        }
        lines.append("╰" + String(repeating: "─", count: width + 2) + "╯")
        var foot = "  no. \(number), \(message.template ?? "message") via \(message.channel), \(message.language)"
        if !message.links.isEmpty { foot += ", links: \(message.links.joined(separator: ", "))" }
        lines.append(foot)
        return lines
    }

    private static func name(of kind: String) -> String {
        switch kind {
        case "email": "Mail"
        case "sms": "SMS"
        case "whatsapp": "WhatsApp"
        case "telegram": "Telegram"
        case "messenger": "Messenger"
        case "instagram": "Instagram"
        case "voice_live", "voice_recorded": "Call"
        default: kind
        }
    }

    private func row(_ text: String, right: String = "") -> String {
        let gap = max(0, width - Self.columns(text) - Self.columns(right))
        return "│ " + text + String(repeating: " ", count: gap) + right + " │"
    }

    /// At spaces where there are some; longer words, such as links, are cut.
    private func wrapped(_ text: String) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ", omittingEmptySubsequences: false).map(String.init) {
            var word = Self.printable(word)
            if !line.isEmpty, Self.columns(line) + 1 + Self.columns(word) > width {
                lines.append(line)
                line = ""
            }
            while Self.columns(word) > width {
                var head = ""
                while let next = word.first, Self.columns(head) + Self.columns(String(next)) <= width {
                    head.append(word.removeFirst())
                }
                lines.append(head)
            }
            line = line.isEmpty ? word : line + " " + word
        }
        return lines + [line]
    }

    /// A terminal must not take orders from a message.
    private static func printable(_ text: String) -> String {
        String(text.unicodeScalars.map { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) ? "?" : Character($0) })
    }

    /// Wide characters take two.
    static func columns(_ text: String) -> Int {
        text.reduce(0) { sum, character in
            let scalar = character.unicodeScalars.first?.value ?? 0
            switch scalar {
            case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
                0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
                return sum + 2
            default: return sum + 1
            }
        }
    }
}
