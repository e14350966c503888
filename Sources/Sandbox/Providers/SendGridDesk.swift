import Channels
import Crypto
import FoundationEssentials

/// SendGrid's Web API: a thousand recipients a request, each with substitutions in a shared body.
struct SendGridDesk: ProviderDesk {
    var waitForm: WaitForm { .header }
    var perSecond: Double? { nil }

    func take(_ call: ProviderCall, _ people: PeopleFacts, _ numbers: MessageNumber.Source) -> ProviderAnswer {
        guard call.bearer == SandboxAccount.sendGridKey else {
            return .refused(
                Self.errors(401, "The provided authorization grant is invalid, expired, or revoked", nil))
        }
        if call.path == "/v3/scopes", call.http.method == "GET" {
            return .told(.json(200, ["scopes": .list(["mail.send", "sender_verification_eligible"])]))
        }
        guard call.path == "/v3/mail/send" else { return .refused(Self.errors(404, "Not Found", nil)) }
        guard call.http.method == "POST" else { return .refused(Self.errors(405, "method not allowed", nil)) }
        guard call.http.contentType == "application/json" else {
            return .refused(Self.errors(415, "Content-Type should be application/json.", nil))
        }
        guard call.http.body.count < 30 << 20 else { return .refused(Self.errors(413, "Payload too large", nil)) }
        guard let body = JSONReader.read(call.http.body) else { return .refused(Self.errors(400, "Bad Request", nil)) }
        let people = body["personalizations"]?.items ?? []
        if let refusal = fault(body, people) { return .refused(refusal) }
        if body.at("mail_settings", "sandbox_mode", "enable")?.bool == true { return .told(HTTPReply(200)) }
        let messages = messages(body, people, call, numbers)
        let id = messages.first?.echoed["request"] ?? ""
        let headers = [
            "X-Message-Id: \(id)", "X-RateLimit-Limit: 10000", "X-RateLimit-Remaining: 9999",
            "X-RateLimit-Reset: \(call.now + 60)",
        ]
        return .accepted(messages, HTTPReply(202, headers: headers))
    }

    private func fault(_ body: JSONValue, _ people: [JSONValue]) -> HTTPReply? {
        guard !people.isEmpty else {
            return Self.errors(400, "The personalizations field is required and must have at least one", nil)
        }
        guard people.count <= 1000 else {
            return Self.errors(400, "Personalizations are limited to 1000 personalizations", "personalizations")
        }
        guard let from = body.at("from", "email")?.string, AddressForm.isMail(from) else {
            return Self.errors(400, "The from email does not contain a valid address.", "from.email")
        }
        let contents = body["content"]?.items ?? []
        guard !contents.isEmpty, contents.allSatisfy({ $0["value"]?.string?.isEmpty == false }) else {
            return Self.errors(400, "The content value must be a string at least one character", "content.0.value")
        }
        let types = contents.map { $0["type"]?.string ?? "" }
        if let html = types.firstIndex(of: "text/html"), let text = types.firstIndex(of: "text/plain"), html < text {
            return Self.errors(400, "If present, text/plain must be first, followed by text/html", "content")
        }
        for (index, file) in (body["attachments"]?.items ?? []).enumerated() {
            guard file["filename"]?.string?.isEmpty == false,
                file["content"]?.string.flatMap(Base64Text.decode)?.isEmpty == false
            else {
                return Self.errors(
                    400, "The attachment content must be base64 encoded.", "attachments.\(index).content")
            }
        }
        var recipients = 0
        for (index, person) in people.enumerated() {
            let to = person["to"]?.items ?? []
            guard !to.isEmpty else {
                return Self.errors(400, "The to array is required", "personalizations.\(index).to")
            }
            recipients += to.count
            for (place, mailbox) in to.enumerated() {
                guard let email = mailbox["email"]?.string, AddressForm.isMail(email) else {
                    return Self.errors(
                        400, "Does not contain a valid address.", "personalizations.\(index).to.\(place).email")
                }
            }
            guard person["subject"]?.string?.isEmpty == false || body["subject"]?.string?.isEmpty == false else {
                return Self.errors(400, "The subject is required", "personalizations.\(index).subject")
            }
            if let fault = sizes(person, index) { return fault }
        }
        guard recipients <= 1000 else {
            return Self.errors(400, "There is a limit of 1000 total recipients", "personalizations")
        }
        return nil
    }

