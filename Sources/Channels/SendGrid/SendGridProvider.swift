/// Mail by SendGrid, up to a thousand recipients a request.
///
/// The body of a request is shared, so a message's own texts travel as substitutions for two marks that make up the
/// whole body. What is too long for that goes in a request of its own.
///
/// The wire form is lines: which texts there are (`t`, `h`, or both; in upper case for a message that goes alone) with `a`
/// for attachments, the personalization, for a message that goes alone its content, and the attachments' names.
struct SendGridProvider: HTTPProvider {
    let traits = SendGridProvider.facts
    private let from: Mailbox
    private let replyTo: [UInt8]?
    private let categories: [String]
    private let isSandbox: Bool
    private let headers: [String]
    private let media: MediaSource?

    /// The provider takes 10,000 bytes of substitutions a recipient.
    private static let substitutionLimit = 9500
    private static let batchBytes = 20 << 20
    private static let textMark = "-carillon.text-"
    private static let htmlMark = "-carillon.html-"

    func compose(_ content: MessageContent, into wire: inout [UInt8]) throws(ComposeError) {
        let address = try content.checkedMailAddress()
        let isAlone = content.text.count + content.html.count > Self.substitutionLimit
        let parts = (content.text.isEmpty ? "" : "t") + (content.html.isEmpty ? "" : "h")
        wire.append(contentsOf: (isAlone ? parts.uppercased() : parts).utf8)
        if !content.attachments.isEmpty { wire.append(AttachmentList.mark) }
        wire.append(0x0A)
        wire.append(contentsOf: personalization(content, address, isAlone: isAlone))
        if isAlone {
            wire.append(0x0A)
            var json = JSONWriter(capacity: content.text.count + content.html.count + 128)
            body(content.text, content.html, into: &json)
            wire.append(contentsOf: json.sound)
        }
        if !content.attachments.isEmpty { wire += [0x0A] + AttachmentList(content).line }
        guard wire.count <= Self.batchBytes else { throw .tooLarge(limit: Self.batchBytes) }
    }

