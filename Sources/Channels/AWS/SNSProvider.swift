/// SMS by Amazon SNS, as a signed form with an answer in XML.
struct SNSProvider: HTTPProvider {
    let traits = SNSProvider.facts
    private let attributes: [(name: String, type: String, value: String)]

    static let contentType = "application/x-www-form-urlencoded; charset=utf-8"

    func compose(_ content: MessageContent, into wire: inout [UInt8]) throws(ComposeError) {
        guard PhoneAddress.isSound(content.recipient) else { throw .badAddress }
        guard !content.text.isBlank else { throw .empty }
        wire.append(literal: "Action=Publish&Version=2010-03-31&PhoneNumber=")
        FormWriter.escape(content.recipient, into: &wire)
        wire.append(literal: "&Message=")
        FormWriter.escape(content.text, into: &wire)
        for (index, attribute) in attributes.enumerated() {
            let parts = [
                ("Name", attribute.name), ("Value.DataType", attribute.type), ("Value.StringValue", attribute.value),
            ]
            for (part, value) in parts {
                wire.append(contentsOf: "&MessageAttributes.entry.\(index + 1).\(part)=".utf8)
                FormWriter.escape(value.utf8, into: &wire)
            }
        }
    }

    func request(_ batch: [ComposedMessage]) -> HTTPRequest {
        HTTPRequest(token: 0, body: batch[0].wire)
    }

    func accountQuestion(_ endpoint: EgressURL) -> HTTPRequest? {
        HTTPRequest(token: 0, body: Array("Action=GetSMSAttributes&Version=2010-03-31".utf8))
    }

    func accountAnswer(_ answer: HTTPAnswer) -> AccountAnswer {
        if (200..<300).contains(answer.status) { return .fine([]) }
        guard let code = Self.element("Code", in: answer.body) else { return .unclear(code: "\(answer.status)") }
        // A key that may publish and nothing else is enough to send.
        return code.hasPrefix("AuthorizationError") || code.hasPrefix("AccessDenied")
            ? .unclear(code: code) : .refused(code: code)
    }

    func verdict(_ answer: HTTPAnswer, on batch: [ComposedMessage], now: Int) -> HTTPVerdict {
        if (200..<300).contains(answer.status) {
            guard !answer.isCut, let id = Self.element("MessageId", in: answer.body) else {
                return .all(answer.fault(now: now))
            }
            return .all(.accepted(providerID: id))
        }
        guard !answer.isCut, let code = Self.element("Code", in: answer.body) else {
            return .all(answer.fault(now: now))
        }
        return .all(
            fault(code, answer).outcome(code, retryAfter: answer.retryAfter(now: now))
        )
    }

    private func fault(_ code: String, _ answer: HTTPAnswer) -> ProviderFault {
        switch code {
        case "OptedOut": return .optedOut
        case "InvalidParameter", "ParameterValueInvalid", "ValidationException", "ValidationError":
            // Only the message says whose fault it is.
            if answer.body.holds(Array("PhoneNumber".utf8)) { return .badAddress }
            return answer.body.holds(Array("parameter: Message".utf8)) ? .rejected : .account
        case "Throttled", "Throttling", "ThrottlingException", "RequestLimitExceeded": return .throttled
        case "InternalError", "InternalFailure", "ServiceUnavailable": return .unknown
        default:
            // Signatures, tokens, rights, keys: all of them the account's.
            return answer.status >= 500 ? .unknown : .account
        }
    }

