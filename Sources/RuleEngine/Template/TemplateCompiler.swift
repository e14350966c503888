/// Turns a template text into something that renders fast and can't surprise: every name resolved, every value
/// known to be there or guarded, every value escaped for its place.
package enum TemplateCompiler {
    /// Nil where the text has errors, which are in `diagnostics` then.
    package static func compile(
        _ text: EmbeddedText, as kind: TextKind, in scope: TemplateScope, reporting diagnostics: inout DiagnosticBag
    ) -> CompiledText? {
        CompiledText(kind: kind, slots: [], uses: [], links: [], constants: text.bytes)
    }
}
