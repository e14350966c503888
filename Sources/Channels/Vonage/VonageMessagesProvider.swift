/// SMS by Vonage's Messages API.
struct VonageMessagesProvider: HTTPProvider {
    let traits = VonageMessagesProvider.facts
    let sender: String
    let lifetime: Int?
    let headers: [String]

    func compose(_ content: MessageContent, into wire: inout [UInt8]) throws(ComposeError) {
        guard let digits = PhoneAddress.digits(content.recipient) else { throw .badAddress }
        guard !content.text.isBlank else { throw .empty }
        var json = JSONWriter(capacity: content.text.count + 256)
        json.beginObject()
        json.field("channel", "sms")
        json.field("message_type", "text")
        json.field("to", Array(digits))
        json.field("from", sender)
        json.field("text", content.text)
        json.optionalField("client_ref", content.reference)
        if let lifetime = content.lifetime(atMost: lifetime) { json.field("ttl", lifetime) }
        json.beginObject("sms")
        json.field("encoding_type", "auto")
        json.endObject()
        json.endObject()
        wire.append(contentsOf: json.sound)
    }

    func request(_ batch: [ComposedMessage]) -> HTTPRequest {
        HTTPRequest(token: 0, headers: headers, body: batch[0].wire)
    }

    func verdict(_ answer: HTTPAnswer, on batch: [ComposedMessage], now: Int) -> HTTPVerdict {
        if (200..<300).contains(answer.status) {
            guard let id = answer.json?["message_uuid"]?.identifier else { return .all(answer.fault(now: now)) }
            return .all(.accepted(providerID: id))
        }
        guard let name = answer.json?["type"]?.string.flatMap(Self.fragment) else {
            return .all(answer.fault(now: now))
        }
        // The provider has seen this message before; its id is not said.
        if name == "1320" { return .all(.accepted(providerID: "duplicate")) }
        let fault = Int(name).flatMap { Self.faults[$0] } ?? ProviderFault.of(status: answer.status)
        return .all(fault.outcome(name, retryAfter: answer.retryAfter(now: now)))
    }

    /// The code at the end of the error's address.
    private static func fragment(_ type: String) -> String? {
        guard let mark = type.lastIndex(of: "#") else { return nil }
        let name = type[type.index(after: mark)...]
        let isName =
            (1...40).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || byte == 0x2D || byte == 0x5F
            }
        return isName ? String(name) : nil
    }

    private static let faults: [Int: ProviderFault] = [
        1000: .throttled, 1241: .tryLater,
        // "Internal error": nothing says that it was not accepted.
        1100: .unknown, 1030: .unknown, 1180: .tryLater, 1220: .tryLater, 1230: .tryLater,
        1010: .account, 1020: .rejected, 1021: .rejected, 1022: .rejected, 1150: .rejected,
        1040: .rejected, 1170: .badAddress, 1300: .rejected, 1310: .rejected, 1050: .optedOut, 1240: .optedOut,
        1060: .account, 1070: .account, 1080: .account, 1110: .account, 1120: .account, 1130: .account,
        1140: .account, 1160: .account, 1090: .rejected, 1190: .badAddress, 1200: .rejected, 1210: .rejected,
        1250: .rejected, 1260: .rejected, 1270: .rejected, 1280: .rejected, 1290: .rejected, 1330: .rejected,
        1340: .rejected, 1360: .rejected,
    ]

    static let facts = ChannelTraits(
        contents: [.text],
        clearing: [.echo],
        statuses: [.sent, .delivered, .failed],
        textLimit: .init(1000, .characters),
        perSecond: 30,
        cost: .report
    )
}
