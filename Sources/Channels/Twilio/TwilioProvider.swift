/// Messages by Twilio's Programmable Messaging: SMS, and WhatsApp over the same resource.
struct TwilioProvider: HTTPProvider {
    private enum Sender {
        case number([UInt8])
        case service(String)
    }

    let traits: ChannelTraits
    let isWhatsApp: Bool
    private let sender: Sender
    private let statusCallback: String?
    private let validity: String?
    private let isSmart: Bool
    let headers: [String]

    private init(_ settings: SettingReader, isWhatsApp: Bool, login: (user: String, password: String)?)
        throws(ChannelSetupError)
    {
        self.isWhatsApp = isWhatsApp
        traits = isWhatsApp ? Self.whatsAppTraits : Self.smsTraits
        sender = try Self.sender(settings, isWhatsApp: isWhatsApp)
        statusCallback = try Self.statusCallback(settings)
        validity = settings.text("validity")
        isSmart = try settings.flag("smart_encoding")
        headers = login.map { [Credentials.basic($0.user, $0.password)] } ?? []
    }

    func compose(_ content: MessageContent, into wire: inout [UInt8]) throws(ComposeError) {
        guard PhoneAddress.isSound(content.recipient) else { throw .badAddress }
        var form = FormWriter()
        let prefix = Array((isWhatsApp ? "whatsapp:" : "").utf8)
        form.field("To", prefix + content.recipient)
        switch sender {
        case .number(let number): form.field("From", prefix + number)
        case .service(let id): form.field("MessagingServiceSid", id)
        }
        if let approved = content.approved {
            try compose(approved, into: &form)
        } else {
            if content.text.isEmpty, content.parts.isEmpty { throw .empty }
            if !content.text.isEmpty { form.field("Body", content.text) }
            if let media = content.media { form.field("MediaUrl", media.url) }
            if let location = content.location {
                let label = location.label.isEmpty ? [] : [0x7C] + location.label
                form.field(
                    "PersistentAction",
                    Array("geo:\(location.latitude),\(location.longitude)".utf8) + label
                )
            }
        }
        if let statusCallback {
            let reference = String(decoding: content.reference, as: UTF8.self)
            let mark = statusCallback.contains("?") ? "&" : "?"
            form.field(
                "StatusCallback",
                reference.isEmpty ? statusCallback : statusCallback + mark + "ref=" + reference
            )
        }
        // Ten hours are its longest, and what it takes where nothing is said.
        let valid = [validity.flatMap { Int($0) }, content.validSeconds.map { max(1, $0) }].compactMap(\.self).min()
        if let valid, valid <= 36_000 { form.field("ValidityPeriod", String(valid)) }
        if isSmart { form.field("SmartEncoded", "true") }
        wire.append(contentsOf: form.bytes)
    }

    private func compose(_ approved: ApprovedText, into form: inout FormWriter) throws(ComposeError) {
        guard Self.isID(approved.name, "HX") else { throw .unsafeHeader(field: "approved_as") }
        form.field("ContentSid", approved.name)
        guard !approved.values.isEmpty else { return }
        var variables = JSONWriter()
        variables.beginObject()
        for (index, value) in approved.values.enumerated() {
            guard !value.isEmpty else { throw .empty }
            guard !value.breaksTemplates else { throw .unsafeHeader(field: "values") }
            variables.field(named: Array("\(index + 1)".utf8), value)
        }
        variables.endObject()
        form.field("ContentVariables", variables.sound)
    }

    func request(_ batch: [ComposedMessage]) -> HTTPRequest {
        HTTPRequest(token: 0, headers: headers, body: batch[0].wire)
    }

    func verdict(_ answer: HTTPAnswer, on batch: [ComposedMessage], now: Int) -> HTTPVerdict {
        let json = answer.json
        if (200..<300).contains(answer.status) {
            guard let sid = json?["sid"]?.identifier else { return .all(answer.fault(now: now)) }
            return .all(.accepted(providerID: sid))
        }
        guard let code = json?["code"]?.whole else { return .all(answer.fault(now: now)) }
        return .all(
            TwilioFaults.fault(code, status: answer.status).outcome("\(code)", retryAfter: answer.retryAfter(now: now))
        )
    }

    func accountQuestion(_ endpoint: EgressURL) -> HTTPRequest? {
        endpoint.target(replacing: "/Messages.json", with: ".json")
            .map { HTTPRequest(token: 0, method: .get, target: $0, headers: headers, body: []) }
    }

    func accountAnswer(_ answer: HTTPAnswer) -> AccountAnswer {
        if (200..<300).contains(answer.status), let status = answer.json?["status"]?.string, status != "active" {
            return .refused(code: "account_" + status)
        }
        return .of(answer) { [("account", $0["friendly_name"]?.string), ("status", $0["status"]?.string)] }
    }

    static func isID(_ text: String, _ prefix: String) -> Bool {
        text.utf8.count == 34 && text.hasPrefix(prefix)
            && text.utf8.dropFirst(2).allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }
}

