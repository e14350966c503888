import Channels
import Crypto

/// Twilio's Programmable Messaging: SMS, and WhatsApp over the same resource.
struct TwilioDesk: ProviderDesk {
    let isWhatsApp: Bool

    var waitForm: WaitForm { .header }
    // Concurrency is what Twilio limits; each sender has a queue of its own behind it.
    var perSecond: Double? { nil }

    func take(_ call: ProviderCall, _ people: PeopleFacts, _ numbers: MessageNumber.Source) -> ProviderAnswer {
        let parts = call.parts
        guard parts.count >= 3, parts[0] == "2010-04-01", parts[1] == "Accounts" else {
            return .refused(error(20404))
        }
        let account = String(parts[2].prefix { $0 != "." })
        guard let login = call.basic, login.password == SandboxAccount.twilioToken,
            login.user == account || login.user.hasPrefix("SK")
        else { return .refused(error(20003)) }
        if parts.count == 3, call.http.method == "GET" {
            return .told(.json(200, ["sid": .text(account), "status": "active", "friendly_name": "sandbox"]))
        }
        if parts.count == 4, parts[3] == "Messages.json", call.http.method == "GET" {
            return .told(list(account, call, people))
        }
        guard parts.count == 4, parts[3] == "Messages.json", call.http.method == "POST" else {
            return .refused(error(20404))
        }
        let form = FormFields(urlencoded: call.http.body)
        if let code = fault(form, call, people) { return .refused(error(code)) }
        return accept(form, account, call, people, numbers.next())
    }

    /// The first thing that is wrong, by its code.
    private func fault(_ form: FormFields, _ call: ProviderCall, _ people: PeopleFacts) -> Int? {
        guard let to = form.filled("To") else { return 21604 }
        let number = to.hasPrefix("whatsapp:") ? String(to.dropFirst(9)) : to
        guard AddressForm.isPhone(number) else { return to.hasPrefix("whatsapp:") ? 63003 : 21211 }
        guard to.hasPrefix("whatsapp:") == isWhatsApp else { return 21910 }
        guard form.filled("From") != nil || form.filled("MessagingServiceSid") != nil else { return 21603 }
        if let from = form.filled("From"), from.hasPrefix("whatsapp:") != isWhatsApp { return 21910 }
        let body = form.filled("Body")
        let media = form.fields.filter { $0.name.elementsEqual("MediaUrl".utf8) }
        let content = form.filled("ContentSid")
        guard body != nil || !media.isEmpty || content != nil || form.filled("PersistentAction") != nil else {
            return 21619
        }
        if let body, body.unicodeScalars.count > 1600 { return 21617 }
        if media.count > 10 { return 21623 }
        if media.contains(where: { !AddressForm.isURL(String(decoding: $0.value, as: UTF8.self)) }) { return 21620 }
        if let content, !(content.hasPrefix("HX") && content.utf8.count == 34) { return 21655 }
        if let text = form.filled("ContentVariables") {
            guard case .object(let values)? = JSONReader.read(text), values.values.allSatisfy({ $0.string != nil })
            else { return 21656 }
        }
        if let seconds = form.filled("ValidityPeriod"), !(1...36_000).contains(Int(seconds) ?? 0) { return 21624 }
        if let url = form.filled("StatusCallback"), !AddressForm.isURL(url) { return 21609 }
        // Twilio takes note of STOP by itself.
        if people.hasStopped(call.channel, number) { return isWhatsApp ? 63033 : 21610 }
        return nil
    }

