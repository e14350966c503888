/// What can be wrong with the names in an expression.
extension Diagnostic {
    static func expressionUnknownField(
        _ name: String, nearest: String?, schema: String, at span: SourceSpan
    ) -> Diagnostic {
        Diagnostic(
            code: "E0240", message: "no field `\(name)` on `contact`", at: Label(span, "not in schema `\(schema)`"),
            help: nearest.map { "rename to `\($0)`" } ?? "declare it in the schema",
            fix: nearest.map { Fix(edits: [(span, $0)], isSafe: false) })
    }

    static func expressionUnknownName(_ name: String, nearest: String?, at span: SourceSpan) -> Diagnostic {
        let help =
            switch name {
            case "null", "nil", "none", "undefined", "empty":
                "to ask for a value that isn't there, write `is missing`"
            case "True", "TRUE", "yes": "write `true`"
            case "False", "FALSE", "no": "write `false`"
            default:
                nearest.map { "did you mean `\($0)`?" } ?? #"texts stand in quotes: `"\#(name)"`"#
            }
        return Diagnostic(code: "E0241", message: "nothing is called `\(name)` here", at: Label(span), help: help)
    }

    static func expressionRootNotHere(_ root: String, available: [String], at span: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0242", message: "`\(root)` does not exist here", at: Label(span),
            help: "here you can use \(available.map { "`\($0)`" }.joined(separator: ", "))")
    }

    static func expressionUnknownMember(
        _ name: String?, of root: String, members: [String], at span: SourceSpan
    ) -> Diagnostic {
        let message = name.map { "`\(root)` has no `\($0)`" } ?? "`\(root)` is not a value by itself"
        let help =
            members.isEmpty
            ? "use `\(root)` without a dot" : "write \(members.map { "`\(root).\($0)`" }.joined(separator: ", "))"
        return Diagnostic(code: "E0243", message: message, at: Label(span), help: help)
    }

    /// Which item is meant? An expression can't say.
    static func expressionInsideList(_ name: String, of list: String, at span: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0243", message: "`\(list)` is a list, and no condition looks into its items for `\(name)`",
            at: Label(span),
            help:
                "count them with `size(\(list))`, or let the event have a field of its own for what is asked, such as a "
                + "`list of text`; texts go through the items with `<<for item in \(list)>>`")
    }

    static func expressionUnknownFunction(_ name: String, nearest: String?, at span: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0244", message: "there is no function `\(name)`", at: Label(span),
            help: nearest.map { "did you mean `\($0)`?" }
                ?? "the functions are \(ExpressionFunction.allCases.map { "`\($0.usage)`" }.joined(separator: ", "))")
    }

    static func expressionUnknownEventField(
        _ name: String, event: String?, nearest: String?, at span: SourceSpan, declared: SourceSpan?
    ) -> Diagnostic {
        Diagnostic(
            code: "E0247",
            message: event.map { "the event `\($0)` has no field `\(name)`" } ?? "no event has a field `\(name)`",
            at: Label(span), also: declared.map { [Label($0, "declared here")] } ?? [],
            help: nearest.map { "rename to `\($0)`" } ?? "declare it under `events:` in the schema",
            fix: nearest.map { Fix(edits: [(span, $0)], isSafe: false) })
    }

    static func expressionNoEvent(_ root: String, at span: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0242", message: "`\(root)` does not exist here", at: Label(span),
            help: "no event stands at this place: the program begins without one")
    }

    static func unknownEvent(_ span: SourceSpan, _ name: String, nearest: String?) -> Diagnostic {
        Diagnostic(
            code: "E0246", message: "no event is called `\(name)`", at: Label(span),
            help: nearest.map { "rename to `\($0)`" } ?? "declare it under `events:` in the schema",
            fix: nearest.map { Fix(edits: [(span, $0)], isSafe: false) })
    }

    static func unknownStep(_ span: SourceSpan, _ name: String, nearest: String?) -> Diagnostic {
        Diagnostic(
            code: "E0248", message: "no step and no template is called `\(name)`", at: Label(span),
            help: nearest.map { "rename to `\($0)`" }
                ?? "write the `name:` of a step, or the id of the template that it sends",
            fix: nearest.map { Fix(edits: [(span, $0)], isSafe: false) })
    }

    static func ambiguousStep(_ span: SourceSpan, _ name: String) -> Diagnostic {
        Diagnostic(
            code: "E0249", message: "several steps go by the name `\(name)`", at: Label(span),
            help: "give the step that is meant a `name:` of its own")
    }

    static func unknownLink(
        _ span: SourceSpan, _ name: String, of subject: String, nearest: String?, known: [String]
    ) -> Diagnostic {
        Diagnostic(
            code: "E0250", message: "`\(subject)` declares no link `\(name)`", at: Label(span),
            help: nearest.map { "rename to `\($0)`" }
                ?? (known.isEmpty
                    ? "name a link in the template: `<<link \"https://…\" as \"\(name)\">>`"
                    : "its links are \(known.map { "`\($0)`" }.joined(separator: ", "))"))
    }

    static func unknownOpeningHours(_ span: SourceSpan, _ id: String, nearest: String?) -> Diagnostic {
        Diagnostic(
            code: "E0251", message: "no opening hours are called `\(id)`", at: Label(span),
            help: nearest.map { "rename to `\($0)`" } ?? "declare them under `opening_hours:` in the project file",
            fix: nearest.map { Fix(edits: [(span, "\"\($0)\"")], isSafe: false) })
    }

    static func unknownInput(_ span: SourceSpan, _ name: String, nearest: String?) -> Diagnostic {
        Diagnostic(
            code: "E0252", message: "the fragment has no input `\(name)`", at: Label(span),
            help: nearest.map { "rename to `\($0)`" } ?? "declare it under `inputs:`",
            fix: nearest.map { Fix(edits: [(span, $0)], isSafe: false) })
    }

    static func expressionNameNotFixed(_ function: String, at span: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0313", message: "`\(function)` needs a name that stands in quotes", at: Label(span),
            help: "write for example `\(function)(\"name\")`")
    }

    static func expressionHistoryForm(
        _ function: HistoryQuery.Function, at span: SourceSpan, event: EventSchema
    ) -> Diagnostic {
        let numeric = event.fields.first { $0.type.type.numberKind != nil && $0.type.type != .date }
        let help =
            function == .sum
            ? "name a field that can be added up: `sum(\(event.id).\(numeric?.name ?? "field"))`"
            : "`\(function.rawValue)` asks about the event itself: `\(function.rawValue)(\(event.id))`"
        return Diagnostic(
            code: "E0314",
            message: function == .sum
                ? "`sum` adds up a number, an amount or a duration"
                : "`\(function.rawValue)` takes an event without a field",
            at: Label(span), help: help)
    }
}
