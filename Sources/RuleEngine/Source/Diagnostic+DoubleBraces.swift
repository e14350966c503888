extension Diagnostic {
    /// `{{ x }}`: from another product. Sent as it stands, it would show a customer the braces.
    ///
    /// - Parameter text: what the span covers, braces included.
    static func doubleBraces(_ span: SourceSpan, text: String) -> Diagnostic {
        var inner = text
        var fix: Fix?
        if text.hasPrefix("{{"), text.hasSuffix("}}") {
            inner = String(text.dropFirst(2).dropLast(2)).trimmed
            fix = Fix(edits: [(span, "<<\(inner)>>")], isSafe: true)
        }
        return Diagnostic(
            code: "E0108",
            message: "braces are not template marks here",
            at: Label(span),
            help: fix == nil ? "write `<<variable>>` instead of `{{ variable }}`" : "write `<<\(inner)>>`",
            fix: fix
        )
    }
}
