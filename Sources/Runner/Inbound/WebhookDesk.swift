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
        /// Genuine, and its provider wants this address called before anything else. Nothing is stored yet: it comes again.
        case needsConfirmation(url: String)
    }

    private let environment: RunnerEnvironment
    private let sealer: ReferenceSealer
    private let keywords: KeywordReader
    private let errands: ProviderErrands?
    private let unread: Set<String>

    /// - Parameter unread: channels of which nobody reads what people answer (`replies_to: nobody`).
    /// - Parameter errands: calls what a provider's request wants called. Without them nothing is called, and a
    ///   subscription to confirm is kept like everything else, so that somebody sees it.
    package init(
        key: DataKey, environment: RunnerEnvironment, keywords: KeywordReader = KeywordReader(),
        unread: Set<String> = [], errands: ProviderErrands? = nil
    ) {
        self.unread = unread
        self.errands = errands
        sealer = ReferenceSealer(key)
        self.environment = environment
        self.keywords = keywords
    }

    package func take(
        _ request: WebhookRequest, at endpoint: Endpoint, into inbox: any WebhookInbox
    ) throws(StoreError) -> Intake {
        try take([(request, endpoint)], into: inbox)[0]
    }

    /// An intake for each request, in their order. What it gives back may be answered: whatever was to be kept is durable.
    package func take(
        _ calls: [(request: WebhookRequest, endpoint: Endpoint)], into inbox: any WebhookInbox
    ) throws(StoreError) -> [Intake] {
        var intakes: [Intake] = []
        var genuine: [RawWebhook] = []
        var places: [Int] = []
        for (request, endpoint) in calls {
            switch examine(request, at: endpoint) {
            case .genuine(let webhook):
                places.append(intakes.count)
                genuine.append(webhook)
                intakes.append(.stored)
            case .other(let intake): intakes.append(intake)
            }
        }
        guard !genuine.isEmpty else { return intakes }
        for (place, isNew) in zip(places, try inbox.store(genuine)) where !isNew { intakes[place] = .repeated }
        return intakes
    }

    private enum Examined {
        case genuine(RawWebhook)
        case other(Intake)
    }

    private func examine(_ request: WebhookRequest, at endpoint: Endpoint) -> Examined {
        guard request.body.count <= WebhookRequest.bodyLimit else { return .other(.refused(.tooLarge)) }
        let now = environment.now()
        let seconds = Int(now.microseconds / 1_000_000)
        let context = errands?.context(now: seconds) ?? WebhookContext(now: seconds)
        switch endpoint.receiver.verify(request, context) {
        case .answer(let text): return .other(.answer(text))
        case .refused(let refusal): return .other(.refused(refusal))
        case .needsCertificate(let url): return .other(.needsCertificate(url: url))
        case .confirm(let url) where errands != nil: return .other(.needsConfirmation(url: url))
        case .genuine, .confirm: break
        }
        return .genuine(
            RawWebhook(
                channel: endpoint.channel, channelKind: endpoint.kind, provider: endpoint.provider, receivedAt: now,
                fingerprint: Self.fingerprint(request), method: request.method, url: request.url,
                contentType: request.headers["content-type"] ?? "", messageID: request.headers["webhook-id"] ?? "",
                body: request.body))
    }

    /// Reads everything that waits. A request that can't be read is put aside and holds nothing up.
    package func process(_ inbox: any WebhookInbox) throws(StoreError) -> InboundTally {
        var tally = InboundTally()
        while true {
            // So many in one transaction: one sync for all of them, and a short one for whoever waits to write.
            let webhooks = try inbox.unread(limit: 128)
            if webhooks.isEmpty { break }
            tally += try inbox.applyAll(webhooks.map(read), now: environment.now())
        }
        let now = environment.now()
        tally.matched += try inbox.matchWaiting(limit: 2000, now: now)
        // Names of requests are kept for a month, far beyond every provider's last repetition.
        _ = try inbox.purge(
            before: Timestamp(microseconds: now.microseconds - 30 * 86_400_000_000), limit: 500)
        return tally
    }

    private func read(_ webhook: RawWebhook) -> WebhookReading {
        let request = WebhookRequest(
            method: webhook.method, url: webhook.url,
            headers: ["content-type": webhook.contentType, "webhook-id": webhook.messageID], body: webhook.body)
        guard let receiver = WebhookRegistry.receiver(for: webhook.provider, WebhookSettings()),
            let events = receiver.parse(request)
        else {
            return WebhookReading(webhook, .unreadable(reason: WebhookRefusal.malformed.rawValue))
        }
        let translation = InboundTranslation(
            sealer: sealer, keywords: keywords, isRead: !unread.contains(webhook.channel), webhook: webhook)
        return WebhookReading(webhook, .events(events.map(translation.record), mayLift: !receiver.isWeak))
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
