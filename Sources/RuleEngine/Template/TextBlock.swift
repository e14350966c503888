/// A text that messages share: `<<block "footer">>` stands for it.
package struct TextBlock: Sendable {
    package var id: String
    package var span: SourceSpan
    /// By language.
    var texts: [String: EmbeddedText]
    var html: [String: EmbeddedText]

    /// In the message's language, its base language, the project's fallback, or the only one there is.
    func text(for language: String, as kind: TextKind, fallback: String?) -> EmbeddedText? {
        let all = kind == .html ? html : texts
        let base = language.split(separator: "-").first.map(String.init)
        for tag in [language, base, fallback].compactMap({ $0 }) {
            if let text = all[tag] { return text }
        }
        return all.count == 1 ? all.first?.value : nil
    }
}
