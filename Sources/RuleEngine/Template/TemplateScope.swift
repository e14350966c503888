/// What a template may refer to where it stands, and the language it speaks.
package struct TemplateScope: Sendable {
    /// The roots that templates of a campaign's message have.
    package static let messageRoots: Set<ExpressionScope.Root> = [
        .contact, .run, .sender, .unsubscribe, .preferences, .browser, .now,
    ]

    package var expressions: ExpressionScope
    /// Nil where a template is compiled without knowing who will send it.
    package var purpose: Purpose?
    /// The message's language (BCP 47): it decides how dates, numbers and plurals are written.
    package var language: String
    /// Links that other texts of the same message declared: the same name must lead to the same place.
    package var knownLinks: [DeclaredLink]
    /// The project's shared blocks, by id.
    package var blocks: [String: TextBlock] = [:]
    /// Whose text a block shows where it has none in the message's language.
    package var languageFallback: String?
    /// A layout has one `<<content>>`; nothing else has any.
    package var isLayout = false

    package init(
        expressions: ExpressionScope,
        purpose: Purpose? = nil,
        language: String,
        knownLinks: [DeclaredLink] = []
    ) {
        self.expressions = expressions
        self.purpose = purpose
        self.language = language
        self.knownLinks = knownLinks
    }
}

/// A link that a text declares with `<<link "url" as "name">>`.
package struct DeclaredLink: Sendable, Hashable {
    /// Nil where the message has only one link and leaves the name out.
    package let name: String?
    /// As written; it may hold marks.
    package let url: String
    /// Declared with `short_link`.
    package let isShort: Bool
    package let span: SourceSpan

    package init(name: String?, url: String, isShort: Bool = false, span: SourceSpan) {
        self.name = name
        self.url = url
        self.isShort = isShort
        self.span = span
    }
}

/// What a text mentions that the law or the runner must know about.
package struct TemplateUses: OptionSet, Sendable, Hashable {
    package let rawValue: UInt16

    package init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    package static let unsubscribeLink = TemplateUses(rawValue: 1)
    package static let preferencesLink = TemplateUses(rawValue: 2)
    package static let senderName = TemplateUses(rawValue: 4)
    package static let senderPostalAddress = TemplateUses(rawValue: 8)
    package static let senderWebsite = TemplateUses(rawValue: 16)
    /// Two renderings of one contact may differ.
    package static let now = TemplateUses(rawValue: 32)
    package static let runStart = TemplateUses(rawValue: 64)
    /// The event that the run began with.
    package static let entry = TemplateUses(rawValue: 128)
    /// What happened before, or an office's clock.
    package static let history = TemplateUses(rawValue: 256)
    package static let browserLink = TemplateUses(rawValue: 512)
}
