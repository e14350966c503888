/// Mail by Mailgun, up to a thousand recipients a request.
///
/// Each recipient's texts travel as variables of theirs, and the message is made of nothing but variables. Without
/// variables Mailgun would show every recipient all the addresses, so a request never leaves them out.
///
/// The wire form is lines: which texts there are (`t`, `h`, `u` for an unsubscribe link, `a` for attachments) with the
/// address behind a space, the variables, and the attachments' names.
struct MailgunProvider: HTTPProvider {
    let traits = MailgunProvider.facts
    private let from: String
    private let tag: String?
    private let isTest: Bool
    private let headers: [String]
    private let media: MediaSource?

    private static let batchBytes = 16 << 20

    func compose(_ content: MessageContent, into wire: inout [UInt8]) throws(ComposeError) {
        let address = try content.checkedMailAddress()
        if !content.text.isEmpty { wire.append(0x74) }
        if !content.html.isEmpty { wire.append(0x68) }
        if !content.unsubscribeURL.isEmpty { wire.append(0x75) }
        if !content.attachments.isEmpty { wire.append(AttachmentList.mark) }
        wire.append(0x20)
        wire.append(contentsOf: address)
        wire.append(0x0A)
        var json = JSONWriter(capacity: content.text.count + content.html.count + 512)
        json.beginObject()
        json.field("to", address)
        json.field("subject", content.subject)
        json.optionalField("text", content.text)
        json.optionalField("html", content.html)
        json.optionalField("unsubscribe", content.unsubscribeURL)
        json.field("ref", content.reference)
        json.field("campaign", content.campaign)
        json.endObject()
        wire.append(contentsOf: json.sound)
        if !content.attachments.isEmpty { wire += [0x0A] + AttachmentList(content).line }
        guard wire.count <= Self.batchBytes else { throw .tooLarge(limit: Self.batchBytes) }
    }

    func batches(_ messages: [ComposedMessage]) -> [[ComposedMessage]] {
        MessageBatches.split(
            messages,
            most: 1000,
            bytes: Self.batchBytes,
            // Two spellings of one domain are one address on the wire, and the variables of one would be the other's.
            address: { Array(Self.address($0)).text.lowercased() }
        ) { message -> [ArraySlice<UInt8>]? in
            let parts = Self.parts(message)
            guard parts.last == AttachmentList.mark else { return [parts] }
            return [parts] + message.wire.split(separator: 0x0A).suffix(1)
        }
    }

    private static func parts(_ message: ComposedMessage) -> ArraySlice<UInt8> {
        message.wire.prefix { $0 != 0x20 }
    }

    private static func address(_ message: ComposedMessage) -> ArraySlice<UInt8> {
        message.wire[parts(message).endIndex...].dropFirst().prefix { $0 != 0x0A }
    }

    func request(_ batch: [ComposedMessage]) throws(ComposeError) -> HTTPRequest {
        var addresses: [ArraySlice<UInt8>] = []
        var variables = JSONWriter(capacity: batch.reduce(1024) { $0 + $1.wire.count })
        variables.beginObject()
        for message in batch {
            let address = Self.address(message)
            addresses.append(address)
            variables.rawField(
                named: Array(address), message.wire[address.endIndex...].dropFirst().prefix { $0 != 0x0A })
        }
        variables.endObject()
        let parts = Self.parts(batch[0])
        guard parts.last == AttachmentList.mark else {
            var form = FormWriter()
            for address in addresses { form.field("to", address) }
            fields(parts, variables.bytes) { form.field($0, $1) }
            return HTTPRequest(
                token: 0, headers: headers + ["Content-Type: application/x-www-form-urlencoded"], body: form.bytes)
        }
        let names = batch[0].wire.split(separator: 0x0A).last ?? []
        var form = MultipartWriter()
        form.field("to", addresses.joined(separator: [0x2C]))
        fields(parts, variables.bytes) { form.field($0, $1) }
        for file in try AttachmentList.files(names, from: media) { form.file("attachment", file) }
        let written = form.written()
        return HTTPRequest(
            token: 0, headers: headers + ["Content-Type: " + written.contentType], body: written.body)
    }

