/// What a channel's webhooks are checked with: secrets by name, several each where one takes over from another, and
/// a few plain values.
package struct WebhookSettings: Sendable {
    private var fields: [String: [String]] = [:]
    /// Under what name a text without names counts.
    package static let plain = ""

    package init() {}

    /// Reads the text of a secret: a JSON object of names with a text or a list of texts each, or the secrets
    /// themselves with white space between. Nil for an object that can't be read.
    package init?(_ secret: Secret) {
        let text = secret.exposed
        guard text.utf8.first(where: { $0 > 0x20 }) == UInt8(ascii: "{") else {
            fields[Self.plain] = text.split(whereSeparator: \.isWhitespace).map(String.init)
            return
        }
        guard case .object(let members)? = JSONReader.read(text) else {
            return nil
        }
        for (name, value) in members {
            // Several in one text too: other readers of the same secret take texts only.
            fields[name] = (value.items.isEmpty ? [value] : value.items).compactMap(\.word)
                .flatMap { text in
                    text.contains("-----BEGIN") ? [text] : text.split(whereSeparator: \.isWhitespace).map(String.init)
                }
        }
    }

    /// Adds what the secret for sending says: only its named parts, since one without a name is something to send with.
    package mutating func fill(fromSending secret: Secret) {
        guard var other = WebhookSettings(secret) else {
            return
        }
        let plain = other.values(Self.plain)
        other.fields[Self.plain] = nil
        // An account's id and its token: the same token signs.
        if plain.count == 1, let colon = plain[0].firstIndex(of: ":"), plain[0].hasPrefix("AC") {
            other.set("auth_token", [String(plain[0][plain[0].index(after: colon)...])])
        }
        if secrets("auth_token").isEmpty, let user = other.values("user").first, user.hasPrefix("AC") {
            other.set("auth_token", other.values("password"))
        }
        fields.merge(other.fields) { mine, theirs in mine.isEmpty ? theirs : mine }
    }

    package var isEmpty: Bool { fields.values.allSatisfy(\.isEmpty) }

    package mutating func set(_ name: String, _ values: [String]) {
        fields[name] = values.filter { !$0.isEmpty }
    }

    func values(_ name: String) -> [String] {
        fields[name] ?? []
    }

    /// The secrets of a provider that has one kind: by their name, else those without a name.
    func secrets(_ name: String) -> [String] {
        let named = values(name)
        return named.isEmpty ? values(Self.plain) : named
    }

    func integer(_ name: String) -> Int? {
        values(name).first.flatMap { Int($0) }
    }
}
