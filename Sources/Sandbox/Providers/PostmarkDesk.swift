import Channels

/// Postmark: up to five hundred whole messages a request, and an answer for each.
struct PostmarkDesk: ProviderDesk {
    var waitForm: WaitForm { .header }
    var perSecond: Double? { nil }

    func take(_ call: ProviderCall, _ people: PeopleFacts, _ numbers: MessageNumber.Source) -> ProviderAnswer {
        guard call.http.header("x-postmark-server-token") == SandboxAccount.postmarkToken else {
            return .refused(Self.error(401, 10, "The Server Token you provided in the header is absent or incorrect."))
        }
        if call.parts == ["server"], call.http.method == "GET" {
            return .told(.json(200, ["Name": "Sandbox", "DeliveryType": "Sandbox"]))
        }
        guard call.parts == ["email", "batch"], call.http.method == "POST" else {
            return .refused(HTTPReply(404, type: "text/html", "<html>Not Found</html>"))
        }
        guard call.http.body.count <= 50 << 20 else { return .refused(Self.error(413, 0, "Payload Too Large")) }
        guard call.http.contentType == "application/json", case .list(let items)? = JSONReader.read(call.http.body)
        else {
            return .refused(Self.error(422, 402, "Invalid JSON"))
        }
        guard items.count <= 500 else {
            return .refused(Self.error(422, 410, "Too many batch messages: 500 are the most"))
        }
        var messages: [SandboxMessage] = []
        let results = items.map { item -> JSONValue in
            switch Self.read(item, call, people, numbers) {
            case .success(let message):
                messages.append(message)
                return [
                    "To": .text(message.to), "SubmittedAt": .text(Self.time(call.now)), "MessageID": .text(message.id),
                    "ErrorCode": 0, "Message": "OK",
                ]
            case .failure(let fault): return Self.result(fault.code, fault.text)
            }
        }
        return .accepted(messages, .json(200, .list(results)))
    }

    private struct Fault: Error {
        let code: Int
        let text: String
    }

    private static func read(
        _ item: JSONValue, _ call: ProviderCall, _ people: PeopleFacts, _ numbers: MessageNumber.Source
    ) -> Result<SandboxMessage, Fault> {
        func mailbox(_ text: String) -> String {
            guard let open = text.lastIndex(of: "<"), let close = text[open...].firstIndex(of: ">") else { return text }
            return String(text[text.index(after: open)..<close])
        }
        guard let from = item["From"]?.string.map(mailbox), AddressForm.isMail(from) else {
            return .failure(Fault(code: 300, text: "Invalid 'From' address"))
        }
        guard let to = item["To"]?.string.map(mailbox), AddressForm.isMail(to) else {
            return .failure(Fault(code: 300, text: "Invalid 'To' address"))
        }
        let text = item["TextBody"]?.string ?? ""
        let html = item["HtmlBody"]?.string ?? ""
        guard !text.isEmpty || !html.isEmpty else {
            return .failure(Fault(code: 300, text: "Provide either email TextBody or HtmlBody or both."))
        }
        guard !people.hasStopped(call.channel, to) else {
            return .failure(
                Fault(code: 406, text: "You tried to send to a recipient that has been marked as inactive."))
        }
        let attachments = item["Attachments"]?.items ?? []
        guard
            attachments.allSatisfy({
                $0["Name"]?.string?.isEmpty == false && Base64Text.decode($0["Content"]?.string ?? "") != nil
            })
        else { return .failure(Fault(code: 300, text: "Invalid attachment")) }
        let number = numbers.next()
        var message = SandboxMessage(number, call, id: identifier(number), from: from, to: to)
        message.subject = item["Subject"]?.string ?? ""
        message.text = text
        message.html = html
        message.reference = item["Metadata"]?["delivery_id"]?.string ?? ""
        message.isTracked = item["TrackOpens"]?.bool == true
        message.note = attachments.compactMap { $0["Name"]?.string }.joined(separator: ", ")
        return .success(message)
    }

    /// In the form of a UUID.
    private static func identifier(_ number: MessageNumber) -> String {
        let hex = Array(number.hex(32))
        return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(hex[$0]) }.joined(separator: "-")
    }

    private static func time(_ now: Int) -> String {
        var bytes: [UInt8] = []
        MailDate.append(rfc3339: now, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func result(_ code: Int, _ message: String) -> JSONValue {
        ["ErrorCode": .number("\(code)"), "Message": .text(message)]
    }

    private static func error(_ status: Int, _ code: Int, _ message: String) -> HTTPReply {
        .json(status, result(code, message))
    }

    func refusal(_ code: String) -> HTTPReply? {
        switch code {
        case "300", "406": .json(200, .list([Self.result(Int(code) ?? 0, "refused by the sandbox")]))
        case "10": Self.error(401, 10, "The Server Token you provided in the header is absent or incorrect.")
        case "400", "405": Self.error(422, Int(code) ?? 0, "Not allowed to send")
        default: nil
        }
    }

    func throttling(_ form: WaitForm, wait: Int, now: Int) -> HTTPReply {
        var reply = Self.error(429, 429, "Rate limit exceeded")
        reply.headers += WaitHeaders.of(form, wait: wait, now: now)
        return reply
    }

    // MARK: Callbacks

    func callback(_ status: MessageStatus, of message: SandboxMessage, _ line: CallbackAddress) -> Callback? {
        var event: JSONValue = [
            "MessageID": .text(message.id), "MessageStream": "broadcast", "ServerID": 1,
            "Metadata": ["delivery_id": .text(message.reference)],
        ]
        let now = JSONValue.text(Self.time(line.now))
        switch status {
        case .delivered:
            event = event.adding("RecordType", "Delivery").adding("Recipient", .text(message.to))
                .adding("DeliveredAt", now)
        case .opened:
            event = event.adding("RecordType", "Open").adding("Recipient", .text(message.to)).adding("ReceivedAt", now)
        case .clicked(let url):
            event = event.adding("RecordType", "Click").adding("Recipient", .text(message.to))
                .adding("ReceivedAt", now).adding("OriginalLink", .text(url))
        case .bounced(let isFinal):
            event = event.adding("RecordType", "Bounce").adding("Type", isFinal ? "HardBounce" : "SoftBounce")
                .adding("Email", .text(message.to)).adding("BouncedAt", now).adding("ID", .text(line.number.hex(8)))
        case .complained:
            event = event.adding("RecordType", "SpamComplaint").adding("Email", .text(message.to))
                .adding("BouncedAt", now).adding("ID", .text(line.number.hex(8)))
        case .unsubscribed:
            event = event.adding("RecordType", "SubscriptionChange").adding("Recipient", .text(message.to))
                .adding("ChangedAt", now).adding("SuppressSending", true)
                .adding("SuppressionReason", "ManualSuppression")
        case .queued, .sent, .read, .failed: return nil
        }
        return Callback([Callback.json, Self.login], event.bytes)
    }

    /// It signs nothing; the address that it was given holds a name and a password.
    private static let login = "Authorization: Basic c2FuZGJveDpzYW5kYm94LXBvc3RtYXJr"

    func callback(_ word: PersonsWord, _ line: CallbackAddress) -> Callback? { nil }
}
