internal import Crypto
package import RuleEngine

/// Somebody, or a program of theirs, has looked at a message or followed a link of it.
package struct FollowedLink: Sendable, Equatable {
    package var delivery: DeliveryKey
    /// Where the link leads; nil for the message itself.
    package var target: String?
    package var at: Timestamp
    /// The request says of itself that nobody has asked for it yet.
    package var isMachine: Bool

    package init(delivery: DeliveryKey, target: String?, at: Timestamp, isMachine: Bool) {
        self.delivery = delivery
        self.target = target
        self.at = at
        self.isMachine = isMachine
    }
}

/// Reads the addresses that `TrackedLinks` has written, and tells the ledger what was followed: as the same events that
/// providers tell, so that statistics, conditions and waiting runs see no difference.
package struct TrackingDesk: Sendable {
    private let clicks: ReferenceSealer
    private let opens: ReferenceSealer
    private let names: ReferenceSealer

    /// No channel can have this id.
    private static let channel = "tracking:"

    package init(key: DataKey) {
        clicks = ReferenceSealer(key, for: .click)
        opens = ReferenceSealer(key, for: .open)
        names = ReferenceSealer(key)
    }

    package func opened(_ token: String) -> DeliveryKey? { opens.open(token) }

    /// Nil where the message had no such link.
    package func clicked(_ token: String, to target: String) -> DeliveryKey? {
        clicks.open(token, with: Array(target.utf8))
    }

    /// Durable when it returns. An opened message counts once; a followed link once a day.
    package func take(_ followed: [FollowedLink], into inbox: any WebhookInbox, now: Timestamp) throws(StoreError) {
        let readings = followed.filter { $0.delivery.launch != .preview }.map(reading)
        guard !readings.isEmpty else { return }
        _ = try inbox.applyAll(readings, now: now)
    }

    private func reading(_ link: FollowedLink) -> WebhookReading {
        let name = names.seal(link.delivery)
        var record: InboundRecord
        var flags = link.isMachine ? StatusNews.machine : 0
        if let target = link.target {
            let day = link.at.microseconds / 86_400_000_000
            let hash = String(decoding: Hex.encode(SHA256.hash(data: Array(target.utf8)).prefix(8)), as: UTF8.self)
            record = InboundRecord(key: "clicked/\(name)/\(hash)/\(day)", kind: "clicked", at: link.at)
            record.followed = target
            record.detail = "url\u{1F}" + target
            flags |= StatusNews.clicked
        } else {
            record = InboundRecord(key: "opened/\(name)", kind: "opened", at: link.at)
            flags |= StatusNews.opened
        }
        record.delivery = link.delivery
        // Whoever looks at it has it.
        record.status = StatusNews(rank: 30, flags: flags)
        return WebhookReading(
            RawWebhook(
                channel: Self.channel, channelKind: "email", provider: "carillon", receivedAt: link.at, fingerprint: [],
                method: "GET", url: "", contentType: "", messageID: "", body: []),
            .events([record], mayLift: false))
    }
}
