import Channels
import Crypto

/// Mailgun: a thousand recipients a request, each with variables of their own.
struct MailgunDesk: ProviderDesk {
    var waitForm: WaitForm { .text }
    var perSecond: Double? { nil }

    func take(_ call: ProviderCall, _ people: PeopleFacts, _ numbers: MessageNumber.Source) -> ProviderAnswer {
        guard let login = call.basic, login.user == "api", login.password == SandboxAccount.mailgunKey else {
            return .refused(HTTPReply(401, type: "text/plain", "Forbidden"))
        }
        let parts = call.parts
        if parts.count == 3, parts[0] == "v3", parts[1] == "domains", call.http.method == "GET" {
            return .told(.json(200, ["domain": ["name": .text(String(parts[2])), "state": "active"]]))
        }
        guard parts.count == 3, parts[0] == "v3", parts[2] == "messages", call.http.method == "POST" else {
            // As the provider greets whoever calls a wrong address.
            return .told(HTTPReply(200, type: "text/plain", "Mailgun Magnificent API"))
        }
        guard call.http.body.count <= 52 << 20 else { return .refused(Self.error(413, "Request Entity Too Large")) }
        let form: FormFields
        if call.http.contentType == "multipart/form-data" {
            guard let parts = FormFields(multipart: call.http.body, contentType: call.http.header("content-type"))
            else { return .refused(Self.error(400, "the form can't be read")) }
            form = parts
        } else {
            form = FormFields(urlencoded: call.http.body, limit: 5000)
        }
        return take(form, domain: String(parts[1]), call, numbers)
    }

    private func take(
        _ form: FormFields, domain: String, _ call: ProviderCall, _ numbers: MessageNumber.Source
    ) -> ProviderAnswer {
        guard let from = form.filled("from") else { return .refused(Self.error(400, "from parameter is missing")) }
        let recipients = form.fields.filter { $0.name.elementsEqual("to".utf8) }
            .flatMap { String(decoding: $0.value, as: UTF8.self).split(separator: ",") }
            .map { Self.mailbox($0) }
        guard !recipients.isEmpty else { return .refused(Self.error(400, "to parameter is missing")) }
        guard recipients.count <= 1000 else {
            return .refused(Self.error(400, "Too many recipients, max is 1000"))
        }
        guard recipients.allSatisfy(AddressForm.isMail) else {
            return .refused(Self.error(400, "to parameter is not a valid address. please check documentation"))
        }
        guard form.filled("text") != nil || form.filled("html") != nil || form.filled("template") != nil else {
            return .refused(Self.error(400, "Need at least one of 'text' or 'html' parameters specified"))
        }
        var variables: [String: [String: String]] = [:]
        if let text = form.filled("recipient-variables") {
            guard case .object(let members)? = JSONReader.read(text) else {
                return .refused(Self.error(400, "recipient-variables parameter is not valid JSON"))
            }
            for (person, value) in members {
                guard case .object(let fields) = value else { continue }
                variables[person] = fields.compactMapValues(\.word)
            }
        }
        if form["o:testmode"] == "yes" {
            return .told(.json(200, ["id": "<test@\(domain)>", "message": "Queued. Thank you."]))
        }
        let messages = messages(form, recipients, variables, domain: domain, from: from, call, numbers)
        let id = messages.first?.echoed["request"] ?? ""
        return .accepted(messages, .json(200, ["id": .text("<\(id)>"), "message": "Queued. Thank you."]))
    }

    private func messages(
        _ form: FormFields, _ recipients: [String], _ variables: [String: [String: String]], domain: String,
        from: String, _ call: ProviderCall, _ numbers: MessageNumber.Source
    ) -> [SandboxMessage] {
        var request = ""
        let isTracked = form["o:tracking"] != "no" && form["o:tracking"] != "false"
        return recipients.map { person in
            let number = numbers.next()
            if request.isEmpty { request = "\(number.number).\(number.hex(16))@\(domain)" }
            var message = SandboxMessage(number, call, id: request, from: Self.mailbox(from[...]), to: person)
            let own = variables[person] ?? [:]
            func filled(_ name: String) -> String { Self.filled(form[name] ?? "", own) }
            message.subject = filled("subject")
            message.text = filled("text")
            message.html = filled("html")
            message.reference = filled("v:delivery_id")
            message.echoed = ["request": request, "tag": form["o:tag"] ?? ""]
            message.isTracked = isTracked
            message.note = form.fields.compactMap(\.file).joined(separator: ", ")
            return message
        }
    }

    /// `Ada <ada@example.com>` or `ada@example.com`.
    private static func mailbox(_ text: Substring) -> String {
        if let open = text.lastIndex(of: "<"), let close = text[open...].firstIndex(of: ">") {
            return String(text[text.index(after: open)..<close])
        }
        return String(text.filter { $0 != " " })
    }

