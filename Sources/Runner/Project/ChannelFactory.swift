package import Channels
package import RuleEngine

/// Makes a channel of what a project's file says and the environment keeps secret.
package struct ChannelFactory: Sendable {
    private let secrets: SecretResolver
    private let baseFolder: String

    package init(secrets: SecretResolver, baseFolder: String) {
        self.secrets = secrets
        self.baseFolder = baseFolder
    }

    /// - Parameter toSend: without it the channel is only to compose messages, as a plan and a preview do, and its
    ///   secret may be missing.
    package func channel(
        for declaration: CheckedChannel, toSend: Bool = true
    ) throws(ChannelSetupError) -> any Channel {
        guard let descriptor = ChannelRegistry.descriptor(of: declaration.provider) else {
            throw ChannelSetupError(message: "there is no provider `\(declaration.provider)`")
        }
        let secret = toSend ? try secret(of: declaration) : try? secret(of: declaration)
        return try descriptor.make(
            ChannelConfiguration(
                id: declaration.id, kind: declaration.kind, provider: declaration.provider, from: declaration.from,
                settings: declaration.settings, secret: secret, baseFolder: baseFolder))
    }

    private func secret(of declaration: CheckedChannel) throws(ChannelSetupError) -> Secret? {
        guard let name = declaration.secret else { return nil }
        do throws(SecretResolver.Failure) {
            return try secrets.secret(named: name)
        } catch {
            throw ChannelSetupError(message: "channel `\(declaration.id)`: \(error.message)", help: error.help)
        }
    }
}
