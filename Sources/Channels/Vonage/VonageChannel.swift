/// One account at Vonage, over whichever of its two interfaces the channel names.
enum VonageChannel {
    static let descriptor = ChannelDescriptor(
        provider: "vonage",
        kinds: ["sms"],
        settings: HTTPSettings.descriptors + [
            .init("api", .oneOf(["sms", "messages"])), .init("lifetime", .integer(1800...604_800)),
        ],
        needsSender: true,
        traits: VonageSMSProvider.facts
    ) { configuration throws(ChannelSetupError) in
        let settings = SettingReader(configuration)
        let credentials = Credentials(configuration)
        let login = credentials?.pair("api_key", "api_secret")
        let token = try token(credentials, settings)
        if credentials != nil, login == nil, token == nil { throw .badSecret(configuration, secretForm) }
        let headers = login.map { [Credentials.basic($0.user, $0.password)] } ?? []
        let sender = try sender(configuration)
        let lifetime = settings.text("lifetime").flatMap { Int($0) }
        let fault: ChannelSetupError? = login == nil && token == nil ? .noSecret(configuration, secretForm) : nil
        if settings.text("api") == "messages" {
            var account = try HTTPSettings.account(settings, base: "https://api.nexmo.com", path: "/v1/messages")
            account.headers = ["Content-Type: application/json"]
            if let token { account.sign = { _ in [token.header(now: SystemClock.now)] } }
            return HTTPProviderChannel(
                VonageMessagesProvider(sender: sender, lifetime: lifetime, headers: token == nil ? headers : []),
                account: account,
                fault: fault
            )
        }
        var account = try HTTPSettings.account(settings, base: "https://rest.nexmo.com", path: "/sms/json")
        account.headers = ["Content-Type: application/x-www-form-urlencoded"]
        return HTTPProviderChannel(
            VonageSMSProvider(sender: sender, lifetime: lifetime, headers: headers),
            account: account,
            fault: fault
        )
    }

    private static let secretForm =
        "`api_key:api_secret`, or {\"application_id\": …, \"private_key\": …} for `api: messages`"

    /// Of an application, which only the Messages API knows.
    private static func token(
        _ credentials: Credentials?,
        _ settings: SettingReader
    ) throws(ChannelSetupError) -> VonageToken? {
        guard settings.text("api") == "messages", let application = credentials?["application_id"] else { return nil }
        guard let key = credentials?.document("private_key"),
            let token = VonageToken(application: application, privateKey: key)
        else {
            throw .badSecret(settings.configuration, secretForm)
        }
        return token
    }

    /// Digits without `+`, or a name.
    private static func sender(_ configuration: ChannelConfiguration) throws(ChannelSetupError) -> String {
        let from = configuration.from ?? ""
        if let digits = PhoneAddress.digits(Array(from.utf8)) { return Array(digits).text }
        guard PhoneAddress.isShortCode(from) || PhoneAddress.isSenderName(from) else {
            throw .badSetting(
                "from",
                configuration,
                "is no sender",
                help: "write a number with `+`, a short code, or up to eleven letters and digits"
            )
        }
        return from
    }
}

extension MessageContent {
    /// For how many seconds Vonage may keep trying: the setting, or less where the message is good for less. It takes
    /// twenty seconds to seven days.
    func lifetime(atMost setting: Int?) -> Int? {
        [setting, validSeconds.map { min(max(20, $0), 604_800) }].compactMap(\.self).min()
    }
}
