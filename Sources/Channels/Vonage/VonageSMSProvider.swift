/// SMS by Vonage's classic SMS API. It answers 200 to everything; what counts is the status of each part.
struct VonageSMSProvider: HTTPProvider {
    let traits = VonageSMSProvider.facts
    let sender: String
    let lifetime: Int?
    let headers: [String]

    func compose(_ content: MessageContent, into wire: inout [UInt8]) throws(ComposeError) {
        guard let digits = PhoneAddress.digits(content.recipient) else { throw .badAddress }
        guard !content.text.isBlank else { throw .empty }
        var form = FormWriter()
        form.field("from", sender)
        form.field("to", digits)
        form.field("text", content.text)
        // Text outside the alphabet arrives garbled as `text`, so the provider is told what it is.
        form.field("type", SMSText(content.text).encoding == .gsm7 ? "text" : "unicode")
        if !content.reference.isEmpty { form.field("client-ref", content.reference) }
        if let lifetime = content.lifetime(atMost: lifetime) { form.field("ttl", "\(lifetime * 1000)") }
        wire.append(contentsOf: form.bytes)
    }

    func request(_ batch: [ComposedMessage]) -> HTTPRequest {
        HTTPRequest(token: 0, headers: headers, body: batch[0].wire)
    }

    func accountQuestion(_ endpoint: EgressURL) -> HTTPRequest? {
        endpoint.target(replacing: "/sms/json", with: "/account/get-balance")
            .map { HTTPRequest(token: 0, method: .get, target: $0, headers: headers, body: []) }
    }

    func accountAnswer(_ answer: HTTPAnswer) -> AccountAnswer {
        .of(answer) { [("balance in EUR", $0["value"]?.word)] }
    }

    func verdict(_ answer: HTTPAnswer, on batch: [ComposedMessage], now: Int) -> HTTPVerdict {
        guard (200..<300).contains(answer.status) else { return .all(answer.fault(now: now)) }
        let parts = answer.json?["messages"]?.items ?? []
        let statuses = parts.map { $0["status"]?.whole }
        guard !parts.isEmpty, !statuses.contains(nil) else { return .all(answer.fault(now: now)) }
        guard let failed = statuses.compactMap({ $0 }).first(where: { $0 != 0 }) else {
            guard let id = parts[0]["message-id"]?.identifier else { return .all(answer.fault(now: now)) }
            return .all(.accepted(providerID: id))
        }
        // Sending all of it again would deliver the accepted parts twice.
        if statuses.contains(0) { return .all(.rejected(code: "\(failed) in_part", suppress: nil)) }
        let fault = Self.faults[failed] ?? .rejected
        return .all(fault.outcome("\(failed)", retryAfter: answer.retryAfter(now: now)))
    }

    private static let faults: [Int: ProviderFault] = [
        1: .throttled, 10: .throttled, 2: .account, 3: .rejected, 4: .account, 5: .tryLater, 6: .rejected,
        7: .optedOut, 8: .account, 9: .account, 11: .account, 12: .rejected, 13: .tryLater, 14: .account, 15: .account,
        16: .account, 19: .account, 20: .account, 22: .account, 23: .account, 29: .account, 32: .account,
        33: .badAddress, 34: .badAddress,
    ]

    static let facts = ChannelTraits(
        contents: [.text],
        clearing: [.echo],
        statuses: [.sent, .delivered, .failed],
        textLimit: .init(3200, .characters),
        perSecond: 30,
        cost: .answer
    )
}
