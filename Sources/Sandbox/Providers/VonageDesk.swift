import Channels
import Crypto
import CryptoExtras
import FoundationEssentials

/// Vonage's SMS API, which answers 200 to everything, and its Messages API.
struct VonageDesk: ProviderDesk {
    var waitForm: WaitForm { .none }
    var perSecond: Double? { 30 }

    func take(_ call: ProviderCall, _ people: PeopleFacts, _ numbers: MessageNumber.Source) -> ProviderAnswer {
        if call.path == "/account/get-balance", call.http.method == "GET" {
            guard let login = call.basic, login.user == SandboxAccount.vonageKey,
                login.password == SandboxAccount.vonageSecret
            else { return .refused(.json(401, ["error-code": "401", "error-code-label": "authentication failed"])) }
            return .told(.json(200, ["value": .number("42.5"), "autoReload": false]))
        }
        guard call.http.method == "POST" else { return .refused(HTTPReply(405)) }
        switch call.path {
        case "/sms/json": return classic(call, numbers)
        case "/v1/messages": return message(call, people, numbers)
        default: return .refused(HTTPReply(404, type: "text/plain", "Not Found"))
        }
    }

    // MARK: SMS API

    private func classic(_ call: ProviderCall, _ numbers: MessageNumber.Source) -> ProviderAnswer {
        let form = FormFields(urlencoded: call.http.body)
        let user = form["api_key"] ?? call.basic?.user
        let password = form["api_secret"] ?? call.basic?.password
        guard user == SandboxAccount.vonageKey, password == SandboxAccount.vonageSecret else {
            return .refused(Self.parts([4]))
        }
        guard let to = form.filled("to"), let from = form.filled("from"), let text = form.filled("text") else {
            return .refused(Self.parts([2]))
        }
        guard AddressForm.isDigits(to, 7...15) else { return .refused(Self.parts([3])) }
        guard text.unicodeScalars.count <= 3200 else { return .refused(Self.parts([12])) }
        if let ttl = form.filled("ttl"), !(20_000...604_800_000).contains(Int(ttl) ?? 0) {
            return .refused(Self.parts([16]))
        }
        let number = numbers.next()
        let sms = SMSText(text)
        let ids = (0..<max(1, sms.segments)).map { index in
            "0A" + MessageNumber(seed: number.bits(7), number: UInt64(index)).hex(14).uppercased()
        }
        var message = SandboxMessage(number, call, id: ids[0], from: from, to: "+" + to)
        // What the phone shows where text outside the alphabet is sent as `text`.
        let isGarbled = form["type"] != "unicode" && sms.encoding == .ucs2
        message.text = isGarbled ? String(text.map { SMSText("\($0)").encoding == .gsm7 ? $0 : "?" }) : text
        message.reference = form["client-ref"] ?? ""
        message.echoed["api"] = "sms"
        let parts = ids.map { id -> JSONValue in
            [
                "to": .text(to), "message-id": .text(id), "status": "0", "remaining-balance": "42.00000000",
                "message-price": "0.03330000", "network": "23410", "client-ref": .text(message.reference),
            ]
        }
        return .accepted(
            [message], .json(200, ["message-count": .text("\(parts.count)"), "messages": .list(parts)])
        )
    }

    private static func parts(_ statuses: [Int]) -> HTTPReply {
        let parts = statuses.map { status -> JSONValue in
            ["status": .text("\(status)"), "error-text": .text(texts[status] ?? "Error")]
        }
        return .json(200, ["message-count": .text("\(parts.count)"), "messages": .list(parts)])
    }

    private static let texts: [Int: String] = [
        1: "Throttled", 2: "Missing Parameters", 3: "Invalid Parameters", 4: "Invalid Credentials",
        5: "Internal Error", 6: "Invalid Message", 7: "Number Barred", 8: "Partner Account Barred",
        9: "Partner Quota Violation", 10: "Too Many Existing Binds", 11: "Account Not Enabled For HTTP",
        12: "Message Too Long", 13: "Communication Failed", 14: "Invalid Signature", 15: "Invalid Sender Address",
        16: "Invalid TTL", 29: "Non-Whitelisted Destination", 32: "Signature And API Secret Disallowed",
        33: "Number De-activated", 34: "Invalid MSISDN",
    ]

    // MARK: Messages API

