import Channels
import Crypto
import CryptoExtras
import FoundationEssentials

/// SMS by Amazon SNS: signed forms in, XML out, and what becomes of messages as notifications of a topic.
struct SNSDesk: ProviderDesk {
    var waitForm: WaitForm { .none }
    var perSecond: Double? { 20 }

    func take(_ call: ProviderCall, _ people: PeopleFacts, _ numbers: MessageNumber.Source) -> ProviderAnswer {
        if let code = signatureFault(call) { return .refused(error(code)) }
        let form = FormFields(urlencoded: call.http.body)
        if form["Action"] == "GetSMSAttributes" {
            return .told(
                HTTPReply(
                    200, type: "text/xml",
                    "<GetSMSAttributesResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><GetSMSAttributesResult>"
                        + "<attributes><entry><key>MonthlySpendLimit</key><value>1</value></entry></attributes>"
                        + "</GetSMSAttributesResult></GetSMSAttributesResponse>"))
        }
        guard form["Action"] == "Publish" else { return .refused(error("InvalidAction")) }
        guard let to = form.filled("PhoneNumber") else {
            return .refused(error("InvalidParameter", "Invalid parameter: PhoneNumber Reason: no value"))
        }
        guard AddressForm.isPhone(to) else {
            return .refused(
                error("InvalidParameter", "Invalid parameter: PhoneNumber Reason: \(to) is not valid to publish to"))
        }
        guard let text = form.filled("Message") else {
            return .refused(error("InvalidParameter", "Invalid parameter: Message Reason: Empty message"))
        }
        guard text.unicodeScalars.count <= 1600 else {
            return .refused(error("InvalidParameter", "Invalid parameter: Message Reason: Message too long"))
        }
        let number = numbers.next()
        let attributes = attributes(form)
        let from =
            attributes["AWS.MM.SMS.OriginationNumber"] ?? attributes["AWS.SNS.SMS.SenderID"] ?? "NOTICE"
        var message = SandboxMessage(number, call, id: number.uuid, from: from, to: to)
        message.text = text
        // An opted-out number is accepted and dropped.
        if people.hasStopped(call.channel, to) { message.failure = "TEXT_BLOCKED" }
        let body =
            "<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><PublishResult><MessageId>\(message.id)"
            + "</MessageId></PublishResult><ResponseMetadata><RequestId>\(number.hex(32))</RequestId>"
            + "</ResponseMetadata></PublishResponse>"
        return .accepted([message], HTTPReply(200, type: "text/xml", body))
    }

    private func attributes(_ form: FormFields) -> [String: String] {
        var attributes: [String: String] = [:]
        for index in 1...20 {
            guard let name = form["MessageAttributes.entry.\(index).Name"] else { break }
            attributes[name] = form["MessageAttributes.entry.\(index).Value.StringValue"]
        }
        return attributes
    }

    /// Signs the request anew and compares.
    private func signatureFault(_ call: ProviderCall) -> String? {
        let header = call.http.header("authorization")
        guard header.hasPrefix("AWS4-HMAC-SHA256 ") else { return "MissingAuthenticationToken" }
        let scope = header.dropFirst(17).split(separator: ",").first.map { String($0) } ?? ""
        let words = scope.drop { $0 != "=" }.dropFirst().split(separator: "/")
        guard words.count == 5, words[3] == "sns", words[4] == "aws4_request" else { return "IncompleteSignature" }
        guard words[0] == SandboxAccount.awsKey else { return "InvalidClientTokenId" }
        let date = call.http.header("x-amz-date")
        guard let time = Self.time(date) else { return "IncompleteSignature" }
        guard abs(call.now - time) <= 900 else { return "RequestExpired" }
        let signature = AWSSignature(
            keyID: SandboxAccount.awsKey, secret: Secret(SandboxAccount.awsSecret), region: String(words[2]),
            service: "sns")
        let signed = signature.sign(
            method: call.http.method, host: call.http.header("host"), path: call.http.path,
            headers: [(name: "Content-Type", value: call.http.header("content-type"))], body: call.http.body, now: time)
        return ConstantTime.equal(signed.authorization, header) ? nil : "SignatureDoesNotMatch"
    }

    /// `20250101T000000Z`.
    private static func time(_ text: String) -> Int? {
        let digits = Array(text.utf8)
        guard digits.count == 16, digits[8] == 0x54, digits[15] == 0x5A else { return nil }
        func number(_ range: Range<Int>) -> Int? { Int(String(decoding: digits[range], as: UTF8.self)) }
        guard let year = number(0..<4), let month = number(4..<6), let day = number(6..<8), let hour = number(9..<11),
            let minute = number(11..<13), let second = number(13..<15), (1...12).contains(month)
        else { return nil }
        let shifted = month > 2 ? year : year - 1
        let ofYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let inEra = shifted % 400
        let days = shifted / 400 * 146_097 + inEra * 365 + inEra / 4 - inEra / 100 + ofYear - 719_468
        return days * 86_400 + hour * 3600 + minute * 60 + second
    }

