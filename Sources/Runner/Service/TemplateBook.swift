package import RuleEngine

/// A template's text as it was written over the API, or found beside it.
package struct TemplateVersion: Sendable {
    package var template: String
    package var number: Int64
    package var text: String
    package var at: Timestamp
    package var actor: String
    /// It was taken out of the project with this version.
    package var isDeleted: Bool

    package init(template: String, number: Int64, text: String, at: Timestamp, actor: String, isDeleted: Bool) {
        self.template = template
        self.number = number
        self.text = text
        self.at = at
        self.actor = actor
        self.isDeleted = isDeleted
    }

    package var json: JSON {
        [
            "version": JSON(number), "at": .string(ISOInstant.text(at)), "by": .string(actor),
            "deleted": JSON(isDeleted), "source": .string(text),
        ]
    }
}

/// What templates said before. The files say what they say now. One thread owns it.
package protocol TemplateBook: AnyObject {
    /// Oldest first.
    func versions(of template: String) throws(StoreError) -> [TemplateVersion]
    /// The newest version of each template that was taken out of the project.
    func deleted() throws(StoreError) -> [TemplateVersion]
    /// Numbers it. What is the newest already is not written again.
    func append(_ version: TemplateVersion) throws(StoreError) -> Int64
    /// How many messages a provider took that were made of it.
    func uses(of template: String) throws(StoreError) -> Int
}
