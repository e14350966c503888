import RuleEngine
import Runner

extension WhyReport {
    func text(for terminal: Terminal, _ clock: ProjectClock) -> String {
        let id = asked == contact ? "" : "  (id \(contact))"
        var text = terminal.styled("\(program) → \(asked)", .bold) + id + "\n" + summary + "\n\n"
        for step in steps { text += step.text(for: terminal, depth: 1) }
        if let wouldSendIf, !wouldSendIf.isEmpty {
            text +=
                "\n  would send if " + wouldSendIf.map { $0.words(on: clock) }.joined(separator: ",\n            and ")
                + "\n"
        }
        return text
    }
}

extension WhyReport.Step {
    fileprivate func text(for terminal: Terminal, depth: Int) -> String {
        let mark =
            switch result {
            case .passed: terminal.styled("✓", .green)
            case .blocked: terminal.styled("✗", .red)
            case .info: terminal.styled("·", .dim)
            }
        var line = String(repeating: "  ", count: depth) + mark + " " + text
        if !values.isEmpty {
            line += terminal.styled(
                "  (" + values.map { "\($0.name): \($0.value)" }.joined(separator: ", ") + ")",
                .dim
            )
        }
        if let place { line += terminal.styled("  \(place)", .dim) }
        return line + "\n" + parts.map { $0.text(for: terminal, depth: depth + 1) }.joined()
    }
}
