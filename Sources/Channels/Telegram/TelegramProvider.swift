/// Messages by Telegram's Bot API. The wire form is the method's name, a line feed, and the JSON of the call.
struct TelegramProvider: HTTPProvider {
    let traits = TelegramProvider.facts
    private let isSilent: Bool
    private let isProtected: Bool
    private let previewsLinks: Bool
    /// Path and query in front of the method; holds the token, so it is never shown.
    private let prefix: String

    private static let captionLimit = ChannelTraits.TextLimit(1024, .utf16)

    func compose(_ content: MessageContent, into wire: inout [UInt8]) throws(ComposeError) {
        guard let chat = Self.chat(content.recipient) else { throw .badAddress }
        var json = JSONWriter(capacity: content.text.count + 256)
        json.beginObject()
        json.raw("chat_id", chat)
        let method: StaticString
        if let media = content.media {
            guard Self.captionLimit.holds(content.text) else { throw .tooLarge(limit: Self.captionLimit.most) }
            let isImage = media.kind == .image
            method = isImage ? "sendPhoto" : "sendDocument"
            json.field(isImage ? "photo" : "document", media.url)
            caption(content, "caption", into: &json)
        } else if let location = content.location {
            // A place has no caption, and text that is dropped without a word would be worse than none.
            guard content.text.isBlank, content.html.isBlank else { throw .notSupported(.text) }
            method = "sendLocation"
            json.raw("latitude", Array("\(location.latitude)".utf8))
            json.raw("longitude", Array("\(location.longitude)".utf8))
        } else {
            guard !content.text.isBlank || !content.html.isBlank else { throw .empty }
            method = "sendMessage"
            caption(content, "text", into: &json)
            if !previewsLinks {
                json.beginObject("link_preview_options")
                json.field("is_disabled", true)
                json.endObject()
            }
        }
        if isSilent { json.field("disable_notification", true) }
        if isProtected { json.field("protect_content", true) }
        try buttons(content.buttons, into: &json)
        json.endObject()
        wire.append(literal: method)
        wire.append(0x0A)
        wire.append(contentsOf: json.sound)
    }

    /// HTML where the message has it: its values were escaped when it was rendered.
    private func caption(_ content: MessageContent, _ name: StaticString, into json: inout JSONWriter) {
        if content.html.isEmpty {
            json.optionalField(name, content.text)
        } else {
            json.field(name, content.html)
            json.field("parse_mode", "HTML")
        }
    }

    private func buttons(_ buttons: [MessageButton], into json: inout JSONWriter) throws(ComposeError) {
        guard !buttons.isEmpty else { return }
        json.beginObject("reply_markup")
        json.beginArray("inline_keyboard")
        for button in buttons {
            json.beginArray()
            json.beginElement()
            json.field("text", button.title)
            switch button.action {
            case .reply(let payload):
                guard (1...64).contains(payload.count) else { throw .tooLarge(limit: 64) }
                json.field("callback_data", payload)
            case .open(let url): json.field("url", url)
            }
            json.endObject()
            json.endArray()
        }
        json.endArray()
        json.endObject()
    }

    /// A chat's number, or the `@name` of a public channel, as JSON.
    private static func chat(_ address: [UInt8]) -> [UInt8]? {
        if address.first == 0x40 {
            let name = address.dropFirst()
            let isName =
                (4...32).contains(name.count)
                && name.allSatisfy { byte in
                    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                        || byte == 0x5F
                }
            return isName ? [0x22] + address + [0x22] : nil
        }
        guard address.count <= 20, address.first != 0x2B, let number = Int(address.text), number != 0,
            number.magnitude < 1 << 52
        else { return nil }
        return Array("\(number)".utf8)
    }

    func request(_ batch: [ComposedMessage]) -> HTTPRequest {
        let wire = batch[0].wire
        let end = wire.firstIndex(of: 0x0A) ?? wire.startIndex
        let method = Array(wire[..<end]).text
        return HTTPRequest(token: 0, target: prefix + method, body: Array(wire[end...].dropFirst()))
    }

    func accountQuestion(_ endpoint: EgressURL) -> HTTPRequest? {
        HTTPRequest(token: 0, method: .get, target: prefix + "getMe", body: [])
    }

    func accountAnswer(_ answer: HTTPAnswer) -> AccountAnswer {
        // A token that nobody has is a path that isn't there.
        if answer.status == 404 { return .refused(code: "404") }
        return .of(answer) { [("bot", $0.at("result", "username")?.string.map { "@" + $0 })] }
    }

    func verdict(_ answer: HTTPAnswer, on batch: [ComposedMessage], now: Int) -> HTTPVerdict {
        .all(TelegramVerdict.outcome(of: answer, now: now))
    }
}

extension [UInt8] {
    /// Nothing but blanks and line breaks.
    var isBlank: Bool { allSatisfy { $0 == 0x20 || (0x09...0x0D).contains($0) } }
}

// MARK: - Configuration

extension TelegramProvider {
    static let descriptor = ChannelDescriptor(
        provider: "telegram",
        kinds: ["telegram"],
        settings: HTTPSettings.descriptors + [
            .init("silent", .flag), .init("protect", .flag), .init("link_preview", .flag),
        ],
        needsSender: false,
        traits: facts
    ) { configuration throws(ChannelSetupError) in
        let settings = SettingReader(configuration)
        let credentials = Credentials(configuration)
        let token = credentials?.token("token")
        if credentials != nil, token.map(isToken) != true { throw .badSecret(configuration, secretForm) }
        var account = try HTTPSettings.account(
            settings,
            base: "https://api.telegram.org",
            path: "/bot" + (token ?? "") + "/"
        )
        account.headers = ["Content-Type: application/json"]
        return HTTPProviderChannel(
            try TelegramProvider(settings, prefix: account.endpoint.target),
            account: account,
            fault: token == nil ? .noSecret(configuration, secretForm) : nil
        )
    }

    private init(_ settings: SettingReader, prefix: String) throws(ChannelSetupError) {
        isSilent = try settings.flag("silent")
        isProtected = try settings.flag("protect")
        previewsLinks = try settings.flag("link_preview")
        self.prefix = prefix
    }

    private static let facts = ChannelTraits(
        contents: [.text, .html, .image, .file, .location, .buttons],
        parts: .init(
            captioned: [.image, .file], mostReplies: 20, mostOpens: 20, mixesButtons: true, buttonsBelowMedia: true),
        clearing: [],
        statuses: [.sent, .clicked],
        textLimit: .init(4096, .utf16),
        perSecond: 30,
        cost: .free
    )

    private static let secretForm = "the bot's token, as BotFather gave it (`123456789:AA…`)"

    /// The token becomes part of a path.
    private static func isToken(_ text: String) -> Bool {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count == 2 && !parts[0].isEmpty && parts[0].utf8.allSatisfy { (0x30...0x39).contains($0) }
            && (20...64).contains(parts[1].utf8.count)
            && parts[1].utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || byte == 0x2D || byte == 0x5F
            }
    }
}
