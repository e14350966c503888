/// What is answered to STOP, START and HELP: short, in the person's language, without a link or an offer, as the rules
/// for such confirmations want it.
package struct ReplyTexts: Sendable {
    private let brand: String
    private let website: String?
    private let fallback: String?
    private let own: [String: [String: String]]

    /// - Parameters:
    ///   - fallback: the project's language for people whose own has no text.
    ///   - own: the project's texts, by `stop`, `start` and `help`, then by language.
    package init(
        brand: String, website: String? = nil, fallback: String? = nil, own: [String: [String: String]] = [:]
    ) {
        self.own = own
        self.brand = brand
        self.website = website
        self.fallback = fallback
    }

    package func text(_ kind: DueReply.Kind, language: String?) -> String {
        if let text = ownText(kind, language: language) { return text }
        let known = [language, fallback].lazy.compactMap { $0.flatMap(Self.known) }.first ?? "en"
        let words = Self.words[known] ?? Self.english
        switch kind {
        case .stop: return "\(brand): \(words.stop)"
        case .start: return "\(brand): \(words.start)"
        case .help: return "\(brand): \(words.help)" + (website.map { " \($0)" } ?? "")
        }
    }

    /// The person's language, its base, then the project's own; nobody is answered in another where ours speaks theirs.
    private func ownText(_ kind: DueReply.Kind, language: String?) -> String? {
        let texts = own[kind.rawValue] ?? [:]
        let byTag = Dictionary(texts.map { ($0.key.lowercased(), $0.value) }, uniquingKeysWith: { one, _ in one })
        if let tag = language?.lowercased() {
            if let text = byTag[tag] ?? byTag[String(tag.prefix { $0 != "-" && $0 != "_" })] { return text }
            if Self.known(tag) != nil { return nil }
        }
        return fallback.flatMap { byTag[$0.lowercased()] } ?? (byTag.count == 1 ? byTag.values.first : nil)
    }

    /// `de-AT` is answered in German.
    private static func known(_ language: String) -> String? {
        let base = language.lowercased().prefix { $0 != "-" && $0 != "_" }
        return words[String(base)] == nil ? nil : String(base)
    }

    private struct Words: Sendable {
        let stop: String
        let start: String
        let help: String
    }

    private static let english = Words(
        stop: "you will get no more messages from us. Reply START to get them again.",
        start: "you will get our messages again. Reply STOP to end them, HELP for help.",
        help: "reply STOP to get no more messages from us. Message and data rates may apply.")

    private static let words: [String: Words] = [
        "en": english,
        "de": Words(
            stop: "Sie bekommen keine Nachrichten mehr von uns. Mit START bekommen Sie sie wieder.",
            start: "Sie bekommen unsere Nachrichten wieder. STOP beendet sie, HILFE hilft.",
            help: "Mit STOP bekommen Sie keine Nachrichten mehr von uns. Es gilt der Preis Ihres Tarifs."),
        "fr": Words(
            stop: "vous ne recevrez plus de messages de notre part. Répondez START pour les recevoir à nouveau.",
            start: "vous recevrez de nouveau nos messages. Répondez STOP pour arrêter, AIDE pour de l'aide.",
            help: "répondez STOP pour ne plus recevoir de messages. Le tarif de votre opérateur s'applique."),
        "es": Words(
            stop: "no recibirá más mensajes nuestros. Responda START para volver a recibirlos.",
            start: "volverá a recibir nuestros mensajes. Responda STOP para no recibirlos, AYUDA para ayuda.",
            help: "responda STOP para no recibir más mensajes. Se aplica la tarifa de su operador."),
    ]
}
