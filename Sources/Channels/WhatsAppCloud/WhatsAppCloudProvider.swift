/// Messages by WhatsApp's Cloud API.
struct WhatsAppCloudProvider: HTTPProvider {
    let traits = WhatsAppCloudProvider.facts
    private let headers: [String]

    private static let captionLimit = 1024
    private static let interactiveLimit = 1024

    func compose(_ content: MessageContent, into wire: inout [UInt8]) throws(ComposeError) {
        guard let digits = PhoneAddress.digits(content.recipient) else { throw .badAddress }
        var json = JSONWriter(capacity: content.text.count + 256)
        json.beginObject()
        json.field("messaging_product", "whatsapp")
        json.field("recipient_type", "individual")
        json.field("to", Array(digits))
        if !content.reference.isEmpty { json.field("biz_opaque_callback_data", content.reference) }
        if let approved = content.approved {
            try compose(approved, around: content, into: &json)
        } else if let media = content.media {
            guard content.buttons.isEmpty else { throw .notSupported(.buttons) }
            try compose(media, caption: content.text, into: &json)
        } else if let location = content.location {
            guard content.text.isBlank else { throw .notSupported(.text) }
            json.field("type", "location")
            json.beginObject("location")
            json.raw("latitude", Array("\(location.latitude)".utf8))
            json.raw("longitude", Array("\(location.longitude)".utf8))
            json.optionalField("name", location.label)
            json.endObject()
        } else if !content.buttons.isEmpty {
            try compose(content.buttons, text: content.text, into: &json)
        } else {
            guard !content.text.isBlank else { throw .empty }
            json.field("type", "text")
            json.beginObject("text")
            json.field("body", content.text)
            json.endObject()
        }
        json.endObject()
        wire.append(contentsOf: json.sound)
    }

    private func compose(
        _ approved: ApprovedText, around content: MessageContent, into json: inout JSONWriter
    ) throws(ComposeError) {
        json.field("type", "template")
        json.beginObject("template")
        json.field("name", approved.name)
        json.beginObject("language")
        json.field("code", approved.language)
        json.endObject()
        let hasHeader = content.media != nil || content.location != nil
        if hasHeader || !approved.values.isEmpty || !content.buttons.isEmpty { json.beginArray("components") }
        if hasHeader { header(content, into: &json) }
        if !approved.values.isEmpty {
            json.beginElement()
            json.field("type", "body")
            json.beginArray("parameters")
            for value in approved.values {
                guard !value.isBlank else { throw .empty }
                guard !value.breaksTemplates else { throw .unsafeHeader(field: "values") }
                json.beginElement()
                json.field("type", "text")
                json.field("text", value)
                json.endObject()
            }
            json.endArray()
            json.endObject()
        }
        for (index, button) in content.buttons.enumerated() { try fill(button, at: index, into: &json) }
        if hasHeader || !approved.values.isEmpty || !content.buttons.isEmpty { json.endArray() }
        json.endObject()
    }

    /// What the approved text shows above itself.
    private func header(_ content: MessageContent, into json: inout JSONWriter) {
        json.beginElement()
        json.field("type", "header")
        json.beginArray("parameters")
        json.beginElement()
        if let media = content.media {
            let name = Self.name(of: media.kind)
            json.field("type", name.description)
            json.beginObject(name)
            json.field("link", media.url)
            if media.kind == .file { json.optionalField("filename", media.name) }
            json.endObject()
        } else if let location = content.location {
            json.field("type", "location")
            json.beginObject("location")
            json.field("latitude", "\(location.latitude)")
            json.field("longitude", "\(location.longitude)")
            json.optionalField("name", location.label)
            json.endObject()
        }
        json.endObject()
        json.endArray()
        json.endObject()
    }

    /// The buttons of an approved text are there already; what they say back, or open, is filled in by their order.
    private func fill(_ button: MessageButton, at index: Int, into json: inout JSONWriter) throws(ComposeError) {
        json.beginElement()
        json.field("type", "button")
        let isReply = if case .reply = button.action { true } else { false }
        json.field("sub_type", isReply ? "quick_reply" : "url")
        json.field("index", "\(index)")
        json.beginArray("parameters")
        json.beginElement()
        json.field("type", isReply ? "payload" : "text")
        switch button.action {
        case .reply(let payload): json.field("payload", payload)
        case .open(let ending):
            guard !ending.isBlank, !ending.breaksTemplates else { throw .unsafeHeader(field: "buttons") }
            json.field("text", ending)
        }
        json.endObject()
        json.endArray()
        json.endObject()
    }

    private static func name(of kind: MessageMedia.Kind) -> StaticString {
        switch kind {
        case .image: "image"
        case .video: "video"
        case .audio: "audio"
        case .file: "document"
        }
    }

