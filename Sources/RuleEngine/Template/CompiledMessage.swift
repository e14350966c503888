/// One message in one language, ready to be rendered: named fields, each a compiled text.
package struct CompiledMessage: Sendable {
    package let language: String
    /// For email `subject`, `text` and perhaps `html`; for plain channels `text`.
    package let fields: [String: CompiledText]
    package let span: SourceSpan
    /// For a text that lies with the provider, which has the fields `value.1`, `value.2` and so on.
    package var approved: Approved?
    /// What it holds beside its texts, in the order of the file. What each says is in the fields `image`, `file.name`,
    /// `location.latitude`, `button.1.title`, `attachment.1` and so on.
    package var parts: [MessagePartUse] = []

    package struct Approved: Sendable, Equatable {
        package let name: String
        /// As approved.
        package let language: String

        package init(name: String, language: String) {
            self.name = name
            self.language = language
        }
    }

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
