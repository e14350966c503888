import Channels

/// WhatsApp's Cloud API.
struct WhatsAppDesk: ProviderDesk {
    var waitForm: WaitForm { .usage }
    var perSecond: Double? { 80 }

    func take(_ call: ProviderCall, _ people: PeopleFacts, _ numbers: MessageNumber.Source) -> ProviderAnswer {
        guard call.bearer == SandboxAccount.metaToken else {
            return .refused(GraphReplies.error(190, "Invalid OAuth access token"))
        }
        let parts = call.parts
        guard parts.count >= 2, parts[0].hasPrefix("v"), AddressForm.isDigits(parts[1], 1...32) else {
            return .refused(GraphReplies.error(100, subcode: 33, "Unsupported request"))
        }
        if parts.count == 2, call.http.method == "GET" {
            return .told(
                .json(
                    200,
                    [
                        "id": .text(String(parts[1])), "display_phone_number": "+1 555 000 0000",
                        "verified_name": "Sandbox", "quality_rating": "GREEN",
                    ]))
        }
        guard parts.count == 3, parts[2] == "messages", call.http.method == "POST" else {
            return .refused(GraphReplies.error(100, subcode: 33, "Unsupported request"))
        }
        guard let body = JSONReader.read(call.http.body) else {
            return .refused(GraphReplies.error(100, "Invalid parameter: the body is no JSON"))
        }
        guard body["messaging_product"]?.string == "whatsapp" else {
            return .refused(GraphReplies.error(100, "The parameter messaging_product is required."))
        }
        guard let to = body["to"]?.word.map({ String($0.drop { $0 == "+" }) }), AddressForm.isDigits(to, 7...15) else {
            return .refused(GraphReplies.error(131009, "Parameter value is not valid: to"))
        }
        if let reference = body["biz_opaque_callback_data"]?.string, reference.utf8.count > 512 {
            return .refused(GraphReplies.error(131009, "Parameter value is not valid: biz_opaque_callback_data"))
        }
        let number = numbers.next()
        var message = SandboxMessage(
            number, call, id: "wamid." + Signing.base64URL(Array(number.hex(32).utf8)), from: String(parts[1]),
            to: "+" + to)
        message.reference = body["biz_opaque_callback_data"]?.string ?? ""
        if let fault = content(body, into: &message) { return .refused(fault) }
        let isTemplate = body["type"]?.string == "template"
        if !isTemplate, people.lastWord(call.channel, "+" + to).map({ call.now - $0 < 86_400 }) != true {
            // Accepted all the same; the failure is told later.
            message.failure = "131047"
        } else if people.hasStopped(call.channel, "+" + to) {
            message.failure = "131050"
        }
        var accepted: JSONValue = ["id": .text(message.id)]
        if isTemplate { accepted = accepted.adding("message_status", "accepted") }
        return .accepted(
            [message],
            .json(
                200,
                [
                    "messaging_product": "whatsapp", "contacts": [["input": .text(to), "wa_id": .text(to)]],
                    "messages": [accepted],
                ]))
    }

    private func content(_ body: JSONValue, into message: inout SandboxMessage) -> HTTPReply? {
        let type = body["type"]?.string ?? "text"
        switch type {
        case "text":
            guard let text = body.at("text", "body")?.string, !text.isEmpty else {
                return GraphReplies.error(131008, "Required parameter is missing: text.body")
            }
            guard text.unicodeScalars.count <= 4096 else {
                return GraphReplies.error(131009, "Parameter value is not valid: text.body is too long")
            }
            message.text = text
        case "template": return template(body, into: &message)
        case "image", "video", "audio", "document", "sticker":
            guard let link = body.at(type, "link")?.string ?? body.at(type, "id")?.word else {
                return GraphReplies.error(131008, "Required parameter is missing: \(type).link")
            }
            message.note = link
            message.text = body.at(type, "caption")?.string ?? ""
            guard message.text.unicodeScalars.count <= 1024 else {
                return GraphReplies.error(131009, "Parameter value is not valid: caption is too long")
            }
        case "location":
            guard let latitude = body.at("location", "latitude")?.double,
                let longitude = body.at("location", "longitude")?.double
            else { return GraphReplies.error(131008, "Required parameter is missing: location") }
            message.note = "geo:\(latitude),\(longitude) \(body.at("location", "name")?.string ?? "")"
        case "interactive": return interactive(body, into: &message)
        default: return GraphReplies.error(131051, "Unsupported message type: \(type)")
        }
        return nil
    }

    private func template(_ body: JSONValue, into message: inout SandboxMessage) -> HTTPReply? {
        guard let name = body.at("template", "name")?.string, !name.isEmpty,
            let language = body.at("template", "language", "code")?.string, !language.isEmpty
        else { return GraphReplies.error(131008, "Required parameter is missing: template.name or language.code") }
        var values: [String] = []
        for component in body.at("template", "components")?.items ?? [] {
            for parameter in component["parameters"]?.items ?? [] {
                guard let text = parameter["text"]?.string else { continue }
                guard !text.isEmpty else {
                    return GraphReplies.error(131008, "Required parameter is missing: text of a template's parameter")
                }
                guard !text.contains(where: \.isNewline), !text.contains("\t"), !text.contains("     ") else {
                    return GraphReplies.error(
                        132018, "A parameter has new-line/tab characters or more than 4 consecutive spaces")
                }
                values.append(text)
            }
        }
        message.note = "approved text \(name) (\(language))"
        message.text = values.joined(separator: "\n")
        return nil
    }

