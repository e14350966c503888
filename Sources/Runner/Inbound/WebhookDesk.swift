package import Channels
internal import Crypto
import RuleEngine

/// Takes what providers send: checks it, keeps it, and only then lets it be answered. Reading comes after, by itself,
/// as often as it takes.
package struct WebhookDesk: Sendable {
    /// Where a provider calls.
    package struct Endpoint: Sendable {
        /// The channel's id.
        package var channel: String
        package var kind: String
        package var provider: String
        /// What the provider calls, without its query.
        package var url: String
        fileprivate let receiver: any WebhookReceiver

        /// Nil for a provider that never calls.
        package init?(channel: String, kind: String, provider: String, url: String, settings: WebhookSettings) {
            guard let receiver = WebhookRegistry.receiver(for: provider, settings) else { return nil }
            self.channel = channel
            self.kind = kind
            self.provider = provider
            self.url = url
            self.receiver = receiver
        }
    }

    package enum Intake: Sendable, Equatable {
        /// On disk: answer 200.
        case stored
        /// It was on disk already: answer 200 again.
        case repeated
        case answer(String)
        case refused(WebhookRefusal)
        /// A certificate is missing that its signature needs.
        case needsCertificate(url: String)
    }

    private let environment: RunnerEnvironment
    private let sealer: ReferenceSealer
    private let keywords: KeywordReader

    package init(key: DataKey, environment: RunnerEnvironment, keywords: KeywordReader = KeywordReader()) {
        sealer = ReferenceSealer(key)
        self.environment = environment
        self.keywords = keywords
    }

    /// What it gives back may be answered: whatever was to be kept is durable.
    package func take(
        _ request: WebhookRequest, at endpoint: Endpoint, into inbox: any WebhookInbox
    ) throws(StoreError) -> Intake {
        guard request.body.count <= WebhookRequest.bodyLimit else { return .refused(.tooLarge) }
        let now = environment.now()
        let context = WebhookContext(now: Int(now.microseconds / 1_000_000))
        switch endpoint.receiver.verify(request, context) {
        case .answer(let text): return .answer(text)
        case .refused(let refusal): return .refused(refusal)
        case .needsCertificate(let url): return .needsCertificate(url: url)
        // A subscription to confirm is kept like everything else, so that somebody sees it.
        case .genuine, .confirm: break
        }
        let webhook = RawWebhook(
            channel: endpoint.channel, channelKind: endpoint.kind, provider: endpoint.provider, receivedAt: now,
            fingerprint: Self.fingerprint(request), method: request.method, url: request.url,
            contentType: request.headers["content-type"] ?? "", messageID: request.headers["webhook-id"] ?? "",
            body: request.body)
        return try inbox.store(webhook) ? .stored : .repeated
    }

    /// Reads everything that waits. A request that can't be read is put aside and holds nothing up.
    package func process(_ inbox: any WebhookInbox) throws(StoreError) -> InboundTally {
        var tally = InboundTally()
        while true {
            let webhooks = try inbox.unread(limit: 64)
            for webhook in webhooks {
                tally += try read(webhook, inbox)
            }
            if webhooks.isEmpty { break }
        }
        let now = environment.now()
        tally.matched += try inbox.matchWaiting(limit: 2000, now: now)
        // Names of requests are kept for a month, far beyond every provider's last repetition.
        _ = try inbox.purge(
            before: Timestamp(microseconds: now.microseconds - 30 * 86_400_000_000), limit: 500)
        return tally
    }

    private func read(_ webhook: RawWebhook, _ inbox: any WebhookInbox) throws(StoreError) -> InboundTally {
        let now = environment.now()
        let request = WebhookRequest(
            method: webhook.method, url: webhook.url,
            headers: ["content-type": webhook.contentType, "webhook-id": webhook.messageID], body: webhook.body)
        guard let receiver = WebhookRegistry.receiver(for: webhook.provider, WebhookSettings()),
            let events = receiver.parse(request)
        else {
            try inbox.park(webhook, reason: WebhookRefusal.malformed.rawValue, now: now)
            return InboundTally()
        }
        let translation = InboundTranslation(sealer: sealer, keywords: keywords, webhook: webhook)
        return try inbox.apply(
            events.map(translation.record), of: webhook, mayLift: !receiver.isWeak, now: now)
    }

    /// Of what was sent, not of how it was signed: a repetition may be signed anew.
    private static func fingerprint(_ request: WebhookRequest) -> [UInt8] {
        var hash = SHA256()
        hash.update(data: Array(request.method.utf8) + [0])
        hash.update(data: Array(request.query.utf8) + [0])
        hash.update(data: Array((request.headers["webhook-id"] ?? "").utf8) + [0])
        hash.update(data: request.body)
        return Array(hash.finalize().prefix(20))
    }
}
