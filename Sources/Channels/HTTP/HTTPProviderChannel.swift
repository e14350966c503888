import Glibc

/// One account of an HTTP provider.
struct HTTPProviderChannel<Provider: HTTPProvider>: Channel {
    let capabilities: ChannelCapabilities
    let provider: Provider
    let account: HTTPAccount
    private let now: @Sendable () -> Int
    /// Why messages can be composed but not sent.
    let fault: ChannelSetupError?
    private let media: MediaSource?

    /// - Parameters:
    ///   - batchSize: messages a request.
    ///   - fault: what is missing for sending, such as the secret.
    init(
        _ provider: Provider,
        account: HTTPAccount,
        batchSize: Int = 1,
        fault: ChannelSetupError? = nil,
        now: @escaping @Sendable () -> Int = { time(nil) }
    ) {
        self.provider = provider
        self.account = account
        self.fault = fault
        self.now = now
        media = account.media
        // A launch starts with a sixteenth of this and goes further only with its rate: enough to use every
        // connection from the beginning, though answers take a third of a second.
        let inFlight = max(64, account.connections * batchSize * (batchSize > 1 ? 4 : 16))
        capabilities = ChannelCapabilities(batchSize: batchSize, inFlight: inFlight, traits: provider.traits)
    }

    func compose(_ content: MessageContent, into wire: inout [UInt8]) throws(ComposeError) {
        try content.check(provider.traits)
        if let limit = provider.traits.textLimit, content.approved == nil, !limit.holds(content.text) {
            throw .tooLarge(limit: limit.most)
        }
        let start = wire.count
        do throws(ComposeError) {
            if content.needsFilling {
                try provider.compose(try content.filled(from: media, now: now()), into: &wire)
            } else {
                try provider.compose(content, into: &wire)
            }
        } catch {
            wire.removeSubrange(start...)
            throw error
        }
    }

    func open(report: @escaping @Sendable ([SendReport]) -> Void) throws(ChannelSetupError) -> any ChannelSession {
        if let fault { throw fault }
        return try HTTPProviderSession(provider, account, now: now, report: report)
    }
}