    /// The text of the first element of that name, where it is a plain word: ids and codes are.
    static func element(_ name: String, in body: [UInt8]) -> String? {
        let start = Array("<\(name)>".utf8)
        guard body.count >= start.count else { return nil }
        for at in 0...(body.count - start.count) where body[at...].starts(with: start) {
            let word = body[(at + start.count)...].prefix { byte in
                (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || byte == 0x2D || byte == 0x2E
                    || byte == 0x5F
            }
            guard (1...128).contains(word.count), body[word.endIndex...].starts(with: Array("</\(name)>".utf8)) else {
                return nil
            }
            return Array(word).text
        }
        return nil
    }

    private static let facts = ChannelTraits(
        contents: [.text],
        clearing: [],
        statuses: [.delivered, .failed],
        textLimit: .init(1600, .characters),
        perSecond: 20,
        cost: .card
    )
}

// MARK: - Configuration

extension SNSProvider {
    static let descriptor = ChannelDescriptor(
        provider: "aws-sns",
        kinds: ["sms"],
        settings: HTTPSettings.descriptors + [
            .init("region", .text, isRequired: true), .init("sms_type", .oneOf(["promotional", "transactional"])),
            .init("max_price", .text), .init("origination_number", .text), .init("entity_id", .text),
            .init("template_id", .text),
        ],
        needsSender: false,
        traits: facts
    ) { configuration throws(ChannelSetupError) in
        let settings = SettingReader(configuration)
        let region = try settings.required("region")
        guard region.utf8.count <= 32,
            region.utf8.allSatisfy({ (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D })
        else {
            throw .badSetting("region", configuration, "is no region", help: "write it as `eu-west-1`")
        }
        let credentials = Credentials(configuration)
        let keys = credentials?.pair("access_key_id", "secret_access_key")
        if credentials != nil, keys == nil { throw .badSecret(configuration, secretForm) }
        let suffix = region.hasPrefix("cn-") ? ".cn" : ""
        var account = try HTTPSettings.account(
            settings,
            base: "https://sns.\(region).amazonaws.com\(suffix)",
            path: "/"
        )
        account.headers = ["Content-Type: \(contentType)"]
        if let keys {
            let signature = AWSSignature(
                keyID: keys.user,
                secret: Secret(keys.password),
                sessionToken: credentials?["session_token"],
                region: region,
                service: "sns"
            )
            account.sign = signer(signature, account.endpoint)
        }
        return HTTPProviderChannel(
            SNSProvider(attributes: try attributes(settings)),
            account: account,
            fault: keys == nil ? .noSecret(configuration, secretForm) : nil
        )
    }

    private static let secretForm = "`access key id:secret access key`, or JSON with a `session_token` too"

    private static func signer(
        _ signature: AWSSignature,
        _ endpoint: EgressURL
    ) -> @Sendable (HTTPRequest) -> [String] {
        // As libcurl writes it: a port only where it is not the scheme's own.
        let name = endpoint.literal?.isIPv4 == false ? "[\(endpoint.host)]" : endpoint.host
        let host = endpoint.port == (endpoint.isSecure ? 443 : 80) ? name : "\(name):\(endpoint.port)"
        let path = endpoint.target
        return { request in
            let signed = signature.sign(
                method: "POST",
                host: host,
                path: path,
                headers: [(name: "Content-Type", value: contentType)],
                body: request.body,
                now: SystemClock.now
            )
            return ["Authorization: " + signed.authorization] + signed.headers.map { "\($0.name): \($0.value)" }
        }
    }

    private static func attributes(
        _ settings: SettingReader
    ) throws(ChannelSetupError) -> [(name: String, type: String, value: String)] {
        let configuration = settings.configuration
        var list: [(name: String, type: String, value: String)] = []
        if let from = configuration.from {
            if PhoneAddress.isSound(Array(from.utf8)) {
                list.append(("AWS.MM.SMS.OriginationNumber", "String", from))
            } else if PhoneAddress.isSenderName(from), !from.utf8.contains(0x20) {
                list.append(("AWS.SNS.SMS.SenderID", "String", from))
            } else {
                throw .badSetting(
                    "from",
                    configuration,
                    "is no sender",
                    help: "write a number with `+`, or up to eleven letters and digits without spaces"
                )
            }
        }
        if let kind = settings.text("sms_type") {
            list.append(("AWS.SNS.SMS.SMSType", "String", kind == "promotional" ? "Promotional" : "Transactional"))
        }
        if let price = settings.text("max_price") {
            guard price.utf8.count <= 8, let number = Double(price), number >= 0, number <= 1000 else {
                throw .badSetting("max_price", configuration, "is not an amount", help: "US dollars, such as `0.50`")
            }
            list.append(("AWS.SNS.SMS.MaxPrice", "Number", price))
        }
        let texts = [
            ("origination_number", "AWS.MM.SMS.OriginationNumber"), ("entity_id", "AWS.MM.SMS.EntityId"),
            ("template_id", "AWS.MM.SMS.TemplateId"),
        ]
        for (setting, name) in texts {
            if let value = settings.text(setting) { list.append((name, "String", value)) }
        }
        return list
    }
}