    private func compose(
        _ media: MessageMedia,
        caption: [UInt8],
        into json: inout JSONWriter
    ) throws(ComposeError) {
        let name = Self.name(of: media.kind)
        guard String(decoding: caption, as: UTF8.self).unicodeScalars.count <= Self.captionLimit else {
            throw .tooLarge(limit: Self.captionLimit)
        }
        // A sound has no caption, and text that is dropped without a word would be worse than none.
        if media.kind == .audio, !caption.isBlank { throw .notSupported(.text) }
        json.field("type", name.description)
        json.beginObject(name)
        json.field("link", media.url)
        if media.kind == .file { json.optionalField("filename", media.name) }
        json.optionalField("caption", caption)
        json.endObject()
    }

    private func compose(
        _ buttons: [MessageButton],
        text: [UInt8],
        into json: inout JSONWriter
    ) throws(ComposeError) {
        guard !text.isBlank else { throw .empty }
        guard String(decoding: text, as: UTF8.self).unicodeScalars.count <= Self.interactiveLimit, buttons.count <= 3
        else { throw .tooLarge(limit: Self.interactiveLimit) }
        json.field("type", "interactive")
        json.beginObject("interactive")
        if buttons.count == 1, case .open(let url) = buttons[0].action {
            json.field("type", "cta_url")
            body(text, into: &json)
            json.beginObject("action")
            json.field("name", "cta_url")
            json.beginObject("parameters")
            json.field("display_text", buttons[0].title)
            json.field("url", url)
            json.endObject()
        } else {
            json.field("type", "button")
            body(text, into: &json)
            json.beginObject("action")
            json.beginArray("buttons")
            for button in buttons {
                guard case .reply(let payload) = button.action else { throw .notSupported(.buttons) }
                json.beginElement()
                json.field("type", "reply")
                json.beginObject("reply")
                json.field("id", payload)
                json.field("title", button.title)
                json.endObject()
                json.endObject()
            }
            json.endArray()
        }
        json.endObject()
        json.endObject()
    }

    private func body(_ text: [UInt8], into json: inout JSONWriter) {
        json.beginObject("body")
        json.field("text", text)
        json.endObject()
    }

    func request(_ batch: [ComposedMessage]) -> HTTPRequest {
        HTTPRequest(token: 0, headers: headers, body: batch[0].wire)
    }

    func accountQuestion(_ endpoint: EgressURL) -> HTTPRequest? {
        endpoint.target(replacing: "/messages", with: "?fields=display_phone_number,verified_name,quality_rating")
            .map { HTTPRequest(token: 0, method: .get, target: $0, headers: headers, body: []) }
    }

    func accountAnswer(_ answer: HTTPAnswer) -> AccountAnswer {
        .of(answer) {
            [
                ("number", $0["display_phone_number"]?.string), ("name", $0["verified_name"]?.string),
                ("quality", $0["quality_rating"]?.string),
            ]
        }
    }

    func verdict(_ answer: HTTPAnswer, on batch: [ComposedMessage], now: Int) -> HTTPVerdict {
        if (200..<300).contains(answer.status) {
            guard let id = answer.json?["messages"]?[0]?["id"]?.identifier else { return .all(answer.fault(now: now)) }
            return .all(.accepted(providerID: id))
        }
        guard let error = GraphAnswer(answer), let code = error.code else { return .all(answer.fault(now: now)) }
        let fault = WhatsAppCloudFaults.fault(code) ?? error.fault(status: answer.status)
        return .all(fault.outcome("\(code)", retryAfter: GraphAnswer.wait(answer, now: now)))
    }
}

// MARK: - Configuration

extension WhatsAppCloudProvider {
    static let descriptor = ChannelDescriptor(
        provider: "whatsapp-cloud",
        kinds: ["whatsapp"],
        settings: HTTPSettings.descriptors + [
            .init("phone_number_id", .text, isRequired: true), .init("graph_version", .text),
        ],
        needsSender: false,
        traits: facts
    ) { configuration throws(ChannelSetupError) in
        let settings = SettingReader(configuration)
        let number = try settings.required("phone_number_id")
        guard number.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw .badSetting(
                "phone_number_id",
                configuration,
                "is not a number",
                help: "it is the id that Meta gives the number, not the number itself"
            )
        }
        return try MetaSettings.channel(
            settings,
            base: "https://graph.facebook.com",
            version: "v23.0",
            path: "/\(number)/messages"
        ) { WhatsAppCloudProvider(headers: $0) }
    }

    private static let facts = ChannelTraits(
        contents: [.text, .image, .video, .audio, .file, .location, .approved, .buttons],
        parts: .init(
            captioned: [.image, .video, .file], aroundApproved: [.image, .video, .file, .location, .buttons],
            mostReplies: 3, mostOpens: 1),
        clearing: [.echo],
        statuses: [.queued, .sent, .delivered, .read, .clicked, .failed, .unsubscribed],
        windowHours: 24,
        textLimit: .init(4096, .characters),
        perSecond: 80,
        cost: .category
    )
}