    private func error(_ code: String, _ message: String? = nil) -> HTTPReply {
        let status =
            switch code {
            case "InvalidParameter", "ParameterValueInvalid", "OptedOut", "InvalidAction", "IncompleteSignature": 400
            case "Throttled": 429
            case "InternalError": 500
            case "ServiceUnavailable": 503
            default: 403
            }
        let text = message ?? Self.texts[code] ?? code
        let escaped = text.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
        return HTTPReply(
            status, type: "text/xml",
            "<ErrorResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><Error><Type>Sender</Type>"
                + "<Code>\(code)</Code><Message>\(escaped)</Message></Error><RequestId>sandbox</RequestId>"
                + "</ErrorResponse>")
    }

    private static let texts: [String: String] = [
        "InvalidParameter": "Invalid parameter: PhoneNumber Reason: is not valid to publish to",
        "OptedOut": "The phone number has opted out", "AuthorizationError": "Not authorized to perform SNS:Publish",
        "SignatureDoesNotMatch": "The request signature does not match",
        "InvalidClientTokenId": "The security token is invalid", "ExpiredToken": "The security token has expired",
        "RequestExpired": "Request is expired", "MissingAuthenticationToken": "Missing Authentication Token",
        "Throttled": "Rate exceeded", "InternalError": "Internal failure",
        "ServiceUnavailable": "Service unavailable",
    ]

    func refusal(_ code: String) -> HTTPReply? {
        Self.texts[code] == nil ? nil : error(code)
    }

    func throttling(_ form: WaitForm, wait: Int, now: Int) -> HTTPReply {
        var reply = error("Throttled")
        reply.headers += WaitHeaders.of(form, wait: wait, now: now)
        return reply
    }
}

// MARK: - Callbacks

extension SNSDesk {
    func callback(_ status: MessageStatus, of message: SandboxMessage, _ line: CallbackAddress) -> Callback? {
        let type: String
        switch status {
        case .queued: type = "TEXT_QUEUED"
        case .sent: type = "TEXT_SENT"
        case .delivered: type = "TEXT_DELIVERED"
        case .failed(let code): type = code.hasPrefix("TEXT_") ? code : "TEXT_UNREACHABLE"
        case .read, .opened, .clicked, .bounced, .complained, .unsubscribed: return nil
        }
        let isFinal = status != .queued && status != .sent
        let event: JSONValue = [
            "eventType": .text(type), "eventVersion": "1.0", "eventTimestamp": .integer(line.now * 1000),
            "isFinal": .flag(isFinal), "originationPhoneNumber": .text(message.from),
            "destinationPhoneNumber": .text(message.to), "isoCountryCode": "XX", "messageId": .text(message.id),
            "messageRequestTimestamp": .integer(message.at * 1000), "messageEncoding": "GSM",
            "messageType": "PROMOTIONAL", "messageStatus": .text(type),
            "messageStatusDescription": .text(isFinal ? "Final state" : "On its way"),
            "totalMessageParts": .integer(SMSText(message.text).segments), "totalMessagePrice": .number("0.00645"),
            "totalCarrierFee": .number("0.0"),
        ]
        return notification(event, line)
    }

    func callback(_ word: PersonsWord, _ line: CallbackAddress) -> Callback? {
        var event: JSONValue = [
            "originationNumber": .text(word.from), "destinationNumber": .text(word.to), "messageKeyword": "KEYWORD",
            "messageBody": .text(word.text), "inboundMessageId": .text(word.number.uuid),
        ]
        event = event.adding("previousPublishedMessageId", word.answered.map { .text($0.id) })
        return notification(event, line)
    }

    /// An envelope of the topic, signed as version 2 does.
    private func notification(_ event: JSONValue, _ line: CallbackAddress) -> Callback? {
        var time: [UInt8] = []
        MailDate.append(rfc3339: line.now, to: &time)
        let timestamp = String(decoding: time.dropLast(), as: UTF8.self) + ".000Z"
        let message = String(decoding: event.bytes, as: UTF8.self)
        let id = line.number.uuid
        let signed =
            "Message\n\(message)\nMessageId\n\(id)\nTimestamp\n\(timestamp)\nTopicArn\n\(SandboxAccount.awsTopic)\n"
            + "Type\nNotification\n"
        guard
            let signature = try? SandboxKeys.rsa?.signature(
                for: SHA256.hash(data: Array(signed.utf8)), padding: .insecurePKCS1v1_5)
        else { return nil }
        let envelope: JSONValue = [
            "Type": "Notification", "MessageId": .text(id), "TopicArn": .text(SandboxAccount.awsTopic),
            "Message": .text(message), "Timestamp": .text(timestamp), "SignatureVersion": "2",
            "Signature": .text(signature.rawRepresentation.base64EncodedString()),
            "SigningCertURL": "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-sandbox.pem",
            "UnsubscribeURL": "https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe",
        ]
        return Callback(
            ["Content-Type: text/plain; charset=UTF-8", "x-amz-sns-message-type: Notification"], envelope.bytes)
    }
}
