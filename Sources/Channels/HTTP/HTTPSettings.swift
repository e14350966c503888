import Glibc

/// The settings that every HTTP provider has, and the account that they make.
enum HTTPSettings {
    static let descriptors: [ChannelDescriptor.Setting] = [
        .init("endpoint", .url), .init("allow_private", .flag), .init("ca_file", .text), .init("timeout", .text),
        .init("connections", .integer(1...256)),
    ]

    /// - Parameters:
    ///   - base: the provider's own address. The setting `endpoint` puts another in its place, for a sandbox.
    ///   - path: below that address, beginning with `/`.
    static func account(
        _ settings: SettingReader,
        base: String,
        path: String = "",
        connections standard: Int = 16,
        timeout: Double = 30
    ) throws(ChannelSetupError) -> HTTPAccount {
        let id = settings.configuration.id
        let egress = EgressGuard(allowsPrivate: try settings.flag("allow_private"))
        var address = settings.text("endpoint") ?? base
        while address.hasSuffix("/") { address.removeLast() }
        let endpoint: EgressURL
        do throws(EgressURL.Fault) {
            endpoint = try EgressURL(address + path)
            try egress.check(endpoint)
        } catch {
            throw ChannelSetupError(
                message: "`endpoint` of channel `\(id)` \(error.rawValue)",
                help:
                    "leave `endpoint` out to reach the provider itself; a sandbox of yours needs `allow_private: true`"
            )
        }
        let connections = try settings.integer("connections", default: standard)
        guard (1...256).contains(connections) else {
            throw ChannelSetupError(message: "`connections` of channel `\(id)` is not from 1 to 256")
        }
        let timeout = try settings.seconds("timeout", default: timeout)
        var account = HTTPAccount(
            endpoint: endpoint,
            egress: egress,
            authorityFile: settings.path("ca_file") ?? environment("SSL_CERT_FILE")
        )
        account.connectTimeout = min(10, timeout)
        account.timeout = timeout
        account.connections = connections
        account.media = settings.configuration.media
        return account
    }

    private static func environment(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }
}

extension ChannelSetupError {
    static func noSecret(_ configuration: ChannelConfiguration, _ form: String) -> ChannelSetupError {
        ChannelSetupError(
            message: "channel `\(configuration.id)` has no secret to send with",
            help: "set `secret` to a name, and store \(form) under it"
        )
    }

    static func badSecret(_ configuration: ChannelConfiguration, _ form: String) -> ChannelSetupError {
        ChannelSetupError(
            message: "the secret of channel `\(configuration.id)` is not what the provider needs",
            help: "store \(form)"
        )
    }

    static func badSetting(
        _ name: String,
        _ configuration: ChannelConfiguration,
        _ fault: String,
        help: String? = nil
    ) -> ChannelSetupError {
        ChannelSetupError(message: "`\(name)` of channel `\(configuration.id)` \(fault)", help: help)
    }
}
