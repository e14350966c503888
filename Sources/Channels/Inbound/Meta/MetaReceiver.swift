import Crypto

/// WhatsApp Cloud, Messenger and Instagram: one signature and one handshake, three forms of events.
struct MetaReceiver: WebhookReceiver {
    private let secrets: [String]
    private let tokens: [String]

    init(_ settings: WebhookSettings) {
        secrets = settings.secrets("app_secret")
        tokens = settings.values("verify_token")
    }

    func verify(_ request: WebhookRequest, _ context: WebhookContext) -> WebhookReception {
        switch request.method {
        case "GET": return handshake(request)
        case "POST": break
        default: return .refused(.badMethod)
        }
        guard !secrets.isEmpty else {
            return .refused(.unconfigured)
        }
        let header = request.header("x-hub-signature-256")
        guard !header.isEmpty else {
            return .refused(.noSignature)
        }
        guard header.hasPrefix("sha256="), let code = HexText.decode(header.dropFirst(7), count: 32) else {
            return .refused(.badSignature)
        }
        let matches = secrets.map { KeyedHash.isValid(code, request.body, key: $0, with: SHA256.self) }
        return matches.contains(true) ? .genuine : .refused(.badSignature)
    }

    /// Meta asks this when the address is saved in its dashboard. The challenge goes back as it came, zeros in front
    /// included.
    private func handshake(_ request: WebhookRequest) -> WebhookReception {
        let fields = FormFields(urlencoded: Array(request.query.utf8))
        guard !tokens.isEmpty else {
            return .refused(.badHandshake)
        }
        let given = fields["hub.verify_token"] ?? ""
        let matches = tokens.map { ConstantTime.equal($0, given) }
        guard fields["hub.mode"] == "subscribe", !given.isEmpty, matches.contains(true),
            let challenge = fields.filled("hub.challenge"), challenge.utf8.count <= 256
        else {
            return .refused(.badHandshake)
        }
        return .answer(challenge)
    }

    func parse(_ request: WebhookRequest) -> [InboundEvent]? {
        guard let body = JSONReader.read(request.body), let object = body["object"]?.string else {
            return nil
        }
        var events: [InboundEvent] = []
        for entry in body["entry"]?.items ?? [] {
            switch object {
            case "whatsapp_business_account": events += WhatsAppEvents.events(of: entry)
            case "page": events += MessengerEvents.events(of: entry, isInstagram: false)
            case "instagram": events += MessengerEvents.events(of: entry, isInstagram: true)
            default: break
            }
        }
        return events.isEmpty ? [InboundEvent(.ignored, key: "body:" + BodyKey.of(request.body))] : events
    }
}

/// Names an event that has no id of its own.
enum BodyKey {
    static func of(_ bytes: [UInt8]) -> String {
        HexText.encode(SHA256.hash(data: bytes).prefix(16))
    }

    static func of(_ parts: String?...) -> String {
        of(Array(parts.map { $0 ?? "" }.joined(separator: "\u{1F}").utf8))
    }
}
