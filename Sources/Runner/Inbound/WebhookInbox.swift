package import RuleEngine

/// A request of a provider that was verified, as it is kept.
package struct RawWebhook: Sendable {
    /// Zero until it is stored.
    package var id: Int64 = 0
    /// The channel's id, or the provider's name where no channel is configured.
    package var channel: String
    package var channelKind: String
    package var provider: String
    package var receivedAt: Timestamp
    /// Names the request: the same request that comes again is not stored again.
    package var fingerprint: [UInt8]
    package var method: String
    package var url: String
    package var contentType: String
    /// Of a signature that is an event's own name (`webhook-id`).
    package var messageID: String
    package var body: [UInt8]

    package init(
        channel: String, channelKind: String, provider: String, receivedAt: Timestamp, fingerprint: [UInt8],
        method: String, url: String, contentType: String, messageID: String, body: [UInt8]
    ) {
        self.channel = channel
        self.channelKind = channelKind
        self.provider = provider
        self.receivedAt = receivedAt
        self.fingerprint = fingerprint
        self.method = method
        self.url = url
        self.contentType = contentType
        self.messageID = messageID
        self.body = body
    }
}

/// One event as the store takes it: addresses normalised, references opened, meaning found.
package struct InboundRecord: Sendable {
    package var key: String
    package var kind: String
    /// When it happened, by the provider's clock where it gives one.
    package var at: Timestamp
    /// What we gave the provider to echo.
    package var delivery: DeliveryKey?
    /// The provider's id of the message that this is about, or of the one that it answers; where a provider appends
    /// to its ids, the longest first.
    package var providerIDs: [String] = []
    package var address: String?
    package var status: StatusNews?
    package var effects: [PermissionNews] = []
    /// Every message to this address up to then.
    package var watermark: Timestamp?
    /// Where somebody went who followed a link.
    package var followed: String?
    package var text: String?
    /// Somebody of ours reads what people write there: it belongs to a conversation.
    package var isRead = true
    package var meaning: String?
    package var needsReview = false
    /// A short answer that is due: `stop`, `start` or `help`.
    package var replyDue: String?
    package var detail: String?
    /// What the provider charges for the message that this is about.
    package var price: ChargedPrice?

    package init(key: String, kind: String, at: Timestamp) {
        self.key = key
        self.kind = kind
        self.at = at
    }
}

/// What a status adds to what is known of a delivery. Adding is a maximum, a union and minima, so that neither order
/// nor repetition changes the result.
package struct StatusNews: Sendable, Equatable {
    package var rank: Int
    package var flags: Int
    package var code: String?

    package init(rank: Int, flags: Int = 0, code: String? = nil) {
        self.rank = rank
        self.flags = flags
        self.code = code
    }

    /// Of a message of which nothing more is known than that it was taken.
    package static let acceptedRank = 10
    package static let opened = 1
    package static let clicked = 2
    package static let complained = 4
    package static let unsubscribed = 8
    package static let machine = 16
    package static let failed = 32
    package static let bounced = 64
    package static let delivered = 128

    /// Names of the ranks that a reader sees.
    package static func name(ofRank rank: Int) -> String {
        switch rank {
        case 40...: "read"
        case 35...: "bounced"
        case 30...: "delivered"
        case 25...: "failed"
        case 20...: "sent"
        case 15...: "deferred"
        case 12...: "queued"
        default: "accepted"
        }
    }
}

/// What an event changes about whether a person may be reached.
package enum PermissionNews: Sendable, Equatable {
    /// Listed for good; later events don't lift it.
    case suppress(SuppressionReason, marketingOnly: Bool)
    /// No more marketing on the channel.
    case unsubscribe
    /// In or out of a lane: the latest by its time counts, whatever order they arrive in.
    case optOut(SuppressionReason)
    case optIn(SuppressionReason)
}

/// What was read of a request.
package struct WebhookReading: Sendable {
    package enum Content: Sendable {
        /// Without `mayLift`, only restrictions are added.
        case events([InboundRecord], mayLift: Bool)
        /// It can't be read: it is put aside with the reason, and holds nothing up.
        case unreadable(reason: String)
    }

    package var webhook: RawWebhook
    package var content: Content

    package init(_ webhook: RawWebhook, _ content: Content) {
        self.webhook = webhook
        self.content = content
    }
}

/// What became of the events of requests.
package struct InboundTally: Sendable, Equatable {
    package var events = 0
    /// Known already: a repetition.
    package var repeated = 0
    /// Found their delivery.
    package var matched = 0
    /// Wait for a delivery that is not written down yet.
    package var waiting = 0
    /// Changed whether somebody may be reached.
    package var permissions = 0

    package init() {}

    package static func += (left: inout InboundTally, right: InboundTally) {
        left.events += right.events
        left.repeated += right.repeated
        left.matched += right.matched
        left.waiting += right.waiting
        left.permissions += right.permissions
    }
}

/// One event as reports show it.
package struct InboundEntry: Sendable {
    package var key: String
    package var kind: String
    package var at: Timestamp
    package var meaning: String?
    package var text: String?
    package var delivery: DeliveryKey?

    package init(
        key: String, kind: String, at: Timestamp, meaning: String?, text: String?, delivery: DeliveryKey?
    ) {
        self.key = key
        self.kind = kind
        self.at = at
        self.meaning = meaning
        self.text = text
        self.delivery = delivery
    }
}

/// What providers sent back. One thread owns it; each method that writes is one transaction, durable when it returns.
package protocol WebhookInbox: ReplyBook, UncertainBook {
    /// For each whether it is new; false: this very request is stored already. All of them in one transaction.
    func store(_ webhooks: [RawWebhook]) throws(StoreError) -> [Bool]

    /// Requests that nobody has read yet, oldest first.
    func unread(limit: Int) throws(StoreError) -> [RawWebhook]

    /// Carries out what the first requests of a list said and marks them as read, in one transaction: all of them, or as
    /// many as it has time for while somebody else waits to write, but one at least. Doing it twice is doing it once.
    func apply(
        _ readings: ArraySlice<WebhookReading>, now: Timestamp
    ) throws(StoreError) -> (count: Int, tally: InboundTally)

    /// Looks again for the deliveries of events that came early. Gives those up that have waited 72 hours. Returns
    /// how many found theirs.
    func matchWaiting(limit: Int, now: Timestamp) throws(StoreError) -> Int

    /// Forgets the bodies of requests that were read before then. Returns how many.
    func purge(before: Timestamp, limit: Int) throws(StoreError) -> Int

    /// The newest events of a contact.
    func events(of contact: ContactKey, limit: Int) throws(StoreError) -> [InboundEntry]

    /// The kinds of what a channel's provider told lately about the message with this id, in the order of arrival.
    func news(of providerID: String, channel: String) throws(StoreError) -> [String]
}

extension WebhookInbox {
    /// All of them, in as many transactions as it takes.
    func applyAll(_ readings: [WebhookReading], now: Timestamp) throws(StoreError) -> InboundTally {
        var tally = InboundTally()
        var rest = readings[...]
        while !rest.isEmpty {
            let (count, news) = try apply(rest, now: now)
            tally += news
            rest = rest.dropFirst(count)
        }
        return tally
    }
}