    private func personalization(_ content: MessageContent, _ address: [UInt8], isAlone: Bool) -> [UInt8] {
        var json = JSONWriter(capacity: content.text.count + content.html.count + 512)
        json.beginObject()
        json.beginArray("to")
        json.beginElement()
        json.field("email", address)
        // Names with these are refused.
        if !content.recipientName.contains(where: { $0 == 0x2C || $0 == 0x3B }) {
            json.optionalField("name", content.recipientName)
        }
        json.endObject()
        json.endArray()
        json.field("subject", content.subject)
        if !content.unsubscribeURL.isEmpty {
            json.beginObject("headers")
            json.field("List-Unsubscribe", [0x3C] + content.unsubscribeURL + [0x3E])
            json.field("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
            json.endObject()
        }
        if !isAlone {
            json.beginObject("substitutions")
            if !content.text.isEmpty { json.field(named: Array(Self.textMark.utf8), content.text) }
            if !content.html.isEmpty { json.field(named: Array(Self.htmlMark.utf8), content.html) }
            json.endObject()
        }
        json.beginObject("custom_args")
        json.optionalField("delivery_id", content.reference)
        json.optionalField("carillon_campaign", content.campaign)
        json.endObject()
        json.endObject()
        return json.sound
    }

    /// Plain text stands before HTML, or the request is refused.
    private func body(_ text: [UInt8], _ html: [UInt8], into json: inout JSONWriter) {
        json.beginArray()
        for (type, value) in [("text/plain", text), ("text/html", html)] where !value.isEmpty {
            json.beginElement()
            json.field("type", type)
            json.field("value", value)
            json.endObject()
        }
        json.endArray()
    }

    func batches(_ messages: [ComposedMessage]) -> [[ComposedMessage]] {
        MessageBatches.split(messages, most: 1000, bytes: Self.batchBytes) { message -> [ArraySlice<UInt8>]? in
            // A small letter first: the texts are shared, and so is what the message carries.
            guard let first = message.wire.first, first >= 0x61 else { return nil }
            let parts = Self.parts(message)
            guard parts.last == AttachmentList.mark else { return [parts] }
            return [parts] + message.wire.split(separator: 0x0A).suffix(1)
        }
    }

    private static func parts(_ message: ComposedMessage) -> ArraySlice<UInt8> {
        message.wire.prefix { $0 != 0x0A }
    }

    func request(_ batch: [ComposedMessage]) throws(ComposeError) -> HTTPRequest {
        var json = JSONWriter(capacity: batch.reduce(1024) { $0 + $1.wire.count })
        json.beginObject()
        json.beginArray("personalizations")
        var content: [UInt8] = []
        var files: [MessageAttachment] = []
        let parts = Self.parts(batch[0])
        for (index, message) in batch.enumerated() {
            var lines = message.wire.split(separator: 0x0A, omittingEmptySubsequences: false)
            guard lines.count >= 2 else { continue }
            json.rawElement(lines[1])
            guard index == 0 else { continue }
            if parts.last == AttachmentList.mark { files = try AttachmentList.files(lines.removeLast(), from: media) }
            if lines.count == 3 { content = Array(lines[2]) }
        }
        json.endArray()
        json.beginObject("from")
        json.field("email", from.address)
        json.optionalField("name", from.name)
        json.endObject()
        if let replyTo {
            json.beginObject("reply_to")
            json.field("email", replyTo)
            json.endObject()
        }
        // Every recipient has a subject of their own; the request needs one all the same.
        json.field("subject", "-")
        if content.isEmpty {
            var body = JSONWriter()
            self.body(
                parts.contains(0x74) ? Array(Self.textMark.utf8) : [],
                parts.contains(0x68) ? Array(Self.htmlMark.utf8) : [],
                into: &body
            )
            content = body.bytes
        }
        json.raw("content", content)
        if !files.isEmpty {
            json.beginArray("attachments")
            for file in files {
                json.beginElement()
                json.field("content", file.base64)
                json.field("filename", file.name)
                json.field("type", file.type)
                json.field("disposition", "attachment")
                json.endObject()
            }
            json.endArray()
        }
        if !categories.isEmpty {
            json.beginArray("categories")
            for category in categories { json.element(Array(category.utf8)) }
            json.endArray()
        }
        if isSandbox { json.raw("mail_settings", Array(#"{"sandbox_mode":{"enable":true}}"#.utf8)) }
        // Links and pictures of theirs in our messages would be a decision of the author's.
        json.raw(
            "tracking_settings",
            Array(
                (#"{"click_tracking":{"enable":false,"enable_text":false},"open_tracking":{"enable":false},"#
                    + #""subscription_tracking":{"enable":false}}"#).utf8
            )
        )
        json.endObject()
        return HTTPRequest(token: 0, headers: headers, body: json.bytes)
    }

    func accountQuestion(_ endpoint: EgressURL) -> HTTPRequest? {
        endpoint.target(replacing: "/mail/send", with: "/scopes")
            .map { HTTPRequest(token: 0, method: .get, target: $0, headers: headers, body: []) }
    }

    func accountAnswer(_ answer: HTTPAnswer) -> AccountAnswer {
        guard (200..<300).contains(answer.status), let scopes = answer.json?["scopes"]?.items else {
            return .of(answer) { _ in [] }
        }
        return scopes.contains { $0.string == "mail.send" } ? .fine([]) : .refused(code: "no_mail_send")
    }

    func verdict(_ answer: HTTPAnswer, on batch: [ComposedMessage], now: Int) -> HTTPVerdict {
        if answer.status == 202 {
            guard let id = answer.headers["x-message-id"].flatMap({ JSONValue.text($0).identifier }) else {
                return .all(answer.fault(now: now))
            }
            return .all(.accepted(providerID: id))
        }
        if answer.status == 200, isSandbox { return .all(.accepted(providerID: "sandbox")) }
        guard let errors = answer.json?["errors"]?.items, let first = errors.first else {
            return .all(answer.fault(now: now))
        }
        return SendGridFaults.verdict(answer, errors, first, batch: batch.count, now: now)
    }
}

// MARK: - Configuration

extension SendGridProvider {
    static let descriptor = ChannelDescriptor(
        provider: "sendgrid",
        kinds: ["email"],
        settings: HTTPSettings.descriptors + [
            .init("reply_to", .mailbox), .init("category", .text), .init("dry_run", .flag),
        ],
        needsSender: true,
        traits: facts
    ) { configuration throws(ChannelSetupError) in
        let settings = SettingReader(configuration)
        let credentials = Credentials(configuration)
        let key = credentials?.token("api_key")
        if credentials != nil, key == nil { throw .badSecret(configuration, secretForm) }
        var account = try HTTPSettings.account(
            settings,
            base: "https://api.sendgrid.com",
            path: "/v3/mail/send",
            connections: 4,
            timeout: 60
        )
        account.headers = ["Content-Type: application/json"]
        account.answerHeaders = ["x-message-id", "x-ratelimit-reset"]
        return HTTPProviderChannel(
            try SendGridProvider(settings, key: key),
            account: account,
            batchSize: 1000,
            fault: key == nil ? .noSecret(configuration, secretForm) : nil
        )
    }

    private init(_ settings: SettingReader, key: String?) throws(ChannelSetupError) {
        guard let from = settings.configuration.from.flatMap({ Mailbox($0) }) else {
            throw .badSender(settings.configuration)
        }
        self.from = from
        replyTo = try settings.text("reply_to").map { text throws(ChannelSetupError) in
            guard let mailbox = Mailbox(text) else {
                throw .badSetting("reply_to", settings.configuration, "is not a mail address")
            }
            return mailbox.address
        }
        categories = settings.text("category").map { [$0] } ?? []
        isSandbox = try settings.flag("dry_run")
        headers = key.map { ["Authorization: Bearer " + $0] } ?? []
        media = settings.configuration.media
    }

    private static let secretForm = "the API key (`SG.…`), or {\"api_key\": …}"

    private static let facts = ChannelTraits(
        contents: [.text, .html, .attachment],
        clearing: [.echo],
        statuses: [.queued, .sent, .delivered, .read, .clicked, .failed, .bounced, .complained, .unsubscribed],
        cost: .card
    )
}