    private func message(
        _ call: ProviderCall, _ people: PeopleFacts, _ numbers: MessageNumber.Source
    ) -> ProviderAnswer {
        guard isKnown(call) else { return .refused(Self.problem(401, "unauthorized", "Unauthorized")) }
        guard let body = JSONReader.read(call.http.body) else {
            return .refused(Self.problem(422, "1150", "Invalid params"))
        }
        guard body["channel"]?.string == "sms", body["message_type"]?.string == "text",
            let to = body["to"]?.string, let from = body["from"]?.string, let text = body["text"]?.string,
            !text.isEmpty
        else { return .refused(Self.problem(422, "1150", "Invalid params")) }
        guard AddressForm.isDigits(to, 7...15) else { return .refused(Self.problem(422, "1170", "Invalid number")) }
        guard text.unicodeScalars.count <= 1000 else {
            return .refused(Self.problem(422, "1090", "Message too long"))
        }
        guard !people.hasStopped(call.channel, "+" + to) else {
            return .refused(Self.problem(422, "1240", "Recipient has opted out"))
        }
        let number = numbers.next()
        var message = SandboxMessage(number, call, id: number.uuid, from: from, to: "+" + to)
        message.text = text
        message.reference = body["client_ref"]?.string ?? ""
        message.echoed["api"] = "messages"
        return .accepted([message], .json(202, ["message_uuid": .text(message.id)]))
    }

    /// By key and secret, or by a token that the application's key has signed.
    private func isKnown(_ call: ProviderCall) -> Bool {
        if let login = call.basic {
            return login.user == SandboxAccount.vonageKey && login.password == SandboxAccount.vonageSecret
        }
        let segments = (call.bearer ?? "").split(separator: ".", omittingEmptySubsequences: false)
        guard segments.count == 3, let key = SandboxKeys.rsa?.publicKey,
            let claims = Base64Text.decodeURL(segments[1]).flatMap({ JSONReader.read($0) }),
            let signature = Base64Text.decodeURL(segments[2])
        else { return false }
        let signed = SHA256.hash(data: Array("\(segments[0]).\(segments[1])".utf8))
        return key.isValidSignature(
            _RSA.Signing.RSASignature(rawRepresentation: Data(signature)), for: signed, padding: .insecurePKCS1v1_5
        ) && claims["application_id"]?.string == SandboxAccount.vonageApplication
            && claims["exp"]?.integer.map { $0 > Int64(call.now) } == true
            && claims["iat"]?.integer.map { $0 <= Int64(call.now) + 60 } == true
    }

    private static func problem(_ status: Int, _ code: String, _ title: String) -> HTTPReply {
        HTTPReply(
            status,
            headers: ["Content-Type: application/problem+json"],
            body: ([
                "type": "https://developer.vonage.com/api-errors/messages#\(code)", "title": .text(title),
                "detail": .text(title), "instance": "sandbox",
            ] as JSONValue).bytes
        )
    }

    /// A number up to 99 is one of the SMS API's, a longer one or a name the Messages API's.
    func refusal(_ code: String) -> HTTPReply? {
        if let status = Int(code), status < 1000 {
            return Self.texts[status] == nil ? nil : Self.parts([status])
        }
        switch code {
        case "unauthorized": return Self.problem(401, code, "Unauthorized")
        case "low-balance": return Self.problem(402, code, "Low balance")
        case "1000": return Self.problem(429, code, "Throttled")
        case "1100", "1030": return Self.problem(500, code, "Internal error")
        case "1020", "1050", "1090", "1150", "1170", "1190", "1210", "1240", "1320":
            return Self.problem(422, code, "Refused")
        default: return nil
        }
    }

    func throttling(_ form: WaitForm, wait: Int, now: Int) -> HTTPReply {
        HTTPReply(429, headers: WaitHeaders.of(form, wait: wait, now: now))
    }
}

// MARK: - Callbacks

