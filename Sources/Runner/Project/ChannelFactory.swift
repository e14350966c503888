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
        configuration.media = try declaration.media.map { (settings) throws(ChannelSetupError) in
            try media(settings, toSend: toSend)
        }
        guard let descriptor = ChannelRegistry.descriptor(of: configuration.provider) else {
            throw ChannelSetupError(message: "there is no provider `\(declaration.provider)`")
        }
        return try descriptor.make(configuration)
    }

    private func media(_ settings: MediaSettings, toSend: Bool) throws(ChannelSetupError) -> MediaSource {
        MediaSource(try place(of: settings, toSend: toSend)) { text in
            guard case .named(let name)? = try? MediaReference(text), let type = MediaType(name: name) else {
                return nil
            }
            return MediaSource.Name(text: name, type: type.mime, matches: { type.matches($0) })
        }
    }

    private func place(
        of settings: MediaSettings, toSend: Bool
    ) throws(ChannelSetupError) -> MediaSource.Place {
        guard let url = settings.store else {
            let folder = settings.folder ?? "media"
            return .folder(folder.hasPrefix("/") ? folder : baseFolder + "/" + folder)
        }
        guard sandbox == nil else { return .sandbox }
        guard let name = settings.secret else {
            throw ChannelSetupError(message: "`media` of the project names a store and no `secret`")
        }
        let secret: Secret
        do throws(SecretResolver.Failure) {
            secret = try secrets.secret(named: name)
        } catch {
            // A plan goes without secrets; what it can't fetch it doesn't show.
            guard toSend else { return .sandbox }
            throw ChannelSetupError(message: "`media` of the project: \(error.message)", help: error.help)
        }
        return .store(
            try MediaStore(
                url: url, region: settings.region ?? "us-east-1", secret: secret,
                allowsPrivate: url.hasPrefix("http://")))
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