    private func accept(
        _ form: FormFields, _ account: String, _ call: ProviderCall, _ people: PeopleFacts, _ number: MessageNumber
    ) -> ProviderAnswer {
        let to = form["To"] ?? ""
        let person = isWhatsApp ? String(to.dropFirst(9)) : to
        let hasMedia = form.filled("MediaUrl") != nil
        let sid = (hasMedia ? "MM" : "SM") + number.hex(32)
        let from = form.filled("From") ?? form["MessagingServiceSid"] ?? ""
        var message = SandboxMessage(number, call, id: sid, from: from, to: person)
        message.text = form["Body"] ?? ""
        message.callback = form.filled("StatusCallback")
        message.echoed["account"] = account
        if let content = form.filled("ContentSid") {
            message.note = "approved text \(content) \(form["ContentVariables"] ?? "")"
        } else if let media = form.filled("MediaUrl") {
            message.note = media
        } else if let place = form.filled("PersistentAction") {
            message.note = place
        }
        let isOpen = people.lastWord(call.channel, person).map { call.now - $0 < 86_400 } ?? false
        if isWhatsApp, form.filled("ContentSid") == nil, !isOpen { message.failure = "63016" }
        let isService = form.filled("MessagingServiceSid") != nil
        let answer: JSONValue = [
            "sid": .text(sid), "account_sid": .text(account), "status": isService ? "accepted" : "queued",
            "to": .text(to), "from": isService ? nil : .text(from), "body": .text(message.text),
            "num_media": hasMedia ? "1" : "0",
            "num_segments": isService ? "0" : "\(isWhatsApp ? 1 : SMSText(message.text).segments)",
            "direction": "outbound-api", "price": nil, "price_unit": nil, "error_code": nil, "error_message": nil,
            "messaging_service_sid": .optional(form.filled("MessagingServiceSid")),
            "date_created": .text(WaitHeaders.date(call.now, zone: "+0000")),
            "api_version": "2010-04-01", "uri": "/2010-04-01/Accounts/\(account)/Messages/\(sid).json",
        ]
        return .accepted([message], .json(201, answer))
    }

    /// What was sent to one number, newest first, or to everybody; with a price for each part.
    private func list(_ account: String, _ call: ProviderCall, _ people: PeopleFacts) -> HTTPReply {
        let form = FormFields(urlencoded: Array(call.http.query.utf8))
        let prefix = isWhatsApp ? "whatsapp:" : ""
        let person = form.filled("To").map { $0.hasPrefix(prefix) ? String($0.dropFirst(prefix.count)) : $0 }
        let size = min(1000, max(1, form["PageSize"].flatMap { Int($0) } ?? 50))
        let page = max(0, form["Page"].flatMap { Int($0) } ?? 0)
        let all = people.messages(isWhatsApp ? "whatsapp" : "sms", call.channel, person)
        let messages = all.dropFirst(page * size).prefix(size).map { message -> JSONValue in
            let segments = isWhatsApp ? 1 : SMSText(message.text).segments
            return [
                "sid": .text(message.id), "account_sid": .text(account), "status": "delivered",
                "direction": "outbound-api", "to": .text(prefix + message.to), "from": .text(message.from),
                "body": .text(message.text), "num_segments": .text("\(segments)"),
                "price": .text(Self.price(segments)), "price_unit": "USD",
                "date_created": .text(WaitHeaders.date(message.at, zone: "+0000")),
            ]
        }
        let isLast = all.count <= (page + 1) * size
        let next = "/2010-04-01/Accounts/\(account)/Messages.json?PageSize=\(size)&Page=\(page + 1)"
        return .json(
            200,
            [
                "messages": .list(messages), "page": .integer(page), "page_size": .integer(size),
                "next_page_uri": isLast ? nil : .text(next),
            ])
    }

    /// Negative, as Twilio writes what it takes.
    private static func price(_ segments: Int) -> String {
        let digits = "\(790 * max(1, segments))"
        return "-0." + String(repeating: "0", count: max(0, 5 - digits.utf8.count)) + digits
    }

    private func error(_ code: Int) -> HTTPReply {
        let status =
            switch code {
            case 20003: 401
            case 20005, 20403: 403
            case 20404: 404
            case 20429: 429
            case 20500: 500
            case 20503: 503
            default: 400
            }
        return .json(
            status,
            [
                "code": .integer(code), "message": .text(Self.texts[code] ?? "The request was refused"),
                "more_info": "https://www.twilio.com/docs/errors/\(code)", "status": .integer(status),
            ]
        )
    }

    func refusal(_ code: String) -> HTTPReply? {
        guard let code = Int(code), Self.texts[code] != nil else { return nil }
        return error(code)
    }

    func throttling(_ form: WaitForm, wait: Int, now: Int) -> HTTPReply {
        var reply = error(20429)
        reply.headers += WaitHeaders.of(form, wait: wait, now: now)
        return reply
    }

