/// Mail by Postmark, up to five hundred messages a request. Every message stands in it whole, and the answer says of each
/// by itself what became of it.
struct PostmarkProvider: HTTPProvider {
    let traits = PostmarkProvider.facts
    /// As the channel's document writes it, which is a mailbox.
    private let from: String
    private let replyTo: String?
    private let stream: String
    private let tag: String?
    private let headers: [String]

    /// The provider takes 50 MB a request.
    private static let batchBytes = 40 << 20
    /// And 5 MB of text, HTML included.
    private static let messageBytes = 5_000_000

    func compose(_ content: MessageContent, into wire: inout [UInt8]) throws(ComposeError) {
        let address = try content.checkedMailAddress()
        guard content.text.count + content.html.count <= Self.messageBytes else {
            throw .tooLarge(limit: Self.messageBytes)
        }
        var json = JSONWriter(capacity: content.text.count + content.html.count + 1024)
        json.beginObject()
        json.field("From", from)
        json.field("To", address)
        json.field("Subject", content.subject)
        json.optionalField("TextBody", content.text)
        json.optionalField("HtmlBody", content.html)
        if let replyTo { json.field("ReplyTo", replyTo) }
        if let tag { json.field("Tag", tag) }
        json.field("MessageStream", stream)
        // Links and pictures of theirs in our messages would be a decision of the author's.
        json.field("TrackOpens", false)
        json.field("TrackLinks", "None")
        if !content.unsubscribeURL.isEmpty {
            json.beginArray("Headers")
            header("List-Unsubscribe", [0x3C] + content.unsubscribeURL + [0x3E], into: &json)
            header("List-Unsubscribe-Post", Array("List-Unsubscribe=One-Click".utf8), into: &json)
            json.endArray()
        }
        if !content.attachments.isEmpty {
            json.beginArray("Attachments")
            for attachment in content.attachments {
                json.beginElement()
                json.field("Name", attachment.name)
                json.field("ContentType", attachment.type)
                json.field("Content", attachment.base64)
                json.endObject()
            }
            json.endArray()
        }
        json.beginObject("Metadata")
        json.optionalField("delivery_id", content.reference)
        json.optionalField("carillon_campaign", content.campaign)
        json.endObject()
        json.endObject()
        wire.append(contentsOf: json.sound)
    }

    private func header(_ name: String, _ value: [UInt8], into json: inout JSONWriter) {
        json.beginElement()
        json.field("Name", name)
        json.field("Value", value)
        json.endObject()
    }

    func batches(_ messages: [ComposedMessage]) -> [[ComposedMessage]] {
        MessageBatches.split(messages, most: 500, bytes: Self.batchBytes) { _ in 0 }
    }

    func request(_ batch: [ComposedMessage]) -> HTTPRequest {
        var json = JSONWriter(capacity: batch.reduce(16) { $0 + $1.wire.count + 1 })
        json.beginArray()
        for message in batch { json.rawElement(message.wire) }
        json.endArray()
        return HTTPRequest(token: 0, headers: headers, body: json.bytes)
    }

    func accountQuestion(_ endpoint: EgressURL) -> HTTPRequest? {
        endpoint.target(replacing: "/email/batch", with: "/server")
            .map { HTTPRequest(token: 0, method: .get, target: $0, headers: headers, body: []) }
    }

    func accountAnswer(_ answer: HTTPAnswer) -> AccountAnswer {
        .of(answer) { [("server", $0["Name"]?.string), ("delivery", $0["DeliveryType"]?.string)] }
    }

    func verdict(_ answer: HTTPAnswer, on batch: [ComposedMessage], now: Int) -> HTTPVerdict {
        guard let json = answer.json else { return .all(answer.fault(now: now)) }
        if answer.status == 200 {
            // The results stand in the order of the messages.
            let results = json.items
            guard results.count == batch.count else { return .all(answer.fault(now: now)) }
            return .each(results.map(PostmarkFaults.outcome))
        }
        guard let code = json["ErrorCode"]?.integer, answer.status < 500 else { return .all(answer.fault(now: now)) }
        if answer.status == 429 {
            let wait = answer.retryAfter(now: now) ?? SendOutcome.unsaidWait
            return .all(.throttled(code: "429", retryAfter: wait))
        }
        return .all(.unavailable(code: "\(answer.status) \(code)"))
    }
}

// MARK: - Configuration

extension PostmarkProvider {
    static let descriptor = ChannelDescriptor(
        provider: "postmark",
        kinds: ["email"],
        settings: HTTPSettings.descriptors + [
            .init("stream", .text), .init("reply_to", .mailbox), .init("tag", .text),
        ],
        needsSender: true,
        traits: facts
    ) { configuration throws(ChannelSetupError) in
        let settings = SettingReader(configuration)
        let credentials = Credentials(configuration)
        let token = credentials?.token("server_token")
        if credentials != nil, token == nil { throw .badSecret(configuration, secretForm) }
        var account = try HTTPSettings.account(
            settings, base: "https://api.postmarkapp.com", path: "/email/batch", connections: 4, timeout: 60)
        account.headers = ["Content-Type: application/json", "Accept: application/json"]
        return HTTPProviderChannel(
            try PostmarkProvider(settings, token: token), account: account, batchSize: 500,
            fault: token == nil ? .noSecret(configuration, secretForm) : nil)
    }

    private init(_ settings: SettingReader, token: String?) throws(ChannelSetupError) {
        guard let from = settings.configuration.from, Mailbox(from) != nil else {
            throw .badSender(settings.configuration)
        }
        self.from = from
        replyTo = settings.text("reply_to")
        if let replyTo, Mailbox(replyTo) == nil {
            throw .badSetting("reply_to", settings.configuration, "is not a mail address")
        }
        stream = settings.text("stream") ?? "broadcast"
        tag = settings.text("tag")
        headers = token.map { ["X-Postmark-Server-Token: " + $0] } ?? []
    }

    private static let secretForm = "the server's API token, or {\"server_token\": …}"

    private static let facts = ChannelTraits(
        contents: [.text, .html, .attachment],
        clearing: [.echo],
        statuses: [.delivered, .read, .clicked, .failed, .bounced, .complained, .unsubscribed],
        cost: .card
    )
}
