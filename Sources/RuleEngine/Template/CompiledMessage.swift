/// One message in one language, ready to be rendered: named fields, each a compiled text.
package struct CompiledMessage: Sendable {
    package let language: String
    /// For email `subject`, `text` and perhaps `html`; for plain channels `text`.
    package let fields: [String: CompiledText]
    package let span: SourceSpan

    package init(language: String, fields: [String: CompiledText], span: SourceSpan) {
        self.language = language
        self.fields = fields
        self.span = span
    }

    /// The schema slots that all fields together read.
    package var slots: Set<Int> {
        fields.values.reduce(into: []) { $0.formUnion($1.slots) }
    }

    /// Everything that some field mentions.
    package var uses: TemplateUses {
        fields.values.reduce(into: []) { $0.formUnion($1.uses) }
    }
}
