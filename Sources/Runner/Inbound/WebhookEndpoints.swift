import Channels
package import RuleEngine

/// Finds the secrets that a channel's webhooks are checked with.
package struct WebhookEndpoints: Sendable {
    private let secrets: SecretResolver
    private let publicURL: String
    private let isSandbox: Bool

    /// - Parameters:
    ///   - publicURL: the project's, which providers call; never what a request says of itself.
    ///   - isSandbox: take what a sandbox signs, and nothing else.
    package init(secrets: SecretResolver, publicURL: String?, isSandbox: Bool = false) {
        self.secrets = secrets
        self.isSandbox = isSandbox
        var url = publicURL ?? "http://localhost"
        while url.hasSuffix("/") { url.removeLast() }
        self.publicURL = url
    }

    /// Nil for a provider that never calls. Without secrets the endpoint refuses everything.
    package func endpoint(for channel: CheckedChannel) -> WebhookDesk.Endpoint? {
        if isSandbox {
            let provider = SandboxAddress.provider(of: channel.provider)
            return WebhookDesk.Endpoint(
                channel: channel.id, kind: channel.kind, provider: provider, url: url(channel.id),
                settings: SandboxAccount.receiving(provider))
        }
        var settings = settings(named: channel.id)
        if let name = channel.secret, let secret = try? secrets.secret(named: name) {
            settings.fill(fromSending: secret)
        }
        return WebhookDesk.Endpoint(
            channel: channel.id, kind: channel.kind, provider: channel.provider, url: url(channel.id),
            settings: settings)
    }

    /// For a provider without a channel of its own in the project.
    package func endpoint(forProvider provider: String) -> WebhookDesk.Endpoint? {
        guard let kind = WebhookRegistry.kind(of: provider) else { return nil }
        return WebhookDesk.Endpoint(
            channel: provider, kind: kind, provider: provider, url: url(provider), settings: settings(named: provider))
    }

    /// Whether anything is stored that could prove who calls.
    package func hasSecret(for channel: CheckedChannel) -> Bool {
        if (try? secrets.secret(named: channel.id + "-webhook")) != nil { return true }
        guard let name = channel.secret, let secret = try? secrets.secret(named: name) else { return false }
        var settings = WebhookSettings()
        settings.fill(fromSending: secret)
        return !settings.isEmpty
    }

    private func url(_ name: String) -> String {
        "\(publicURL)/webhooks/\(name)"
    }

    private func settings(named name: String) -> WebhookSettings {
        guard let secret = try? secrets.secret(named: name + "-webhook") else { return WebhookSettings() }
        return WebhookSettings(secret) ?? WebhookSettings()
    }
}
