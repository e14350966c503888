/// The settings that Meta's products share: the version of the Graph API, and a token.
enum MetaSettings {
    static let secretForm = "the access token, or {\"access_token\": …, \"app_secret\": …, \"verify_token\": …}"

    static func channel<Provider: HTTPProvider>(
        _ settings: SettingReader,
        base: String,
        version: String,
        path: String,
        make: ([String]) -> Provider
    ) throws(ChannelSetupError) -> any Channel {
        let configuration = settings.configuration
        let credentials = Credentials(configuration)
        let token = credentials?.token("access_token")
        if credentials != nil, token == nil { throw .badSecret(configuration, secretForm) }
        let version = settings.text("graph_version") ?? version
        let digits = version.utf8.dropFirst()
        guard version.hasPrefix("v"), digits.count <= 8, digits.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2E })
        else {
            throw .badSetting("graph_version", configuration, "is not a version", help: "write it as `v23.0`")
        }
        var account = try HTTPSettings.account(settings, base: base, path: "/\(version)\(path)", connections: 32)
        account.headers = ["Content-Type: application/json"]
        account.answerHeaders = GraphAnswer.usageHeaders
        return HTTPProviderChannel(
            make(token.map { ["Authorization: Bearer " + $0] } ?? []),
            account: account,
            fault: token == nil ? .noSecret(configuration, secretForm) : nil
        )
    }
}
