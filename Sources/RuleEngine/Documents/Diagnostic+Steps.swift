// What can be wrong with the steps of sequences and rules, and with the values that only they have.
extension Diagnostic {
    static func stepWithoutVerb(_ span: SourceSpan, nearest: String?) -> Diagnostic {
        let verbs = StepVerb.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")
        return Diagnostic(
            code: "E0140",
            message: "the step says nothing that it does",
            at: Label(span),
            help: nearest.map { "rename to `\($0)`" } ?? "a step has exactly one of \(verbs)",
            fix: nearest.map { Fix(edits: [(span, $0)], isSafe: false) }
        )
    }

    static func stepWithTwoVerbs(
        _ span: SourceSpan, _ verb: StepVerb, first: SourceSpan, _ firstVerb: StepVerb
    ) -> Diagnostic {
        Diagnostic(
            code: "E0140",
            message: "the step does two things: `\(firstVerb.rawValue)` and `\(verb.rawValue)`",
            at: Label(span),
            also: [Label(first, "the first of them")],
            help: "make two steps of it: put `- ` in front"
        )
    }

    static func badDuration(_ span: SourceSpan, _ text: String, reason: String) -> Diagnostic {
        Diagnostic(
            code: "E0141",
            message: "`\(text)` is no duration: \(reason)",
            at: Label(span),
            help: "write for example `90m`, `20h` or `3d`"
        )
    }

    static func badShare(_ span: SourceSpan, _ text: String, reason: String) -> Diagnostic {
        Diagnostic(
            code: "E0142",
            message: "`\(text)` is no share: \(reason)",
            at: Label(span),
            help: "write for example `50%`"
        )
    }

    static func badTime(_ span: SourceSpan, _ text: String, reason: String, expected: String) -> Diagnostic {
        Diagnostic(code: "E0143", message: "`\(text)` is not \(expected): \(reason)", at: Label(span))
    }

    static func badCron(_ span: SourceSpan, _ text: String, reason: String) -> Diagnostic {
        Diagnostic(
            code: "E0144",
            message: "the time table `\(text)` cannot be read: \(reason)",
            at: Label(span),
            help: "write for example `0 9 * * 1`: every Monday at nine"
        )
    }

    static func badPath(_ span: SourceSpan, _ text: String, reason: String, expected: String) -> Diagnostic {
        Diagnostic(code: "E0145", message: "`\(text)` is not \(expected): \(reason)", at: Label(span))
    }

    static func unknownInputType(_ span: SourceSpan, _ text: String) -> Diagnostic {
        let nearest = NearestName.of(text, among: InputType.names)
        return Diagnostic(
            code: "E0219",
            message: "no type is called `\(text)`",
            at: Label(span),
            help: nearest.map { "rename to `\($0)`" }
                ?? "the types of inputs are \(InputType.names.map { "`\($0)`" }.joined(separator: ", "))"
        )
    }
}