    private func sizes(_ person: JSONValue, _ index: Int) -> HTTPReply? {
        for name in ["custom_args", "substitutions"] {
            guard case .object(let members)? = person[name] else { continue }
            let size = members.reduce(0) { $0 + $1.key.utf8.count + ($1.value.string?.utf8.count ?? 0) }
            if size > 10_000 {
                return Self.errors(
                    400, "The \(name) are limited to 10000 bytes", "personalizations.\(index).\(name)")
            }
        }
        return nil
    }

    private func messages(
        _ body: JSONValue, _ people: [JSONValue], _ call: ProviderCall, _ numbers: MessageNumber.Source
    ) -> [SandboxMessage] {
        var messages: [SandboxMessage] = []
        messages.reserveCapacity(people.count)
        let from = body.at("from", "email")?.string ?? ""
        let contents = (body["content"]?.items ?? []).map { ($0["type"]?.string ?? "", $0["value"]?.string ?? "") }
        let tracking = body["tracking_settings"]
        // By itself the account tracks; a request may say that it must not.
        let isTracked =
            tracking?.at("open_tracking", "enable")?.bool != false
            && tracking?.at("click_tracking", "enable")?.bool != false
        var request = ""
        for (index, person) in people.enumerated() {
            let number = numbers.next()
            if request.isEmpty { request = number.hex(22) }
            let id = "\(request).recvd-sandbox-\(index).0"
            var message = SandboxMessage(
                number, call, id: id, from: from, to: person["to"]?.items.first?["email"]?.string ?? "")
            message.echoed["request"] = request
            if case .object(let arguments)? = person["custom_args"] {
                for (name, value) in arguments { message.echoed[name] = value.word }
                message.reference = arguments["delivery_id"]?.word ?? ""
            }
            let texts: [String: String] =
                if case .object(let members)? = person["substitutions"] { members.compactMapValues(\.string) } else {
                    [:]
                }
            message.subject = Self.filled(person["subject"]?.string ?? body["subject"]?.string ?? "", texts)
            for (type, value) in contents {
                if type == "text/html" {
                    message.html = Self.filled(value, texts)
                } else {
                    message.text = Self.filled(value, texts)
                }
            }
            message.isTracked = isTracked
            message.note = (body["attachments"]?.items ?? []).compactMap { $0["filename"]?.string }
                .joined(separator: ", ")
            messages.append(message)
        }
        return messages
    }

    /// A template that is one mark and nothing else is that mark's text.
    private static func filled(_ template: String, _ texts: [String: String]) -> String {
        if let whole = texts[template] { return whole }
        return texts.sorted { $0.key < $1.key }.reduce(template) { $0.replacing($1.key, with: $1.value) }
    }

    private static func errors(_ status: Int, _ message: String, _ field: String?) -> HTTPReply {
        .json(status, ["errors": [["message": .text(message), "field": .optional(field), "help": nil]]])
    }

    func refusal(_ code: String) -> HTTPReply? {
        switch code {
        case "400": Self.errors(400, "Bad Request", nil)
        case "to": Self.errors(400, "Does not contain a valid address.", "personalizations.0.to.0.email")
        case "from": Self.errors(400, "The from email does not contain a valid address.", "from.email")
        case "401": Self.errors(401, "The provided authorization grant is invalid, expired, or revoked", nil)
        case "quota": Self.errors(401, "Maximum credits exceeded", nil)
        case "403": Self.errors(403, "The from address does not match a verified Sender Identity.", "from")
        case "413": Self.errors(413, "Payload too large", nil)
        case "500": Self.errors(500, "Internal Server Error", nil)
        default: nil
        }
    }

