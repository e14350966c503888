import FoundationEssentials
import Glibc

/// Mail by SMTP submission, over our own pipelining client.
struct SMTPChannel: Channel {
    static let descriptor = ChannelDescriptor(
        provider: "smtp",
        kinds: ["email"],
        settings: [
            .init("host", .text, isRequired: true),
            .init("port", .integer(1...65_535)),
            .init("tls", .oneOf(["implicit", "starttls", "none"])),
            .init("allow_plaintext", .flag),
            .init("connections", .integer(1...64)),
            .init("messages_per_connection", .integer(1...1_000_000)),
            .init("ehlo", .text),
            .init("ca_file", .text),
            .init("bounce", .mailbox),
            .init("feedback_id", .text),
            .init("track_clicks", .flag),
            .init("track_opens", .flag),
            .init("dkim_selector", .text),
            .init("dkim_domain", .text),
            .init("max_size", .integer(1024...(100 << 20))),
            .init("connect_timeout", .text),
            .init("answer_timeout", .text),
            .init("idle_timeout", .text),
        ],
        needsSender: true,
        traits: facts
    ) { configuration throws(ChannelSetupError) in try SMTPChannel(configuration) }

    private static let facts = ChannelTraits(contents: [.text, .html, .attachment])

    let capabilities: ChannelCapabilities
    private let media: MediaSource?
    private let composer: MailComposer
    let options: SMTPClient.Options

    init(_ configuration: ChannelConfiguration) throws(ChannelSetupError) {
        let settings = SettingReader(configuration)
        media = configuration.media
        guard let from = configuration.from.flatMap({ Mailbox($0) }) else {
            throw .badSender(configuration)
        }
        var sender = from
        if let bounce = settings.text("bounce") {
            guard let mailbox = Mailbox(bounce) else {
                throw ChannelSetupError(message: "`bounce` of channel `\(configuration.id)` is not a mail address")
            }
            sender = mailbox
        }
        let feedback = settings.text("feedback_id")
        guard feedback?.utf8.allSatisfy(EncodedWords.isAtom) ?? true else {
            throw ChannelSetupError(
                message: "`feedback_id` of channel `\(configuration.id)` holds more than letters, digits and `-`",
                help: "write one word, such as `acme-news`")
        }
        let secret = try SMTPSecret(configuration)
        composer = MailComposer(
            from: from, sizeLimit: try settings.integer("max_size", default: MailComposer.defaultSizeLimit),
            feedbackSender: feedback, signer: try SMTPChannel.signer(settings, secret, from: from))
        let connections = try settings.integer("connections", default: 8)
        guard (1...64).contains(connections) else {
            throw ChannelSetupError(message: "`connections` of channel `\(configuration.id)` is not from 1 to 64")
        }
        options = SMTPClient.Options(
            endpoint: try SMTPChannel.endpoint(settings, secret),
            sender: sender.address,
            connections: connections,
            answerTimeout: try settings.seconds("answer_timeout", default: 600),
            idleTimeout: try settings.seconds("idle_timeout", default: 30),
            messagesPerConnection: max(1, try settings.integer("messages_per_connection", default: 10_000)))
        capabilities = ChannelCapabilities(inFlight: min(2000, max(256, connections * 128)), traits: Self.facts)
    }

