/// Messages by Meta's Send API: Messenger, and Instagram with the same bodies.
struct SendAPIProvider: HTTPProvider {
    enum Product: Sendable {
        case messenger, instagram
    }

    let traits: ChannelTraits
    private let product: Product
    private let kind: String
    private let isSilent: Bool
    private let headers: [String]

    /// Without it a title is cut or the request refused, depending on the version.
    private static let titleLimit = 20

    func compose(_ content: MessageContent, into wire: inout [UInt8]) throws(ComposeError) {
        guard (1...32).contains(content.recipient.count),
            content.recipient.allSatisfy({ (0x30...0x39).contains($0) }), content.recipient.count > 3
        else { throw .badAddress }
        var json = JSONWriter(capacity: content.text.count + 256)
        json.beginObject()
        json.beginObject("recipient")
        json.field("id", content.recipient)
        json.endObject()
        if product == .messenger {
            json.field("messaging_type", kind)
            if isSilent { json.field("notification_type", "SILENT_PUSH") }
        }
        json.beginObject("message")
        if let media = content.media {
            // Text and an attachment are two messages here, with two ids.
            guard content.text.isBlank else { throw .notSupported(.text) }
            guard content.buttons.isEmpty else { throw .notSupported(.buttons) }
            json.beginObject("attachment")
            json.field("type", media.kind.rawValue)
            json.beginObject("payload")
            json.field("url", media.url)
            json.endObject()
            json.endObject()
        } else {
            guard !content.text.isBlank else { throw .empty }
            json.field("text", content.text)
            try quickReplies(content.buttons, into: &json)
        }
        if product == .messenger, !content.reference.isEmpty { json.field("metadata", content.reference) }
        json.endObject()
        json.endObject()
        wire.append(contentsOf: json.sound)
    }

    private func quickReplies(_ buttons: [MessageButton], into json: inout JSONWriter) throws(ComposeError) {
        guard !buttons.isEmpty else { return }
        guard buttons.count <= 13 else { throw .tooLarge(limit: 13) }
        json.beginArray("quick_replies")
        for button in buttons {
            guard case .reply(let payload) = button.action else { throw .notSupported(.buttons) }
            guard button.title.text.unicodeScalars.count <= Self.titleLimit, payload.count <= 1000 else {
                throw .tooLarge(limit: Self.titleLimit)
            }
            json.beginElement()
            json.field("content_type", "text")
            json.field("title", button.title)
            json.field("payload", payload)
            json.endObject()
        }
        json.endArray()
    }

    func request(_ batch: [ComposedMessage]) -> HTTPRequest {
        HTTPRequest(token: 0, headers: headers, body: batch[0].wire)
    }

    func accountQuestion(_ endpoint: EgressURL) -> HTTPRequest? {
        endpoint.target(replacing: "/messages", with: "?fields=id,name")
            .map { HTTPRequest(token: 0, method: .get, target: $0, headers: headers, body: []) }
    }

    func accountAnswer(_ answer: HTTPAnswer) -> AccountAnswer {
        .of(answer) { [("name", $0["name"]?.string)] }
    }

    func verdict(_ answer: HTTPAnswer, on batch: [ComposedMessage], now: Int) -> HTTPVerdict {
        if (200..<300).contains(answer.status) {
            guard let id = answer.json?["message_id"]?.identifier else { return .all(answer.fault(now: now)) }
            return .all(.accepted(providerID: id))
        }
        guard let error = GraphAnswer(answer), let code = error.code else { return .all(answer.fault(now: now)) }
        let fault = SendAPIFaults.fault(code, error.subcode) ?? error.fault(status: answer.status)
        return .all(fault.outcome(error.name(status: answer.status), retryAfter: GraphAnswer.wait(answer, now: now)))
    }
}

// MARK: - Configuration

extension SendAPIProvider {
    static let messengerDescriptor = ChannelDescriptor(
        provider: "messenger",
        kinds: ["messenger"],
        settings: HTTPSettings.descriptors + [
            .init("page_id", .text, isRequired: true), .init("graph_version", .text), .init("silent", .flag),
            .init("messaging_type", .oneOf(["update", "response"])),
        ],
        needsSender: false,
        traits: messengerFacts
    ) { configuration throws(ChannelSetupError) in
        let settings = SettingReader(configuration)
        let page = try pageID(settings, "page_id")
        let isSilent = try settings.flag("silent")
        let kind = (settings.text("messaging_type") ?? "update").uppercased()
        return try MetaSettings.channel(
            settings,
            base: "https://graph.facebook.com",
            version: "v25.0",
            path: "/\(page)/messages"
        ) { headers in
            SendAPIProvider(
                traits: messengerFacts,
                product: .messenger,
                kind: kind,
                isSilent: isSilent,
                headers: headers
            )
        }
    }

    static let instagramDescriptor = ChannelDescriptor(
        provider: "instagram",
        kinds: ["instagram"],
        settings: HTTPSettings.descriptors + [
            .init("ig_id", .text, isRequired: true), .init("graph_version", .text),
            .init("login", .oneOf(["instagram", "facebook"])),
        ],
        needsSender: false,
        traits: instagramFacts
    ) { configuration throws(ChannelSetupError) in
        let settings = SettingReader(configuration)
        let id = try pageID(settings, "ig_id")
        let isLinked = settings.text("login") == "facebook"
        return try MetaSettings.channel(
            settings,
            base: isLinked ? "https://graph.facebook.com" : "https://graph.instagram.com",
            version: "v25.0",
            path: "/\(id)/messages"
        ) { headers in
            SendAPIProvider(
                traits: instagramFacts,
                product: .instagram,
                kind: "",
                isSilent: false,
                headers: headers
            )
        }
    }

    private static func pageID(_ settings: SettingReader, _ name: String) throws(ChannelSetupError) -> String {
        let id = try settings.required(name)
        guard id.utf8.count <= 32, id.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw .badSetting(name, settings.configuration, "is not a number")
        }
        return id
    }

    private static let messengerFacts = ChannelTraits(
        contents: [.text, .image, .video, .audio, .file, .buttons],
        parts: .init(mostReplies: 13),
        clearing: [.echo],
        statuses: [.sent, .delivered, .read, .clicked],
        windowHours: 24,
        textLimit: .init(2000, .characters),
        perSecond: 300,
        cost: .free
    )

    private static let instagramFacts = ChannelTraits(
        contents: [.text, .image, .video, .audio, .file, .buttons],
        parts: .init(mostReplies: 13),
        clearing: [],
        statuses: [.sent, .read, .clicked],
        windowHours: 24,
        textLimit: .init(1000, .bytes),
        perSecond: 100,
        cost: .free
    )
}
