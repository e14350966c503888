package import Channels
package import RuleEngine

/// Makes a channel of what a project's file says and the environment keeps secret.
package struct ChannelFactory: Sendable {
    private let secrets: SecretResolver
    private let baseFolder: String
    private let sandbox: SandboxAddress?

    /// - Parameter sandbox: takes the place of every provider.
    package init(secrets: SecretResolver, baseFolder: String, sandbox: SandboxAddress? = nil) {
        self.secrets = secrets
        self.baseFolder = baseFolder
        self.sandbox = sandbox
    }

    /// - Parameter toSend: without it the channel is only to compose messages, as a plan and a preview do, and its
    ///   secret may be missing.
    package func channel(
        for declaration: CheckedChannel, toSend: Bool = true
    ) throws(ChannelSetupError) -> any Channel {
        var configuration = ChannelConfiguration(
            id: declaration.id, kind: declaration.kind, provider: declaration.provider, from: declaration.from,
            settings: declaration.settings, baseFolder: baseFolder)
        if let sandbox {
            // No secret of the project's is even read.
            configuration = sandbox.channel(configuration)
        } else {
            configuration.secret = toSend ? try secret(of: declaration) : try? secret(of: declaration)
        }
        guard let descriptor = ChannelRegistry.descriptor(of: configuration.provider) else {
            throw ChannelSetupError(message: "there is no provider `\(declaration.provider)`")
        }
        return try descriptor.make(configuration)
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
