import Channels

/// A server of the user's own that takes messages as signed requests, and tells of them as Standard Webhooks 1 says.
/// Stands in for every channel that writes into a folder too.
struct WebhookReceiverDesk: ProviderDesk {
    var waitForm: WaitForm { .header }
    var perSecond: Double? { nil }

    func take(_ call: ProviderCall, _ people: PeopleFacts, _ numbers: MessageNumber.Source) -> ProviderAnswer {
        guard call.http.method == "POST" else { return .refused(HTTPReply(405)) }
        let id = call.http.header("webhook-id")
        guard
            let secret = WebhookSecret(SandboxAccount.webhookSecret),
            secret.verifies(
                id: id, timestamp: call.http.header("webhook-timestamp"),
                signature: call.http.header("webhook-signature"), body: call.http.body, now: call.now)
        else { return .refused(.json(401, ["error": "bad signature"])) }
        guard let body = JSONReader.read(call.http.body), body["type"]?.string == "message.send",
            let data = body["data"], let to = data["to"]?.string, !to.isEmpty
        else { return .refused(.json(422, ["error": "not a message"])) }
        let number = numbers.next()
        let kind = data["channel"]?.string ?? "email"
        // The sender is the project's to know: a message in this form has none.
        var message = SandboxMessage(number, call, id: "msg_" + number.hex(24), from: call.channel, to: to)
        message.subject = data["subject"]?.string ?? ""
        message.text = data["text"]?.string ?? ""
        message.html = data["html"]?.string ?? ""
        message.reference = data["id"]?.string ?? ""
        message.echoed["kind"] = kind
        message.echoed["unsubscribe"] = data["unsubscribe_url"]?.string
        message.isTracked = true
        if let url = data.at("media", "url")?.string { message.note = url }
        if let name = data.at("approved", "name")?.string {
            message.note = "approved text \(name)"
            message.text = (data.at("approved", "values")?.items ?? []).compactMap(\.string).joined(separator: "\n")
        }
        for button in data["buttons"]?.items ?? [] {
            message.buttons.append(
                .init(
                    title: button["title"]?.string ?? "", payload: button["reply"]?.string,
                    url: button["url"]?.string))
        }
        return .accepted([message], .json(202, ["id": .text(message.id)]))
    }

    func refusal(_ code: String) -> HTTPReply? {
        switch code {
        case "400", "401", "403", "404", "409", "410", "422", "500", "502", "503", "504":
            Int(code).map { .json($0, ["error": "refused"]) }
        default: nil
        }
    }

    func throttling(_ form: WaitForm, wait: Int, now: Int) -> HTTPReply {
        HTTPReply(429, headers: WaitHeaders.of(form, wait: wait, now: now))
    }

    // MARK: Callbacks

    func callback(_ status: MessageStatus, of message: SandboxMessage, _ line: CallbackAddress) -> Callback? {
        var data: JSONValue = [
            "message_id": .text(message.id), "reference": .text(message.reference), "to": .text(message.to),
        ]
        switch status {
        case .failed(let code): data = data.adding("code", .text(code))
        case .bounced(let isFinal): data = data.adding("code", "5.1.1").adding("permanent", .flag(isFinal))
        case .clicked(let url): data = data.adding("url", .text(url))
        case .queued, .sent, .delivered, .read, .opened, .complained, .unsubscribed: break
        }
        return signed("message." + status.name, data, line)
    }

    func callback(_ word: PersonsWord, _ line: CallbackAddress) -> Callback? {
        var data: JSONValue = ["from": .text(word.from), "text": .text(word.text)]
        data = data.adding("reply_to", word.answered.map { .text($0.id) })
        return signed("message.received", data, line)
    }

    private func signed(_ type: String, _ data: JSONValue, _ line: CallbackAddress) -> Callback? {
        guard let secret = WebhookSecret(SandboxAccount.webhookSecret) else { return nil }
        var time: [UInt8] = []
        MailDate.append(rfc3339: line.now, to: &time)
        let body: JSONValue = [
            "type": .text(type), "timestamp": .text(String(decoding: time, as: UTF8.self)), "data": data,
        ]
        let bytes = body.bytes
        let id = "evt_" + line.number.hex(24)
        return Callback(
            [
                Callback.json, "webhook-id: " + id, "webhook-timestamp: \(line.now)",
                "webhook-signature: " + secret.signature(id: id, timestamp: line.now, body: bytes),
            ],
            bytes)
    }
}
