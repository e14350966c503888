import Channels

/// Meta's Send API: Messenger, and Instagram with the same bodies. Whoever has an id there has written first, so the
/// window of 24 hours counts as open.
struct SendAPIDesk: ProviderDesk {
    let isInstagram: Bool

    var waitForm: WaitForm { .usage }
    var perSecond: Double? { isInstagram ? 100 : 300 }

    func take(_ call: ProviderCall, _ people: PeopleFacts, _ numbers: MessageNumber.Source) -> ProviderAnswer {
        guard call.bearer == SandboxAccount.metaToken else {
            return .refused(GraphReplies.error(190, "Invalid OAuth access token", status: 401))
        }
        let parts = call.parts
        if parts.count == 2, parts[0].hasPrefix("v"), call.http.method == "GET" {
            return .told(.json(200, ["id": .text(String(parts[1])), "name": "Sandbox"]))
        }
        guard parts.count == 3, parts[0].hasPrefix("v"), parts[2] == "messages", call.http.method == "POST" else {
            return .refused(GraphReplies.error(100, subcode: 33, "Unsupported request"))
        }
        guard let body = JSONReader.read(call.http.body) else {
            return .refused(GraphReplies.error(100, "Invalid parameter: the body is no JSON"))
        }
        guard let to = body.at("recipient", "id")?.word else {
            return .refused(GraphReplies.error(100, "The parameter recipient is required"))
        }
        guard AddressForm.isDigits(to, 4...32) else {
            return .refused(
                GraphReplies.error(
                    100, subcode: isInstagram ? 2_534_014 : 2_018_001, "No matching user found"))
        }
        let type = body["messaging_type"]?.string
        guard isInstagram || ["RESPONSE", "UPDATE", "MESSAGE_TAG", "UTILITY"].contains(type) else {
            return .refused(GraphReplies.error(100, "The parameter messaging_type is required"))
        }
        let number = numbers.next()
        let id = (isInstagram ? "aWdf" : "m_") + number.hex(60)
        var message = SandboxMessage(number, call, id: id, from: String(parts[1]), to: to)
        if let fault = content(body["message"], into: &message) { return .refused(fault) }
        message.reference = body.at("message", "metadata")?.string ?? ""
        return .accepted([message], .json(200, ["recipient_id": .text(to), "message_id": .text(id)]))
    }

    private func content(_ content: JSONValue?, into message: inout SandboxMessage) -> HTTPReply? {
        if let attachment = content?["attachment"] {
            guard content?["text"] == nil, let url = attachment.at("payload", "url")?.string else {
                return GraphReplies.error(100, "Invalid attachment")
            }
            message.note = "\(attachment["type"]?.string ?? "file") \(url)"
            return nil
        }
        guard let text = content?["text"]?.string, !text.isEmpty else {
            return GraphReplies.error(100, "Message cannot be empty, must provide valid attachment or text")
        }
        guard isInstagram ? text.utf8.count <= 1000 : text.unicodeScalars.count <= 2000 else {
            return GraphReplies.error(100, "Length of param message[text] must be less than or equal to its limit")
        }
        message.text = text
        let replies = content?["quick_replies"]?.items ?? []
        guard replies.count <= 13 else { return GraphReplies.error(100, "Too many quick replies") }
        for reply in replies {
            guard let title = reply["title"]?.string, let payload = reply["payload"]?.string,
                title.unicodeScalars.count <= 20, payload.utf8.count <= 1000
            else { return GraphReplies.error(100, "Invalid quick reply") }
            message.buttons.append(.init(title: title, payload: payload))
        }
        return nil
    }

    /// A code, or code and subcode with a slash between.
    func refusal(_ code: String) -> HTTPReply? {
        guard let text = Self.texts[code] else { return nil }
        let parts = code.split(separator: "/").compactMap { Int($0) }
        return GraphReplies.error(parts[0], subcode: parts.dropFirst().first, text)
    }

    func throttling(_ form: WaitForm, wait: Int, now: Int) -> HTTPReply {
        GraphReplies.throttling(isInstagram ? 80002 : 80006, form, wait: wait, now: now)
    }

    private static let texts: [String: String] = [
        "2": "Service temporarily unavailable", "4": "Application request limit reached", "10": "Permission denied",
        "100": "Invalid parameter", "190": "Access token has expired", "200": "Permissions error",
        "551": "This person isn't available right now", "551/1545041": "This person isn't available right now",
        "10/2018278": "This message is sent outside of allowed window.",
        "10/2534022": "This message is sent outside of allowed window.",
        "100/2018001": "No matching user found", "100/2534014": "The requested user cannot be found",
        "613": "Calls to this api have exceeded the rate limit.",
    ]

    // MARK: Callbacks

    func callback(_ status: MessageStatus, of message: SandboxMessage, _ line: CallbackAddress) -> Callback? {
        let item: JSONValue
        switch status {
        case .sent:
            // Our own message, as an echo.
            var echo: JSONValue = [
                "mid": .text(message.id), "is_echo": true, "app_id": 1, "text": .text(message.text),
            ]
            if !message.reference.isEmpty { echo = echo.adding("metadata", .text(message.reference)) }
            return event(["message": echo], from: message.from, to: message.to, page: message.from, line.now)
        case .delivered where !isInstagram:
            item = ["delivery": ["mids": [.text(message.id)], "watermark": .integer(line.now * 1000)]]
        case .read:
            item = ["read": isInstagram ? ["mid": .text(message.id)] : ["watermark": .integer(line.now * 1000)]]
        case .clicked(let payload):
            guard let button = message.buttons.first(where: { $0.payload == payload }) else { return nil }
            item = [
                "message": [
                    "mid": .text("m_" + line.number.hex(60)), "text": .text(button.title),
                    "quick_reply": ["payload": .text(payload)], "reply_to": ["mid": .text(message.id)],
                ]
            ]
        case .queued, .delivered, .opened, .failed, .bounced, .complained, .unsubscribed: return nil
        }
        return event(item, from: message.to, to: message.from, page: message.from, line.now)
    }

    func callback(_ word: PersonsWord, _ line: CallbackAddress) -> Callback? {
        var message: JSONValue = ["mid": .text("m_" + word.number.hex(60)), "text": .text(word.text)]
        message = message.adding("reply_to", word.answered.map { ["mid": .text($0.id)] })
        return event(["message": message], from: word.from, to: word.to, page: word.to, word.at)
    }

    private func event(_ item: JSONValue, from: String, to: String, page: String, _ at: Int) -> Callback {
        let item = item.adding("sender", ["id": .text(from)]).adding("recipient", ["id": .text(to)])
            .adding("timestamp", .integer(at * 1000))
        return GraphReplies.signed([
            "object": isInstagram ? "instagram" : "page",
            "entry": [["id": .text(page), "time": .integer(at * 1000), "messaging": [item]]],
        ])
    }
}