    private func interactive(_ body: JSONValue, into message: inout SandboxMessage) -> HTTPReply? {
        guard let text = body.at("interactive", "body", "text")?.string, !text.isEmpty,
            text.unicodeScalars.count <= 1024
        else { return GraphReplies.error(131009, "Parameter value is not valid: interactive.body.text") }
        message.text = text
        let action = body.at("interactive", "action")
        if let url = action?.at("parameters", "url")?.string {
            message.buttons = [.init(title: action?.at("parameters", "display_text")?.string ?? url, url: url)]
            return nil
        }
        let buttons = action?["buttons"]?.items ?? []
        guard (1...3).contains(buttons.count) || action?["sections"] != nil else {
            return GraphReplies.error(131009, "Parameter value is not valid: interactive.action")
        }
        for button in buttons {
            guard let title = button.at("reply", "title")?.string, let id = button.at("reply", "id")?.string,
                title.unicodeScalars.count <= 20, id.utf8.count <= 256
            else { return GraphReplies.error(131009, "Parameter value is not valid: interactive.action.buttons") }
            message.buttons.append(.init(title: title, payload: id))
        }
        return nil
    }

    func refusal(_ code: String) -> HTTPReply? {
        guard let code = Int(code), let text = Self.texts[code] else { return nil }
        return GraphReplies.error(code, text)
    }

    func throttling(_ form: WaitForm, wait: Int, now: Int) -> HTTPReply {
        GraphReplies.throttling(80007, form, wait: wait, now: now)
    }

    private static let texts: [Int: String] = [
        0: "Authentication failure", 4: "Application request limit reached", 10: "Permission denied",
        100: "Invalid parameter", 190: "Access token has expired", 368: "Temporarily blocked for policies violations",
        1: "API unknown", 2: "API service", 80007: "Rate limit issues", 130429: "Rate limit hit",
        130472: "User's number is part of an experiment", 130497: "Business is restricted in this country",
        131000: "Something went wrong", 131005: "Access denied", 131008: "Required parameter is missing",
        131009: "Parameter value is not valid", 131016: "Service unavailable", 131021: "Recipient cannot be sender",
        131026: "Message undeliverable", 131031: "Account has been locked",
        131042: "Business eligibility payment issue",
        131047: "Re-engagement message", 131048: "Spam rate limit hit",
        131049: "This message was not delivered to maintain healthy ecosystem engagement",
        131050: "User has stopped marketing messages from this business", 131051: "Unsupported message type",
        131053: "Media upload error", 131056: "Pair rate limit hit", 132000: "Template param count mismatch",
        132001: "Template does not exist", 132018: "Template parameter format mismatch",
    ]

    // MARK: Callbacks

    func callback(_ status: MessageStatus, of message: SandboxMessage, _ line: CallbackAddress) -> Callback? {
        let digits = String(message.to.drop { $0 == "+" })
        if case .clicked(let payload) = status {
            guard let button = message.buttons.first(where: { $0.payload == payload }) else { return nil }
            return change(
                [
                    "messages": [
                        [
                            "from": .text(digits), "id": .text("wamid." + line.number.hex(40)),
                            "timestamp": .text("\(line.now)"), "type": "interactive",
                            "context": ["from": .text(message.from), "id": .text(message.id)],
                            "interactive": [
                                "type": "button_reply",
                                "button_reply": ["id": .text(payload), "title": .text(button.title)],
                            ],
                        ]
                    ]
                ],
                contact: digits, sender: message.from)
        }
        let name: String
        switch status {
        case .sent: name = "sent"
        case .delivered: name = "delivered"
        case .read: name = "read"
        case .failed: name = "failed"
        case .queued, .opened, .clicked, .bounced, .complained, .unsubscribed: return nil
        }
        var value: JSONValue = [
            "id": .text(message.id), "status": .text(name), "timestamp": .text("\(line.now)"),
            "recipient_id": .text(digits),
        ]
        if !message.reference.isEmpty { value = value.adding("biz_opaque_callback_data", .text(message.reference)) }
        if case .failed(let code) = status {
            let text = Self.texts[Int(code) ?? 0] ?? "Message undeliverable"
            value = value.adding(
                "errors",
                [
                    [
                        "code": .number(code), "title": .text(text), "message": .text(text),
                        "error_data": ["details": .text(text)],
                    ]
                ])
        } else {
            value = value.adding(
                "pricing",
                ["billable": true, "pricing_model": "PMP", "type": "regular", "category": "marketing"])
        }
        return change(["statuses": [value]], contact: nil, sender: message.from)
    }

    func callback(_ word: PersonsWord, _ line: CallbackAddress) -> Callback? {
        let digits = String(word.from.drop { $0 == "+" })
        var message: JSONValue = [
            "from": .text(digits), "id": .text("wamid." + word.number.hex(40)), "timestamp": .text("\(word.at)"),
            "type": "text", "text": ["body": .text(word.text)],
        ]
        if let answered = word.answered {
            message = message.adding("context", ["from": .text(answered.from), "id": .text(answered.id)])
        }
        return change(["messages": [message]], contact: digits, sender: word.to)
    }

    private func change(_ value: JSONValue, contact: String?, sender: String) -> Callback {
        var value = value.adding("messaging_product", "whatsapp").adding(
            "metadata", ["display_phone_number": "15550000000", "phone_number_id": .text(sender)])
        if let contact {
            value = value.adding("contacts", [["profile": ["name": "Somebody"], "wa_id": .text(contact)]])
        }
        return GraphReplies.signed([
            "object": "whatsapp_business_account",
            "entry": [["id": "5040300", "changes": [["field": "messages", "value": value]]]],
        ])
    }
}