    private static let texts: [Int: String] = [
        20003: "Authenticate", 20005: "Account not active", 20403: "Forbidden",
        20404: "The requested resource was not found", 20429: "Too Many Requests", 20500: "Internal Server Error",
        20503: "Service Unavailable", 21211: "Invalid 'To' Phone Number", 21212: "Invalid 'From' Number",
        21408: "Permission to send an SMS has not been enabled for the region",
        21603: "A 'From' phone number is required", 21604: "A 'To' phone number is required",
        21606: "The 'From' number is not a valid, SMS-capable number", 21609: "Invalid 'StatusCallback' URL",
        21610: "Attempt to send to unsubscribed recipient", 21611: "This 'From' number has too many queued messages",
        21612: "The 'To' number is not reachable from this 'From' number", 21614: "'To' number is not a mobile number",
        21617: "The message body exceeds the 1600 character limit",
        21619: "A text message body or media urls must be specified", 21620: "Invalid media URL(s)",
        21623: "Number of media files exceeds the limit", 21624: "Invalid ValidityPeriod", 21655: "Invalid ContentSid",
        21656: "Invalid ContentVariables", 21730: "Under maintenance", 21910: "Invalid 'From' and 'To' pair",
        63003: "Channel could not find To address", 63016: "Outside the allowed window: use a template",
        63018: "Rate limit exceeded for channel", 63033: "Recipient has blocked the business",
        63038: "Account exceeded the daily messages limit",
    ]
}

// MARK: - Callbacks

extension TwilioDesk {
    func callback(_ status: MessageStatus, of message: SandboxMessage, _ line: CallbackAddress) -> Callback? {
        var form = CallbackForm()
        let name: String
        switch status {
        case .queued: name = "queued"
        case .sent: name = "sent"
        case .delivered: name = "delivered"
        case .read: name = "read"
        case .failed: name = "undelivered"
        case .opened, .clicked, .bounced, .complained, .unsubscribed: return nil
        }
        if status == .read, !isWhatsApp { return nil }
        let prefix = isWhatsApp ? "whatsapp:" : ""
        form.add("AccountSid", message.echoed["account"])
        form.add("ApiVersion", "2010-04-01")
        form.add("From", message.from)
        form.add("MessageSid", message.id)
        form.add("MessageStatus", name)
        form.add("SmsSid", message.id)
        form.add("SmsStatus", name)
        form.add("To", prefix + message.to)
        if isWhatsApp { form.add("ChannelPrefix", "whatsapp") }
        if case .failed(let code) = status {
            form.add("ErrorCode", code)
            form.add("ErrorMessage", Self.texts[Int(code) ?? 0])
        }
        // An address that the message named is called instead, as it stands.
        let named = message.callback.flatMap { $0.hasPrefix(line.base + "/") ? $0.dropFirst(line.base.count) : nil }
        let target = named.map(String.init) ?? line.target
        return Callback([Callback.form, signature(line.base + target, form)], form.bytes, target: target)
    }

    func callback(_ word: PersonsWord, _ line: CallbackAddress) -> Callback? {
        let prefix = isWhatsApp ? "whatsapp:" : ""
        let sid = "SM" + word.number.hex(32)
        var form = CallbackForm()
        form.add("AccountSid", SandboxAccount.twilioAccount)
        form.add("ApiVersion", "2010-04-01")
        form.add("Body", word.text)
        form.add("From", prefix + word.from)
        form.add("MessageSid", sid)
        form.add("NumMedia", "0")
        form.add("NumSegments", "1")
        form.add("SmsMessageSid", sid)
        form.add("SmsSid", sid)
        form.add("SmsStatus", "received")
        form.add("To", word.to.hasPrefix(prefix) ? word.to : prefix + word.to)
        if isWhatsApp {
            form.add("WaId", String(word.from.drop { $0 == "+" }))
            form.add("ButtonPayload", word.payload)
            form.add("OriginalRepliedMessageSid", word.answered?.id)
        }
        return Callback([Callback.form, signature(line.url, form)], form.bytes)
    }

    private func signature(_ url: String, _ form: CallbackForm) -> String {
        let fields = form.fields.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        let signed = url + fields.map { $0.name + $0.value }.joined()
        return "X-Twilio-Signature: "
            + Signing.base64(Array(signed.utf8), key: SandboxAccount.twilioToken, with: Insecure.SHA1.self)
    }
}
