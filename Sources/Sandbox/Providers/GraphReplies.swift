import Channels
import Crypto

/// What the products of Meta's Graph API have in common: errors, waits and signatures.
enum GraphReplies {
    static func error(_ code: Int, subcode: Int? = nil, _ text: String, status: Int? = nil) -> HTTPReply {
        var error: JSONValue = [
            "message": .text("(#\(code)) \(text)"), "type": "OAuthException", "code": .integer(code),
            "is_transient": .flag(code == 2 || code == 131016), "fbtrace_id": "Asandbox",
        ]
        error = error.adding("error_subcode", subcode.map { .integer($0) })
        return .json(status ?? self.status(code), ["error": error])
    }

    private static func status(_ code: Int) -> Int {
        switch code {
        case 0, 190: 401
        case 3, 10, 200...299, 368, 131005, 131031, 130497: 403
        case 4, 80007, 130429: 429
        case 1, 131000, 131045, 131057: 500
        case 2, 131016: 503
        default: 400
        }
    }

    static func throttling(_ code: Int, _ form: WaitForm, wait: Int, now: Int) -> HTTPReply {
        var reply = error(code, "Rate limit hit", status: 429)
        reply.headers += WaitHeaders.of(form, wait: wait, now: now)
        return reply
    }

    static func signed(_ body: JSONValue) -> Callback {
        let bytes = body.bytes
        let code = Signing.hex(bytes, key: SandboxAccount.metaSecret, with: SHA256.self)
        return Callback([Callback.json, "X-Hub-Signature-256: sha256=" + code], bytes)
    }
}