    func throttling(_ form: WaitForm, wait: Int, now: Int) -> HTTPReply {
        var reply = Self.errors(429, "too many requests", nil)
        reply.headers +=
            form == .header ? ["X-RateLimit-Reset: \(now + wait)"] : WaitHeaders.of(form, wait: wait, now: now)
        return reply
    }

    // MARK: Callbacks

    func callback(_ status: MessageStatus, of message: SandboxMessage, _ line: CallbackAddress) -> Callback? {
        var event: JSONValue = [
            "email": .text(message.to), "timestamp": .integer(line.now),
            "sg_event_id": .text(Signing.base64URL(Array(line.number.hex(30).utf8))),
            "sg_message_id": .text(message.id),
            "smtp-id": .text("<\(message.number.hex(20))@sandbox>"),
        ]
        for (name, value) in message.echoed where name != "request" { event = event.adding(name, .text(value)) }
        switch status {
        case .queued: event = event.adding("event", "processed")
        case .delivered:
            event = event.adding("event", "delivered").adding("response", "250 2.0.0 OK").adding("ip", "192.0.2.1")
        case .opened: event = event.adding("event", "open").adding("sg_machine_open", false)
        case .clicked(let url): event = event.adding("event", "click").adding("url", .text(url))
        case .bounced(let isFinal):
            event = event.adding("event", "bounce").adding("type", isFinal ? "bounce" : "blocked")
                .adding("status", isFinal ? "5.1.1" : "5.7.1")
                .adding("reason", .text(isFinal ? "550 5.1.1 user unknown" : "550 5.7.1 blocked"))
        case .failed(let code): event = event.adding("event", "dropped").adding("reason", .text(code))
        case .complained: event = event.adding("event", "spamreport")
        case .unsubscribed: event = event.adding("event", "unsubscribe")
        case .sent, .read: return nil
        }
        return signed(([event] as JSONValue).bytes, line.now)
    }

    private func signed(_ body: [UInt8], _ now: Int) -> Callback? {
        let hash = SHA256.hash(data: Array("\(now)".utf8) + body)
        guard let signature = try? SandboxKeys.curve?.signature(for: hash) else { return nil }
        return Callback(
            [
                Callback.json,
                "X-Twilio-Email-Event-Webhook-Signature: \(signature.derRepresentation.base64EncodedString())",
                "X-Twilio-Email-Event-Webhook-Timestamp: \(now)",
            ],
            body)
    }

    /// The person's answer, as Inbound Parse posts it.
    func callback(_ word: PersonsWord, _ line: CallbackAddress) -> Callback? {
        let form = MailForm(word, boundary: "sandbox" + line.number.hex(24))
        let body = form.bytes([
            ("headers", form.headers), ("from", word.from), ("to", word.to), ("subject", form.subject),
            ("text", word.text),
            (
                "envelope",
                String(
                    decoding: (["from": .text(word.from), "to": [.text(word.to)]] as JSONValue).bytes, as: UTF8.self)
            ),
        ])
        guard var callback = signed(body, line.now) else { return nil }
        callback.headers[0] = form.contentType
        return callback
    }
}

/// A mail that somebody answers with, as providers post it: a form of parts.
struct MailForm {
    let subject: String
    let headers: String
    private let boundary: String

    init(_ word: PersonsWord, boundary: String) {
        self.boundary = boundary
        subject = "Re: " + (word.answered?.subject ?? "")
        var lines = [
            "From: \(word.from)", "To: \(word.to)", "Subject: \(subject)",
            "Message-ID: <\(word.number.hex(24))@sandbox.example>",
        ]
        if let answered = word.answered { lines.append("In-Reply-To: <\(answered.id)>") }
        headers = lines.joined(separator: "\r\n") + "\r\n"
    }

    var contentType: String { "Content-Type: multipart/form-data; boundary=\(boundary)" }

    func bytes(_ fields: [(name: String, value: String)]) -> [UInt8] {
        var text = ""
        for (name, value) in fields {
            text += "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n"
        }
        return Array((text + "--\(boundary)--\r\n").utf8)
    }
}