    private static func filled(_ template: String, _ values: [String: String]) -> String {
        var text = ""
        var rest = template[...]
        while let mark = rest.firstRange(of: "%recipient.") {
            text += rest[..<mark.lowerBound]
            let behind = rest[mark.upperBound...]
            guard let end = behind.firstIndex(of: "%") else { return text + rest[mark.lowerBound...] }
            text += values[String(behind[..<end])] ?? ""
            rest = behind[behind.index(after: end)...]
        }
        return text + rest
    }

    private static func error(_ status: Int, _ message: String) -> HTTPReply {
        .json(status, ["message": .text(message)])
    }

    func refusal(_ code: String) -> HTTPReply? {
        switch code {
        case "400": Self.error(400, "Bad Request")
        case "to": Self.error(400, "to parameter is not a valid address. please check documentation")
        case "from": Self.error(400, "from parameter is not a valid address. please check documentation")
        case "domain": Self.error(400, "Domain sandbox.example is not allowed to send: unverified")
        case "401": HTTPReply(401, type: "text/plain", "Forbidden")
        case "402": Self.error(402, "Payment required")
        case "403": Self.error(403, "not allowed to send large batches yet")
        case "404": Self.error(404, "Domain not found: sandbox.example")
        case "413": Self.error(413, "Request Entity Too Large")
        case "500": Self.error(500, "Internal Server Error")
        default: nil
        }
    }

    func throttling(_ form: WaitForm, wait: Int, now: Int) -> HTTPReply {
        let until = form == .text ? ", try again after " + WaitHeaders.date(now + wait, zone: "UTC") : ""
        var reply = Self.error(
            429, "Domain sandbox.example is not allowed to send: recipient limit exceeded" + until)
        reply.headers += WaitHeaders.of(form, wait: wait, now: now)
        return reply
    }

    // MARK: Callbacks

    func callback(_ status: MessageStatus, of message: SandboxMessage, _ line: CallbackAddress) -> Callback? {
        var event: JSONValue = [
            "id": .text(line.number.hex(22)), "timestamp": .number("\(line.now).0"), "recipient": .text(message.to),
            "message": [
                "headers": [
                    "message-id": .text(message.id), "to": .text(message.to), "from": .text(message.from),
                    "subject": .text(message.subject),
                ]
            ],
            "user-variables": ["delivery_id": .text(message.reference)],
            "flags": ["is-test-mode": false],
        ]
        switch status {
        case .queued: event = event.adding("event", "accepted")
        case .delivered:
            event = event.adding("event", "delivered").adding("delivery-status", ["code": 250, "message": "OK"])
        case .opened:
            event = event.adding("event", "opened").adding("client-info", ["client-name": "Sandbox", "bot": ""])
        case .clicked(let url): event = event.adding("event", "clicked").adding("url", .text(url))
        case .bounced(let isFinal):
            event = event.adding("event", "failed").adding("severity", "permanent")
                .adding("reason", isFinal ? "bounce" : "espblock")
                .adding(
                    "delivery-status",
                    isFinal
                        ? ["code": 550, "enhanced-code": "5.1.1", "message": "5.1.1 user unknown"]
                        : ["code": 550, "enhanced-code": "5.7.1", "message": "5.7.1 blocked"])
        case .failed(let code):
            event = event.adding("event", "rejected").adding("reject", ["reason": .text(code)])
        case .complained: event = event.adding("event", "complained")
        case .unsubscribed: event = event.adding("event", "unsubscribed")
        case .sent, .read: return nil
        }
        let stamp = Stamp(line)
        return Callback(
            [Callback.json],
            ([
                "signature": [
                    "timestamp": .text(stamp.time), "token": .text(stamp.token), "signature": .text(stamp.signature),
                ],
                "event-data": event,
            ] as JSONValue).bytes)
    }

    /// The person's answer, as a route posts it.
    func callback(_ word: PersonsWord, _ line: CallbackAddress) -> Callback? {
        let form = MailForm(word, boundary: "sandbox" + line.number.hex(24))
        let stamp = Stamp(line)
        var fields = [
            ("recipient", word.to), ("sender", word.from), ("from", word.from), ("subject", form.subject),
            ("body-plain", word.text), ("stripped-text", word.text),
            ("Message-Id", "<\(word.number.hex(24))@sandbox.example>"),
        ]
        if let answered = word.answered { fields.append(("In-Reply-To", "<\(answered.id)>")) }
        fields += [("timestamp", stamp.time), ("token", stamp.token), ("signature", stamp.signature)]
        return Callback([form.contentType], form.bytes(fields))
    }

    private struct Stamp {
        let time: String
        let token: String
        let signature: String

        init(_ line: CallbackAddress) {
            time = "\(line.now)"
            token = line.number.hex(50)
            signature = Signing.hex(Array((time + token).utf8), key: SandboxAccount.mailgunSigning, with: SHA256.self)
        }
    }
}
