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

    static func expressionUnknownFunction(_ name: String, nearest: String?, at span: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0244", message: "there is no function `\(name)`", at: Label(span),
            help: nearest.map { "did you mean `\($0)`?" }
                ?? "the functions are \(ExpressionFunction.allCases.map { "`\($0.usage)`" }.joined(separator: ", "))")
    }

    static func expressionFunctionLater(_ name: String, at span: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0245", message: "`\(name)` is not supported yet", at: Label(span),
            help: "conditions can ask about the contact's own fields and tags so far")
    }

    static func expressionMemberLater(_ name: String, at span: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0245", message: "`\(name)` is not supported yet", at: Label(span),
            help: "`run.started_at` is there already")
    }
}
