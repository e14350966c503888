import RuleEngine

/// A line of a run's trace as a sentence that can be read aloud. The store keeps words for machines (`TraceText`); what
/// people read is made of them here, so that older lines are told in the same way.
package struct TraceSentence {
    private let line: RunReport.Line
    /// What people call the step; nil where it stands in a version that isn't known any more.
    private let step: String?
    private let clock: ProjectClock

    package init(_ line: RunReport.Line, step: String?, clock: ProjectClock) {
        self.line = line
        self.step = step
        self.clock = clock
    }

    /// With the person it is about. Nil for what says nothing to people.
    package func text(of person: String) -> String? {
        predicate.map { Self.isOfPerson.contains(line.decision) ? "\(person) \($0)" : $0 }
    }

    private static let isOfPerson: Set<String> = [
        "began", "held_out", "not_held_out", "waits", "tagged", "untagged", "handed_over", "reached_goal", "moved",
        "ended",
    ]

    /// What stands behind the person's name, where it is about them.
    package var predicate: String? {
        let here = step.map { "`\($0)`" } ?? "a step"
        let rest = line.text
        switch line.decision {
        case "began": return "came in"
        case "gate", "ordered": return nil
        case "held_out": return "was held out: the lot \(rest) lies inside the holdout"
        case "not_held_out": return "was not held out: the lot \(rest) lies outside the holdout"
        case "settled": return settled(here, rest)
        case "called": return "\(here) was called"
        case "answered":
            return rest.hasSuffix(" well") ? "\(here) was answered" : "\(here) was given up: no good answer"
        case "chose": return chose(here, rest)
        case "drew": return "at \(here) the lot fell on \(rest)"
        case "waits":
            return rest.isEmpty ? "waits at \(here) for what happens" : "waits at \(here) \(instants(rest))"
        case "nothing_to_wait_for": return "at \(here) there was nothing to wait for"
        case "time_up": return "the time at \(here) was up"
        case "took_event": return "at \(here) the \(rest) came that was waited for"
        case "passed_over": return passedOver(here, rest)
        case "holds": return "at \(here) it went on" + because(rest)
        case "fails": return "at \(here) it did not go on" + because(rest)
        case "round": return "round \(rest) of \(here) began"
        case "left_loop": return "\(here) ended \(rest) rounds"
        case "wrote": return "\(rest) of the person was written"
        case "unwritten": return "could not be written: \(rest)"
        case "tagged": return "was tagged `\(rest)`"
        case "untagged": return "lost the tag `\(rest)`"
        case "emitted": return "the event `\(rest)` was emitted"
        case "started": return "\(rest) was started"
        case "handed_over": return "was handed over to the team `\(rest)`"
        case "reached_goal": return "reached the goal by \(rest)"
        case "missed_goal": return passedOver("the goal", rest)
        case "moved": return "moved \(rest)"
        case "ended": return ended(rest)
        default: return line.decision.replacing("_", with: " ") + (rest.isEmpty ? "" : " " + rest)
        }
    }

    private func settled(_ here: String, _ rest: String) -> String {
        let outcome = rest.split(separator: " ", maxSplits: 1).dropFirst().first.map(String.init) ?? rest
        switch outcome {
        case "accepted": return "\(here): the message was accepted"
        case "skipped": return "\(here): the message was not sent"
        case "failed": return "\(here): the message could not be sent"
        case "expired": return "\(here): the message had become too old"
        case "uncertain": return "\(here): nobody knows whether the message arrived"
        default: return "\(here): the message came to \(outcome)"
        }
    }

    private func chose(_ here: String, _ rest: String) -> String {
        let (way, conditions) = Self.split(rest)
        let taken = way == "otherwise" ? "the way of `else`" : way
        return "at \(here) \(taken) was taken" + Self.because(conditions)
    }

    private func passedOver(_ here: String, _ rest: String) -> String {
        let (event, conditions) = Self.split(rest)
        if !conditions.isEmpty { return "\(event) did not count for \(here)" + Self.because(conditions) }
        for (word, reason) in [
            ("repeated", "it had come before"), ("too early", "it came too early"), ("too late", "it came too late"),
        ] where event.hasSuffix(" " + word) {
            return "\(event.dropLast(word.count + 1)) did not count for \(here): \(reason)"
        }
        return "\(event) did not count for \(here)"
    }

    private func ended(_ rest: String) -> String {
        let (ending, conditions) = Self.split(rest)
        let words = ending.split(separator: " ", maxSplits: 1).map(String.init)
        let text =
            switch words.first {
            case "exit": "left by `\(words.count > 1 ? words[1] : "end")`"
            case "goal": "left because the goal was reached"
            case "exit_when": "left because a condition of `exit_when` held"
            case "held_out": "left: held out"
            case "replaced": "left: a newer run took the place of this one"
            case "cancelled": "was taken out"
            case "cancelled:": "was taken out, because \(words.count > 1 ? words[1] : "somebody said so")"
            default: "left: \(ending)"
            }
        return text + Self.because(conditions)
    }

    private func because(_ rest: String) -> String {
        Self.because(Self.split(rest).conditions)
    }

    /// What stands before the conditions, and the conditions: `✓ source (values)`.
    private static func split(_ text: String) -> (head: String, conditions: [String]) {
        var head = ""
        var conditions: [String] = []
        var rest = text[...]
        while let next = rest.firstIndex(where: { $0 == "✓" || $0 == "✗" }) {
            let part = rest[..<next]
            if conditions.isEmpty { head = String(part) } else { conditions[conditions.count - 1] += part }
            conditions.append(String(rest[next]))
            rest = rest[rest.index(after: next)...]
        }
        if conditions.isEmpty { head = String(rest) } else { conditions[conditions.count - 1] += rest }
        return (trimmed(head), conditions.map(trimmed))
    }

    private static func because(_ conditions: [String]) -> String {
        guard !conditions.isEmpty else { return "" }
        let reasons = conditions.map { condition -> String in
            let holds = condition.hasPrefix("✓")
            var source = trimmed(String(condition.dropFirst()))
            var values = ""
            // The values stand in the last parentheses, and only where one of them has a name.
            if source.hasSuffix(")"), let open = source.ranges(of: " (").last {
                let inside = source[open.upperBound...].dropLast()
                if inside.contains(" = ") {
                    values = " (\(inside))"
                    source = String(source[..<open.lowerBound])
                }
            }
            return "`\(source)` \(holds ? "held" : "did not hold")\(values)"
        }
        return ", because " + reasons.joined(separator: " and ")
    }

    private static func trimmed(_ text: String) -> String {
        var text = text[...]
        while text.first == " " { text = text.dropFirst() }
        while text.last == " " { text = text.dropLast() }
        return String(text)
    }

    /// `until 2027-03-18T10:00:00Z` as people read it.
    private func instants(_ text: String) -> String {
        text.split(separator: " ").map { word in
            ISOInstant.read(String(word)).map(clock.text) ?? String(word)
        }.joined(separator: " ")
    }
}
