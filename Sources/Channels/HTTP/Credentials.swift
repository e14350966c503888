import FoundationEssentials

/// What a channel's secret holds: one text, `user:password`, or a JSON object of texts, which may hold the secrets for
/// incoming webhooks too.
struct Credentials: Sendable {
    private let whole: String
    private let named: [String: String]?

    /// Nil where there is no secret: plans and previews go without.
    init?(_ configuration: ChannelConfiguration) {
        guard let secret = configuration.secret?.exposed.trimmingBlanks, !secret.isEmpty else { return nil }
        whole = secret
        if secret.hasPrefix("{") {
            named = (try? JSONDecoder().decode([String: String].self, from: Data(secret.utf8))) ?? [:]
        } else {
            named = nil
        }
    }

    /// The one text, or the value of that name.
    func token(_ name: String) -> String? {
        Self.usable(named == nil ? whole : named?[name])
    }

    /// The value of that name; nil where the secret is one text.
    subscript(name: String) -> String? {
        Self.usable(named?[name])
    }

    /// A value of several lines, such as a private key. Never for a header.
    func document(_ name: String) -> String? {
        named?[name].flatMap { $0.isEmpty || $0.utf8.count > 16 << 10 ? nil : $0 }
    }

    /// `user:password`, or the values of those names.
    func pair(_ user: String, _ password: String) -> (user: String, password: String)? {
        if let named {
            guard let user = Self.usable(named[user]), let password = Self.usable(named[password]) else { return nil }
            return (user, password)
        }
        guard let colon = whole.firstIndex(of: ":"), let user = Self.usable(String(whole[..<colon])),
            let password = Self.usable(String(whole[whole.index(after: colon)...]))
        else { return nil }
        return (user, password)
    }

    /// A header that logs in.
    static func basic(_ user: String, _ password: String) -> String {
        "Authorization: Basic " + Data((user + ":" + password).utf8).base64EncodedString()
    }

    /// A control character would end the header that the secret stands in.
    private static func usable(_ text: String?) -> String? {
        guard let text, !text.isEmpty, text.utf8.count <= 8192, !Array(text.utf8).holdsControl else { return nil }
        return text
    }
}
