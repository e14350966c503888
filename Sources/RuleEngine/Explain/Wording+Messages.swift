extension Wording {
    /// Channels in their order.
    func by(_ ids: [String]) -> String {
        ids.count == 1
            ? "by " + channel(ids[0])
            : "by the first of these on which the contact may be reached: "
                + Self.list(ids.map { channel($0) }, "then")
    }

    func tryNext(_ next: TryNext) -> String {
        let sign =
            switch next.signal {
            case .failed: "it has failed"
            case .not_delivered: "it has not been delivered"
            case .not_opened: "it has not been opened"
            case .not_read: "it has not been read"
            case .not_clicked: "no link in it has been clicked"
            case .not_replied: "it has not been replied to"
            }
        let bound = next.attempts.map { "; at most \(Self.count($0, "attempt")) in all" } ?? ""
        return "If \(sign) after \(Self.duration(next.after)), the next channel is tried\(bound)."
    }

    // MARK: Values that a step fills in

    func value(of assignment: Assignment) -> String {
        switch assignment.value {
        case .expression(let expression): term(expression.root)
        case .text(let text): self.text(text)
        }
    }

    /// A text with its marks in words: "‹the contact's seats› seats".
    func text(_ text: CompiledText) -> String {
        "“" + content(of: text) + "”"
    }

    func content(of text: CompiledText) -> String {
        words(text.nodes)
    }

    private func words(_ nodes: [CheckedTextNode]) -> String {
        nodes.map { node in
            switch node {
            case .constant(let bytes): return String(decoding: bytes, as: UTF8.self)
            case .output(let output):
                return "‹" + ([term(output.expression.root)] + steps(output)).joined(separator: ", ") + "›"
            case .branch(let arms):
                let ways = arms.map { arm in
                    (arm.condition.map { "if " + condition($0.root).flat + ": " } ?? "else: ") + words(arm.body)
                }
                return "‹" + ways.joined(separator: " ‖ ") + "›"
            case .loop(let variable, let list, let body):
                return "‹for each \(Self.field(variable)) of \(term(list.root)): " + words(body) + "›"
            case .link(let name, let body):
                return "‹link" + (name.map { " " + Self.name($0) } ?? "") + " to \(words(body))›"
            }
        }.joined()
    }

    private func steps(_ output: CheckedOutput) -> [String] {
        output.steps.compactMap { step in
            switch step {
            case .defaultText(let bytes): "or “\(String(decoding: bytes, as: UTF8.self))” where it is missing"
            case .defaultNumber(let number, let kind): "or \(value(.number(number, kind))) where it is missing"
            case .prefix(let bytes): "with “\(String(decoding: bytes, as: UTF8.self))” in front where it is known"
            case .suffix(let bytes): "with “\(String(decoding: bytes, as: UTF8.self))” behind where it is known"
            case .upper: "in capitals"
            case .lower: "in small letters"
            case .title: "with capital initials"
            case .trim: "without space around it"
            case .truncate(let limit, let ending): "cut to \(limit) characters with \(Self.text(ending)) behind"
            case .date(_, let pattern): "written as \(Self.text(pattern))"
            case .money(let places), .number(let places): places.map { "with \(Self.count($0, "decimal"))" }
            case .plain: nil
            case .escape: "escaped"
            case .plural(let forms):
                "as " + Self.list(forms.map { Self.text(String(decoding: $0, as: UTF8.self)) }, "or")
            case .join(let separator): "joined by \(Self.text(String(decoding: separator, as: UTF8.self)))"
            case .url: "as part of a web address"
            case .json: "as JSON"
            case .addNumber(let number): "plus \(Value.number(number, .int).described)"
            case .addDays(let days): "plus \(Self.count(Int(days), "day"))"
            case .addMicroseconds(let length): "plus \(Self.duration(length))"
            }
        }
    }
}
