import HTTPTypes
import Hummingbird
import Runner

/// A session in a browser. Its cookie is for this host alone, over TLS, read by no script and sent by no other site's page; whatever
/// changes something brings a second token that only a page of ours can know.
enum SessionCookie {
    private static let name = "__Host-carillon"
    private static let attributes = "; Path=/; Secure; HttpOnly; SameSite=Strict"

    static func set(_ token: KeyToken) -> String {
        "\(name)=\(token.text)\(attributes); Max-Age=\(SessionRecord.whole / 1_000_000)"
    }

    static let clear = "\(name)=\(attributes); Max-Age=0"

    /// Of the request's cookies; nil where none is ours.
    static func token(of request: Request) -> KeyToken? {
        for field in request.headers where field.name == .cookie {
            for part in field.value.split(separator: ";") {
                let pair = part.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
                if pair.count == 2, pair[0] == name { return KeyToken(pair[1], .session) }
            }
        }
        return nil
    }

    /// Follows from the session's secret, so that nothing more is kept.
    static func csrf(_ token: KeyToken, under key: DataKey) -> String {
        String(decoding: Hex.encode(token.code(under: key, for: "csrf").prefix(16)), as: UTF8.self)
    }

    /// Whether a request that changes something comes from a page of ours.
    static func isOurs(_ request: Request, _ token: KeyToken, under key: DataKey) -> Bool {
        if let site = request.headers[.fetchSite], site != "same-origin" { return false }
        if let origin = request.headers[.origin] {
            guard let host = request.head.authority, origin == "https://" + host || origin == "http://" + host else {
                return false
            }
        }
        guard let given = request.headers[.csrfToken] else { return false }
        let wanted = csrf(token, under: key)
        guard given.utf8.count == wanted.utf8.count else { return false }
        return zip(given.utf8, wanted.utf8).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
