import CryptoExtras
import FoundationEssentials

/// Where a sandbox listens, and how a project's channels become channels of it.
package struct SandboxAddress: Sendable, Equatable {
    package static let standardPort = 8090
    package static let standard = "http://127.0.0.1:\(standardPort)"

    package let host: String
    package let port: Int
    /// The next port behind the other; with TLS, the one before it.
    package let mailPort: Int
    package let isSecure: Bool
    /// PEM of the authority that a sandbox with TLS has made for itself; without one, a channel's own `ca_file` and
    /// `SSL_CERT_FILE` say whom to trust, as ever.
    package let authorityFile: String?

    package init(
        host: String = "127.0.0.1", port: Int, mailPort: Int, isSecure: Bool = false, authorityFile: String? = nil
    ) {
        self.host = host
        self.port = port
        self.mailPort = mailPort
        self.isSecure = isSecure
        self.authorityFile = authorityFile
    }

    /// Reads `http://127.0.0.1:8090`, or `https://127.0.0.1:8092`. Only this machine is taken: a sandbox's passwords are
    /// known to everybody.
    package init(_ text: String) throws(ChannelSetupError) {
        let url: EgressURL
        do throws(EgressURL.Fault) {
            url = try EgressURL(text)
        } catch {
            throw ChannelSetupError(
                message: "`\(text)` is no address of a sandbox: it \(error.rawValue)",
                help: "write it as \(Self.standard), or leave it out"
            )
        }
        let isLoopback = url.host == "localhost" || url.host == "::1" || url.host.hasPrefix("127.")
        guard isLoopback, url.target == "/", (2..<65_535).contains(url.port) else {
            throw ChannelSetupError(
                message: "`\(text)` is no address of a sandbox: it must be a port of this machine",
                help: "write it as \(Self.standard), or leave it out"
            )
        }
        self.init(
            host: url.host, port: url.port, mailPort: url.isSecure ? url.port - 1 : url.port + 1,
            isSecure: url.isSecure)
    }

    private var base: String { "http\(isSecure ? "s" : "")://\(host.contains(":") ? "[\(host)]" : host):\(port)" }

    /// The same channel with the sandbox for its provider. A channel that writes files becomes a `webhook` of the
    /// sandbox: that is the provider which takes every kind of message.
    package func channel(_ channel: ChannelConfiguration) -> ChannelConfiguration {
        var channel = channel
        channel.provider = Self.provider(of: channel.provider)
        channel.secret = SandboxAccount.sending(channel.provider)
        if channel.provider == "smtp" {
            channel.settings["host"] = host
            channel.settings["port"] = "\(mailPort)"
            channel.settings["tls"] = "none"
        } else {
            channel.settings["endpoint"] = "\(base)/\(channel.provider)/\(channel.id)"
            channel.settings["allow_private"] = "true"
            if let authorityFile { channel.settings["ca_file"] = authorityFile }
        }
        if channel.provider == "vonage", channel.settings["api"] == "messages" {
            channel.secret = SandboxAccount.vonageApplicationSecret
        }
        return channel
    }

    /// The provider that the sandbox plays for a channel of this one.
    package static func provider(of provider: String) -> String {
        provider == "outbox" || provider == "webchat" ? "webhook" : provider
    }
}

extension SandboxAccount {
    /// The Messages API knows applications with a key of their own.
    fileprivate static var vonageApplicationSecret: Secret {
        let key = (SandboxKeys.rsa?.pemRepresentation ?? "").split(separator: "\n").joined(separator: "\\n")
        return Secret(
            "{\"api_key\":\"\(vonageKey)\",\"api_secret\":\"\(vonageSecret)\","
                + "\"application_id\":\"\(vonageApplication)\",\"private_key\":\"\(key)\\n\"}"
        )
    }
}