    private static func endpoint(
        _ settings: SettingReader, _ secret: SMTPSecret
    ) throws(ChannelSetupError) -> MailEndpoint {
        let id = settings.configuration.id
        let host = try settings.required("host")
        let isHost = host.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || byte == 0x2E || byte == 0x2D || byte == 0x3A
        }
        guard isHost, host.utf8.count <= 253 else {
            throw ChannelSetupError(
                message: "`host` of channel `\(id)` is not a host name", help: "write the name alone, without a scheme")
        }
        guard let security = MailEndpoint.Security(rawValue: settings.text("tls") ?? "implicit") else {
            throw ChannelSetupError(message: "`tls` of channel `\(id)` is none of implicit, starttls and none")
        }
        let isLoopback = host == "localhost" || host == "::1" || host.hasPrefix("127.")
        if security == .none, !isLoopback, try !settings.flag("allow_plaintext") {
            throw ChannelSetupError(
                message: "channel `\(id)` would send mail unencrypted to another machine",
                help: "set `tls: implicit` or `tls: starttls`, or `allow_plaintext: true` if you mean it")
        }
        let standardPort = security == .implicit ? 465 : security == .starttls ? 587 : 25
        let port = try settings.integer("port", default: standardPort)
        guard (1...65_535).contains(port) else {
            throw ChannelSetupError(message: "`port` of channel `\(id)` is not from 1 to 65535")
        }
        return MailEndpoint(
            host: host, port: port, security: security,
            clientName: try clientName(settings),
            authorityFile: settings.path("ca_file") ?? environment("SSL_CERT_FILE"),
            user: secret.user, password: secret.password,
            openTimeout: try settings.seconds("connect_timeout", default: 30))
    }

    /// Nil where the channel names no selector: then the submission server signs, or nobody.
    private static func signer(
        _ settings: SettingReader, _ secret: SMTPSecret, from: Mailbox
    ) throws(ChannelSetupError) -> DKIMSigner? {
        let id = settings.configuration.id
        guard let selector = settings.text("dkim_selector") else {
            if settings.text("dkim_domain") == nil, secret.dkimKey == nil { return nil }
            throw ChannelSetupError(
                message: "channel `\(id)` has a DKIM key or domain, and no selector",
                help: "add `dkim_selector:` with the name in front of `._domainkey` in the DNS")
        }
        let domain = settings.text("dkim_domain").map { Array($0.utf8) } ?? from.domain
        guard MailAddress.isHostName(Array(selector.utf8)[...]), MailAddress.isHostName(domain[...]) else {
            throw ChannelSetupError(message: "`dkim_selector` or `dkim_domain` of channel `\(id)` is not a host name")
        }
        guard let pem = secret.dkimKey else {
            throw ChannelSetupError(
                message: "channel `\(id)` should sign with DKIM, and its secret has no `dkim_key`",
                help: "store {\"user\": …, \"password\": …, \"dkim_key\": \"-----BEGIN PRIVATE KEY-----…\"}")
        }
        guard let key = DKIMKey(pem: pem.exposed) else {
            throw ChannelSetupError(
                message: "`dkim_key` in the secret of channel `\(id)` is not a usable private key",
                help: "RSA of \(DKIMKey.leastBits) bits or more, or Ed25519, in PEM: openssl genrsa 2048")
        }
        return DKIMSigner(key: key, domain: domain, selector: Array(selector.utf8))
    }

    private static func clientName(_ settings: SettingReader) throws(ChannelSetupError) -> String {
        if let name = settings.text("ehlo") {
            guard MailAddress.isHostName(Array(name.utf8)[...]) else {
                throw ChannelSetupError(message: "`ehlo` of channel `\(settings.configuration.id)` is not a host name")
            }
            return name
        }
        var room = [CChar](repeating: 0, count: 256)
        let named = gethostname(&room, 255) == 0
        let name = room.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return named && MailAddress.isHostName(name[...]) ? name.text : "localhost"
    }

    private static func environment(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }

    func compose(_ content: MessageContent, into wire: inout [UInt8]) throws(ComposeError) {
        try content.check(capabilities.traits)
        if content.needsFilling {
            try composer.compose(try content.filled(from: media, now: SystemClock.now), into: &wire)
        } else {
            try composer.compose(content, into: &wire)
        }
    }

    func open(report: @escaping @Sendable ([SendReport]) -> Void) throws(ChannelSetupError) -> any ChannelSession {
        try SMTPSession(options, report: report)
    }
}
