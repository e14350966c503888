/// Turns a template text into something that renders fast and can't surprise: every name resolved, every value
/// known to be there or guarded, every value escaped for its place.
package enum TemplateCompiler {
    /// Nil where the text has errors, which are in `diagnostics` then.
    package static func compile(
        _ text: EmbeddedText,
        as kind: TextKind,
        in scope: TemplateScope,
        reporting diagnostics: inout DiagnosticBag
    ) -> CompiledText? {
        var found = DiagnosticBag()
        let nodes = TemplateParser.parse(text, reporting: &found)
        // What can be read is checked even where something else can't: the slips are independent.
        var checker = TemplateChecker(text, kind: kind, scope: scope, reporting: found)
        let (checked, all) = checker.check(nodes)
        diagnostics.report(contentsOf: all)
        if all.hasErrors { return nil }
        return CompiledText(
            kind: kind,
            slots: checker.slots,
            uses: checker.uses,
            history: checker.history,
            always: checker.certain,
            links: checker.links,
            formats: checker.filters.formats,
            currency: scope.expressions.currency,
            nodes: checked
        )
    }
}
