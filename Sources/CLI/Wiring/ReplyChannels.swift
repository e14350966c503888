import Channels
import RuleEngine
import Runner

/// Finds the channel that a short answer goes by: the one that was written to.
struct ReplyChannels: Sendable {
    private let factory: ChannelFactory
    private let channels: [String: CheckedChannel]
    private let texts: ReplyTexts

    init(_ workspace: Workspace, _ project: CheckedProject?, sandbox: SandboxAddress?) {
        factory = ChannelFactory(
            secrets: workspace.secrets, baseFolder: workspace.folder.path,
            sandbox: sandbox)
        channels = project?.channels ?? [:]
        let settings = project?.settings
        let brand = settings?.defaultBrand.flatMap { settings?.brands[$0] } ?? settings?.brands.values.first
        texts = ReplyTexts(
            brand: brand?.name ?? settings?.id ?? "", website: brand?.website, fallback: settings?.languageFallback,
            own: settings?.replies ?? [:])
    }

    /// Made anew for each round, so that a secret that was replaced is used from then on.
    func find(_ name: String) -> (channel: any Channel, kind: String, texts: ReplyTexts)? {
        guard let declaration = channels[name], let channel = try? factory.channel(for: declaration) else { return nil }
        return (channel, declaration.kind, texts)
    }
}
