import Crypto

/// SMS and WhatsApp by Twilio: forms, signed together with the address that was called.
struct TwilioReceiver: WebhookReceiver {
    private let tokens: [String]
    private let sharedKeys: [String]

    init(_ settings: WebhookSettings) {
        tokens = settings.secrets("auth_token")
        sharedKeys = settings.values("shared_key")
    }

    func verify(_ request: WebhookRequest, _ context: WebhookContext) -> WebhookReception {
        guard !tokens.isEmpty || !sharedKeys.isEmpty else {
            return .refused(.unconfigured)
        }
        guard request.method == "POST" || request.method == "GET" else {
            return .refused(.badMethod)
        }
        let header = request.header("x-twilio-signature")
        guard !header.isEmpty else {
            return .refused(.noSignature)
        }
        guard let code = Base64Text.decode(header), let algorithm = Algorithm(of: request) else {
            return .refused(.badSignature)
        }
        guard let tail = signedTail(request) else {
            return .refused(.badSignature)
        }
        // Twilio is of two minds about naming the standard port.
        let matches = Self.addresses(request.url).flatMap { address in
            let message = Array(address.utf8) + tail
            return switch algorithm {
            case .sha1: tokens.map { KeyedHash.isValid(code, message, key: $0, with: Insecure.SHA1.self) }
            case .sha256: sharedKeys.map { KeyedHash.isValid(code, message, key: $0, with: SHA256.self) }
            }
        }
        return matches.contains(true) ? .genuine : .refused(.badSignature)
    }

    /// Each has keys of its own, so that a header can't choose the weaker one.
    private enum Algorithm {
        case sha1, sha256

        init?(of request: WebhookRequest) {
            let settings = request.header("x-twilio-webhooks-signature-settings")
            let named = settings.split(separator: ",").compactMap { part -> Substring? in
                let trimmed = part.drop { $0 == " " }
                return trimmed.hasPrefix("algorithm=") ? trimmed.dropFirst(10) : nil
            }
            switch named.first {
            case nil, "HMAC_SHA1": self = .sha1
            case "HMAC_SHA256": self = .sha256
            default: return nil
            }
        }
    }

    /// What is signed behind the address. Nil where the body isn't what its hash in the address says.
    private func signedTail(_ request: WebhookRequest) -> [UInt8]? {
        let query = FormFields(urlencoded: Array(request.query.utf8))
        if let named = query["bodySHA256"] {
            let hash = HexText.encode(SHA256.hash(data: request.body))
            return ConstantTime.equal(hash, named.lowercased()) ? [] : nil
        }
        guard request.method == "POST" else {
            return []
        }
        guard request.contentType.isEmpty || request.contentType == "application/x-www-form-urlencoded" else {
            return nil
        }
        var fields = FormFields(urlencoded: request.body).fields
        fields.sort { left, right in
            left.name == right.name
                ? left.value.lexicographicallyPrecedes(right.value) : left.name.lexicographicallyPrecedes(right.name)
        }
        var tail: [UInt8] = []
        for (index, field) in fields.enumerated() where index == 0 || fields[index - 1] != field {
            tail += field.name
            tail += field.value
        }
        return tail
    }

    /// The address without and with a port.
    static func addresses(_ url: String) -> [String] {
        let url = url.prefix { $0 != "#" }
        guard let scheme = url.firstRange(of: "://") else {
            return [String(url)]
        }
        let rest = url[scheme.upperBound...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let path = rest[authority.endIndex...]
        let hostStart = authority.lastIndex(of: "@").map { authority.index(after: $0) } ?? authority.startIndex
        // An IPv6 address has colons of its own, inside brackets.
        let afterBracket = authority.lastIndex(of: "]") ?? hostStart
        let colon = authority[afterBracket...].lastIndex(of: ":")
        let head = url[..<scheme.upperBound]
        guard let colon else {
            let port = url.hasPrefix("https:") ? 443 : 80
            return [String(url), "\(head)\(authority):\(port)\(path)"]
        }
        return [String(url), "\(head)\(authority[..<colon])\(path)"]
    }

    func parse(_ request: WebhookRequest) -> [InboundEvent]? {
        let query = FormFields(urlencoded: Array(request.query.utf8))
        if request.contentType == "application/json" {
            return [InboundEvent(.ignored, key: "body:" + BodyKey.of(request.body))]
        }
        let form = request.method == "GET" ? query : FormFields(urlencoded: request.body)
        return TwilioEvents.events(of: form, query: query)
    }
}