extension VonageDesk {
    func callback(_ status: MessageStatus, of message: SandboxMessage, _ line: CallbackAddress) -> Callback? {
        let digits = String(message.to.dropFirst())
        if message.echoed["api"] == "messages" {
            var body: JSONValue = [
                "message_uuid": .text(message.id), "to": .text(digits), "from": .text(message.from),
                "timestamp": .text(Self.time(line.now, "T") + "Z"), "client_ref": .text(message.reference),
                "channel": "sms", "usage": ["currency": "EUR", "price": "0.0333"],
                "destination": ["network_code": "23410"],
                "sms": ["count_total": .text("\(SMSText(message.text).segments)")],
            ]
            switch status {
            case .sent: body = body.adding("status", "submitted")
            case .delivered: body = body.adding("status", "delivered")
            case .failed(let code):
                body = body.adding("status", "rejected").adding(
                    "error",
                    [
                        "type": "https://developer.vonage.com/api-errors/messages#\(code)",
                        "title": .number(code), "detail": "Rejected", "instance": "sandbox",
                    ]
                )
            case .queued, .read, .opened, .clicked, .bounced, .complained, .unsubscribed: return nil
            }
            return token(body.bytes, line)
        }
        let (name, code): (String, String)
        switch status {
        case .sent: (name, code) = ("accepted", "0")
        case .delivered: (name, code) = ("delivered", "0")
        case .failed(let error): (name, code) = ("failed", error)
        case .queued, .read, .opened, .clicked, .bounced, .complained, .unsubscribed: return nil
        }
        return signed(
            [
                "msisdn": digits, "to": message.from, "network-code": "23410", "messageId": message.id,
                "price": "0.03330000", "status": name, "scts": "2501010000", "err-code": code,
                "client-ref": message.reference, "message-timestamp": Self.time(line.now, " "),
            ],
            line
        )
    }

    func callback(_ word: PersonsWord, _ line: CallbackAddress) -> Callback? {
        let digits = String(word.from.drop { $0 == "+" })
        if word.answered?.echoed["api"] == "messages" {
            let body: JSONValue = [
                "channel": "sms", "message_uuid": .text(word.number.uuid), "to": .text(word.to),
                "from": .text(digits), "timestamp": .text(Self.time(word.at, "T") + "Z"), "message_type": "text",
                "text": .text(word.text), "usage": ["currency": "EUR", "price": "0.0333"],
                "sms": ["num_messages": "1", "keyword": .text(Self.keyword(word.text))],
            ]
            return token(body.bytes, line)
        }
        return signed(
            [
                "msisdn": digits, "to": word.to, "messageId": "0B" + word.number.hex(14).uppercased(),
                "text": word.text, "type": SMSText(word.text).encoding == .gsm7 ? "text" : "unicode",
                "keyword": Self.keyword(word.text), "message-timestamp": Self.time(word.at, " "),
            ],
            line
        )
    }

    private static func keyword(_ text: String) -> String {
        String(text.prefix { $0 != " " }).uppercased()
    }

    /// The SMS API's callbacks: JSON, with a signature among its members.
    private func signed(_ parameters: [String: String], _ line: CallbackAddress) -> Callback {
        var parameters = parameters
        parameters["api-key"] = SandboxAccount.vonageKey
        parameters["timestamp"] = "\(line.now)"
        parameters["nonce"] = line.number.uuid
        parameters["sig"] = Signing.hex(
            Array(VonageReceiver.signedText(parameters).utf8), key: SandboxAccount.vonageSignature, with: SHA256.self)
        return Callback([Callback.json], JSONValue.texts(parameters).bytes)
    }

    private func token(_ body: [UInt8], _ line: CallbackAddress) -> Callback {
        let claims: JSONValue = [
            "iss": "Vonage", "iat": .integer(line.now), "jti": .text(line.number.uuid),
            "api_key": .text(SandboxAccount.vonageKey), "application_id": .text(SandboxAccount.vonageApplication),
            "payload_hash": .text(Signing.sha256(body)),
        ]
        let signed =
            Signing.base64URL(Array(#"{"alg":"HS256","typ":"JWT"}"#.utf8)) + "." + Signing.base64URL(claims.bytes)
        let code = HMAC<SHA256>.authenticationCode(
            for: Array(signed.utf8), using: SymmetricKey(data: Array(SandboxAccount.vonageSignature.utf8)))
        return Callback([Callback.json, "Authorization: Bearer \(signed).\(Signing.base64URL(Array(code)))"], body)
    }

    private static func time(_ seconds: Int, _ separator: Character) -> String {
        var bytes: [UInt8] = []
        MailDate.append(rfc3339: seconds, to: &bytes)
        return String(String(decoding: bytes.dropLast(), as: UTF8.self).map { $0 == "T" ? separator : $0 })
    }
}