extension [UInt8] {
    /// Whether a value breaks the rules for gaps in approved texts: no line breaks or tabs, at most four blanks in a
    /// row.
    var breaksTemplates: Bool {
        var blanks = 0
        for byte in self {
            if byte < 0x20 || byte == 0x7F { return true }
            blanks = byte == 0x20 ? blanks + 1 : 0
            if blanks >= 4 { return true }
        }
        return false
    }
}

// MARK: - Configuration

extension TwilioProvider {
    static let descriptor = ChannelDescriptor(
        provider: "twilio",
        kinds: ["sms"],
        settings: HTTPSettings.descriptors + ownSettings + [.init("smart_encoding", .flag)],
        needsSender: false,
        traits: smsTraits
    ) { configuration throws(ChannelSetupError) in try channel(configuration, isWhatsApp: false) }

    static let whatsAppDescriptor = ChannelDescriptor(
        provider: "twilio-whatsapp",
        kinds: ["whatsapp"],
        settings: HTTPSettings.descriptors + ownSettings,
        needsSender: false,
        traits: whatsAppTraits
    ) { configuration throws(ChannelSetupError) in try channel(configuration, isWhatsApp: true) }

    private static let ownSettings: [ChannelDescriptor.Setting] = [
        .init("account", .text), .init("messaging_service", .text), .init("status_callback", .url),
        .init("validity", .integer(1...36_000)),
    ]

    private static let smsTraits = ChannelTraits(
        contents: [.text, .image, .video, .audio, .file],
        parts: .init(captioned: [.image, .video, .audio, .file]),
        clearing: [.lookup, .echo],
        statuses: [.queued, .sent, .delivered, .failed],
        textLimit: .init(1600, .characters),
        cost: .fetched
    )

    private static let whatsAppTraits = ChannelTraits(
        contents: [.text, .image, .video, .audio, .file, .location, .approved],
        parts: .init(captioned: [.image, .video, .audio, .file, .location]),
        clearing: [.lookup, .echo],
        statuses: [.queued, .sent, .delivered, .read, .failed],
        windowHours: 24,
        textLimit: .init(1600, .characters),
        perSecond: 10,
        cost: .fetched
    )

    private static let secretForm = "`AccountSid:AuthToken`, or {\"user\": \"SK…\", \"password\": …} with an API key"

    private static func channel(
        _ configuration: ChannelConfiguration,
        isWhatsApp: Bool
    ) throws(ChannelSetupError) -> any Channel {
        let settings = SettingReader(configuration)
        let credentials = Credentials(configuration)
        let login = credentials?.pair("user", "password")
        if credentials != nil, login == nil { throw .badSecret(configuration, secretForm) }
        let sid = settings.text("account") ?? login?.user ?? ""
        if let typed = settings.text("account"), !isID(typed, "AC") {
            throw .badSetting("account", configuration, "is not an account SID", help: "it begins with `AC`")
        }
        if login != nil, !isID(sid, "AC") {
            throw .badSetting(
                "account",
                configuration,
                "is missing",
                help: "an API key needs the account's SID (`AC…`) beside it"
            )
        }
        let provider = try TwilioProvider(settings, isWhatsApp: isWhatsApp, login: login)
        return HTTPProviderChannel(
            provider,
            account: try account(settings, sid),
            fault: login == nil ? .noSecret(configuration, secretForm) : nil
        )
    }

    private static func account(_ settings: SettingReader, _ sid: String) throws(ChannelSetupError) -> HTTPAccount {
        var account = try HTTPSettings.account(
            settings,
            base: "https://api.twilio.com",
            path: "/2010-04-01/Accounts/\(sid)/Messages.json",
            connections: 32
        )
        account.headers = ["Content-Type: application/x-www-form-urlencoded"]
        return account
    }

    private static func sender(_ settings: SettingReader, isWhatsApp: Bool) throws(ChannelSetupError) -> Sender {
        let configuration = settings.configuration
        if let service = settings.text("messaging_service") {
            guard isID(service, "MG") else {
                throw .badSetting("messaging_service", configuration, "is not the SID of a service")
            }
            return .service(service)
        }
        guard let from = configuration.from else {
            throw ChannelSetupError(
                message: "channel `\(configuration.id)` has no sender",
                help: "set `from` or `messaging_service`"
            )
        }
        let isSender =
            PhoneAddress.isSound(Array(from.utf8))
            || !isWhatsApp && (PhoneAddress.isShortCode(from) || PhoneAddress.isSenderName(from))
        guard isSender else {
            throw .badSetting(
                "from",
                configuration,
                "is no sender",
                help: isWhatsApp
                    ? "write the number with `+`, without `whatsapp:`"
                    : "write a number with `+`, a short code, or up to eleven letters and digits"
            )
        }
        return .number(Array(from.utf8))
    }

    private static func statusCallback(_ settings: SettingReader) throws(ChannelSetupError) -> String? {
        guard let text = settings.text("status_callback") else { return nil }
        do throws(EgressURL.Fault) {
            _ = try EgressURL(text)
            return text
        } catch {
            throw .badSetting("status_callback", settings.configuration, error.rawValue)
        }
    }
}
