/// One thing that a provider told us, in one form for all providers.
package struct InboundEvent: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        // What became of a message of ours.
        case queued, sent, delivered, read, failed
        /// The provider goes on trying.
        case deferred
        case opened, clicked, bounced, complained
        // What a person wants, said to the provider.
        case unsubscribed, resubscribed, subscribed, blocked, unblocked
        // What a person said to us.
        case inbound
        case inboundEdited = "inbound_edited"
        case inboundDeleted = "inbound_deleted"
        case addressChanged = "address_changed"
        case referral, optin, comment
        /// Somebody of ours answered by the provider's own app.
        case humanReply = "human_reply"
        // What concerns the account.
        case template
        case channelError = "channel_error"
        /// Genuine, and of no kind that we know.
        case ignored

        /// It tells about a message of ours, which the provider must have accepted then.
        package var isStatus: Bool {
            switch self {
            case .queued, .sent, .delivered, .read, .failed, .deferred, .opened, .bounced, .complained: true
            case .clicked, .unsubscribed, .resubscribed, .subscribed, .blocked, .unblocked, .inbound, .inboundEdited,
                .inboundDeleted, .addressChanged, .referral, .optin, .comment, .humanReply, .template, .channelError,
                .ignored:
                false
            }
        }
    }

    package enum Content: String, Sendable, CaseIterable {
        case text, image, video, audio, document, location, contact, button, reaction, sticker, unsupported
    }

    /// What follows from a failure.
    package enum FailureClass: String, Sendable, CaseIterable {
        case permanent, transient
        case rateLimited = "rate-limited"
        case suppressContact = "suppress-contact"
        case configError = "config-error"
    }

    package var kind: Kind
    /// What makes it the same event when it comes again; unique in its channel.
    package var key: String
    package var providerMessageID: String?
    /// What we gave the provider to echo: a sealed delivery key.
    package var reference: String?
    /// The person's address, as this provider writes it.
    package var contact: String?
    /// Microseconds since 1970. Nil: the provider gives no time.
    package var at: Int64?
    package var failureCode: String?
    package var failureClass: FailureClass?
    /// Of a bounce: the address is dead. Of an unsubscription: of everything.
    package var isFinal = false
    /// A program opened or clicked, not a person.
    package var isMachine = false
    package var content: Content?
    package var text: String?
    /// The provider's id of the message that this answers.
    package var replyTo: String?
    package var media: [Media] = []
    package var latitude: Double?
    package var longitude: Double?
    /// Covers every message to this person up to this instant (microseconds), in place of a message id.
    package var watermark: Int64?
    /// The rest, by the names that the documentation gives.
    package var details: [String: String] = [:]

    package struct Media: Sendable, Equatable {
        /// Where or under what id the provider keeps it; one of the two.
        package var url: String?
        package var id: String?
        package var type: String?
        package var fileName: String?

        package init(url: String? = nil, id: String? = nil, type: String? = nil, fileName: String? = nil) {
            self.url = url
            self.id = id
            self.type = type
            self.fileName = fileName
        }
    }

    package init(_ kind: Kind, key: String) {
        self.kind = kind
        self.key = key
    }

    /// Texts of strangers are cut here, once: a body may have megabytes.
    static let textLimit = 16 << 10

    mutating func setText(_ text: String?) {
        self.text = text.map { $0.utf8.count <= Self.textLimit ? $0 : String($0.prefix(Self.textLimit / 4)) }
    }
}