    /// All but the recipients and the files.
    private func fields(
        _ parts: ArraySlice<UInt8>, _ variables: [UInt8], _ put: (StaticString, [UInt8]) -> Void
    ) {
        func text(_ name: StaticString, _ value: String) { put(name, Array(value.utf8)) }
        text("from", from)
        put("recipient-variables", variables)
        text("subject", "%recipient.subject%")
        if parts.contains(0x74) { text("text", "%recipient.text%") }
        if parts.contains(0x68) { text("html", "%recipient.html%") }
        if parts.contains(0x75) {
            text("h:List-Unsubscribe", "<%recipient.unsubscribe%>")
            text("h:List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
        }
        text("v:delivery_id", "%recipient.ref%")
        if let tag, !tag.isEmpty { text("o:tag", tag) }
        text("o:tracking", "no")
        if isTest { text("o:testmode", "yes") }
    }

    func accountQuestion(_ endpoint: EgressURL) -> HTTPRequest? {
        guard let path = endpoint.target(replacing: "/messages", with: ""), let slash = path.lastIndex(of: "/") else {
            return nil
        }
        let target = path[..<slash] + "/domains" + path[slash...]
        return HTTPRequest(token: 0, method: .get, target: String(target), headers: headers, body: [])
    }

    func accountAnswer(_ answer: HTTPAnswer) -> AccountAnswer {
        // A key that may only send is refused here and can send all the same.
        if answer.status == 403 { return .unclear(code: "403") }
        if (200..<300).contains(answer.status), let state = answer.json?.at("domain", "state")?.string,
            state != "active"
        {
            return .refused(code: "domain_" + state)
        }
        return .of(answer) {
            [("domain", $0.at("domain", "name")?.string), ("state", $0.at("domain", "state")?.string)]
        }
    }

    func verdict(_ answer: HTTPAnswer, on batch: [ComposedMessage], now: Int) -> HTTPVerdict {
        let json = answer.json
        if (200..<300).contains(answer.status) {
            // A wrong path answers 200 with a greeting.
            guard var id = json?["id"]?.identifier else { return .all(answer.fault(now: now)) }
            if id.hasPrefix("<"), id.hasSuffix(">") { id = String(id.dropFirst().dropLast()) }
            return .all(.accepted(providerID: id))
        }
        return MailgunFaults.verdict(answer, json?["message"]?.string ?? "", now: now)
    }
}

// MARK: - Configuration

extension MailgunProvider {
    static let descriptor = ChannelDescriptor(
        provider: "mailgun",
        kinds: ["email"],
        settings: HTTPSettings.descriptors + [
            .init("domain", .text, isRequired: true), .init("region", .oneOf(["us", "eu"])), .init("tag", .text),
            .init("dry_run", .flag),
        ],
        needsSender: true,
        traits: facts
    ) { configuration throws(ChannelSetupError) in
        let settings = SettingReader(configuration)
        let domain = try settings.required("domain")
        guard MailAddress.isHostName(Array(domain.utf8)[...]) else {
            throw .badSetting("domain", configuration, "is not a domain")
        }
        let credentials = Credentials(configuration)
        let key = credentials?.token("api_key")
        if credentials != nil, key == nil { throw .badSecret(configuration, secretForm) }
        let isEuropean = settings.text("region") == "eu"
        var account = try HTTPSettings.account(
            settings,
            base: isEuropean ? "https://api.eu.mailgun.net" : "https://api.mailgun.net",
            path: "/v3/\(domain)/messages",
            connections: 4,
            timeout: 60
        )
        guard let from = configuration.from, Mailbox(from) != nil else { throw .badSender(configuration) }
        return HTTPProviderChannel(
            MailgunProvider(
                from: from,
                tag: settings.text("tag"),
                isTest: try settings.flag("dry_run"),
                headers: key.map { [Credentials.basic("api", $0)] } ?? [],
                media: configuration.media
            ),
            account: account,
            batchSize: 1000,
            fault: key == nil ? .noSecret(configuration, secretForm) : nil
        )
    }

    private static let secretForm = "the API key, or {\"api_key\": …}"

    private static let facts = ChannelTraits(
        contents: [.text, .html, .attachment],
        clearing: [.lookup, .echo],
        statuses: [.queued, .delivered, .read, .clicked, .failed, .bounced, .complained, .unsubscribed],
        cost: .card
    )
}
