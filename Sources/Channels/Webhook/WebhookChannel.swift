import FoundationEssentials
import Glibc

/// Hands each message to a server of the user's, as a signed HTTP request. For channels of every kind.
struct WebhookChannel: Channel {
    static let descriptor = ChannelDescriptor(
        provider: "webhook",
        kinds: [],
        settings: [
            .init("endpoint", .url, isRequired: true),
            .init("allow_private", .flag),
            .init("ca_file", .text),
            .init("timeout", .text),
            .init("connections", .integer(1...256)),
            .init("max_size", .integer(1024...(100 << 20))),
        ],
        needsSender: false,
        traits: ChannelTraits(contents: Set(MessagePart.allCases), parts: .everything)
    ) { configuration throws(ChannelSetupError) in try WebhookChannel(configuration) }

    let capabilities: ChannelCapabilities
    let account: HTTPAccount
    private let id: String
    private let kind: String
    private let sizeLimit: Int
    private let now: @Sendable () -> Int

    /// `now` gives seconds since 1970; `lookup` stands for the system's name lookup.
    init(
        _ configuration: ChannelConfiguration,
        traits: ChannelTraits = ChannelTraits(
            contents: Set(MessagePart.allCases), parts: .everything, clearing: [.idempotencyKey]),
        now: @escaping @Sendable () -> Int = { time(nil) },
        lookup: @escaping EgressResolver.Lookup = EgressResolver.system
    ) throws(ChannelSetupError) {
        let settings = SettingReader(configuration)
        id = configuration.id
        kind = configuration.kind
        sizeLimit = try settings.integer("max_size", default: 1 << 20)
        self.now = now
        let egress = EgressGuard(allowsPrivate: try settings.flag("allow_private"))
        let secret = try WebhookChannel.secret(configuration)
        let connections = try settings.integer("connections", default: 16)
        guard (1...256).contains(connections) else {
            throw ChannelSetupError(message: "`connections` of channel `\(configuration.id)` is not from 1 to 256")
        }
        let timeout = try settings.seconds("timeout", default: 10)
        var account = HTTPAccount(
            endpoint: try WebhookChannel.endpoint(settings, egress),
            egress: egress,
            authorityFile: settings.path("ca_file") ?? WebhookChannel.environment("SSL_CERT_FILE")
        )
        account.connectTimeout = min(10, timeout)
        account.timeout = timeout
        account.connections = connections
        account.mayRepeat = true
        account.headers = ["Content-Type: application/json"]
        account.media = configuration.media
        account.lookup = lookup
        if let secret {
            account.sign = { request in
                let timestamp = now()
                return [
                    "webhook-id: \(request.key)", "webhook-timestamp: \(timestamp)",
                    "webhook-signature: \(secret.signature(id: request.key, timestamp: timestamp, body: request.body))",
                ]
            }
        }
        self.account = account
        // A few waves wait behind those under way, so that a connection never waits for the ledger.
        capabilities = ChannelCapabilities(
            isIdempotent: true, inFlight: min(2000, max(64, connections * 4)),
            traits: traits)
    }

    private static func endpoint(
        _ settings: SettingReader,
        _ egress: EgressGuard
    ) throws(ChannelSetupError) -> EgressURL {
        let text = try settings.required("endpoint")
        do throws(EgressURL.Fault) {
            let url = try EgressURL(text)
            try egress.check(url)
            return url
        } catch {
            throw ChannelSetupError(
                message: "`endpoint` of channel `\(settings.configuration.id)` \(error.rawValue)",
                help: error.help
            )
        }
    }

    /// Nil where there is none: planning and previews go without.
    private static func secret(_ configuration: ChannelConfiguration) throws(ChannelSetupError) -> WebhookSecret? {
        guard let text = configuration.secret?.exposed, !text.isEmpty else {
            return nil
        }
        guard let secret = WebhookSecret(text) else {
            throw ChannelSetupError(
                message: "the secret of channel `\(configuration.id)` is not a signing secret",
                help: "write `whsec_` and Base64 of 24 to 64 random bytes; two with a space between for rotation"
            )
        }
        return secret
    }

    private static func environment(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }

    func compose(_ content: MessageContent, into wire: inout [UInt8]) throws(ComposeError) {
        try content.check(capabilities.traits)
        if let limit = capabilities.traits.textLimit, !limit.holds(content.text) { throw .tooLarge(limit: limit.most) }
        let content = content.needsFilling ? try content.filled(from: account.media, now: now()) : content
        let body = try WebhookBody.compose(content, kind: kind, now: now())
        guard body.count <= sizeLimit else {
            throw .tooLarge(limit: sizeLimit)
        }
        wire.append(contentsOf: body)
    }

    func open(report: @escaping @Sendable ([SendReport]) -> Void) throws(ChannelSetupError) -> any ChannelSession {
        guard account.sign != nil else {
            throw ChannelSetupError(
                message: "channel `\(id)` has no secret to sign with",
                help: "set `secret` to a name, and store `whsec_` and Base64 of 24 to 64 random bytes under it"
            )
        }
        return try WebhookSession(account, now: now, report: report)
    }
}

extension EgressURL.Fault {
    fileprivate var help: String? {
        switch self {
        case .privateRefused, .literalRefused, .plainHTTP, .portRefused:
            "set `allow_private: true` if the receiver is in your own network"
        case .badHost: "write names with other letters in their `xn--` form"
        case .userInfo: "requests are signed with the channel's secret; leave user and password out"
        case .unusualAddress: "write the host's name"
        default: nil
        }
    }
}
