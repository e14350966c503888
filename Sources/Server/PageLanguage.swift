/// A language that our own pages speak.
enum PageLanguage: String, CaseIterable, Sendable {
    case english = "en"
    case german = "de"
    case french = "fr"

    /// The browser's wish by its weights (RFC 9110, section 12.5.4), else the language of the mail, else English.
    init(acceptLanguage: String?, fallback: String?) {
        var best: (language: PageLanguage, weight: Double)?
        for range in (acceptLanguage ?? "").split(separator: ",").prefix(32) {
            let parts = range.split(separator: ";")
            guard let tag = parts.first, let language = Self(tag: tag.filter { $0 != " " }) else { continue }
            let weight =
                parts.dropFirst().compactMap { part -> Double? in
                    let text = part.filter { $0 != " " }
                    return text.hasPrefix("q=") ? Double(text.dropFirst(2)) : nil
                }.first ?? 1
            if weight > best?.weight ?? 0 { best = (language, weight) }
        }
        self = best?.language ?? fallback.flatMap { Self(tag: $0) } ?? .english
    }

    private init?(tag: some StringProtocol) {
        self.init(rawValue: tag.prefix { $0 != "-" && $0 != "_" }.lowercased())
    }
}
