import FoundationEssentials

/// What the secret of an `smtp` channel holds: a login, a key to sign with, or both.
struct SMTPSecret {
    let user: String?
    let password: Secret?
    let dkimKey: Secret?

    private struct Fields: Decodable {
        var user: String?
        var password: String?
        var dkim_key: String?
    }

    init(_ configuration: ChannelConfiguration) throws(ChannelSetupError) {
        guard let text = configuration.secret?.exposed, !text.isEmpty else {
            (user, password, dkimKey) = (nil, nil, nil)
            return
        }
        guard let fields = Self.fields(of: text), (fields.user == nil) == (fields.password == nil),
            fields.user != nil || fields.dkim_key != nil
        else {
            throw ChannelSetupError(
                message: "the secret of channel `\(configuration.id)` is not a user and a password",
                help: "write it as `user:password` or as {\"user\": …, \"password\": …}")
        }
        user = fields.user
        password = fields.password.map { Secret($0) }
        dkimKey = fields.dkim_key.map { Secret($0) }
    }

    private static func fields(of text: String) -> Fields? {
        if text.hasPrefix("{") { return try? JSONDecoder().decode(Fields.self, from: Data(text.utf8)) }
        return text.firstIndex(of: ":").map { colon in
            Fields(user: String(text[..<colon]), password: String(text[text.index(after: colon)...]))
        }
    }
}
