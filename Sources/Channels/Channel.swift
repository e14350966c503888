/// What a channel sends, before it has a wire form. All of it comes from templates and contact data: treat it as
/// hostile.
package struct MessageContent: Sendable {
    package var recipient: [UInt8] = []
    package var recipientName: [UInt8] = []
    package var subject: [UInt8] = []
    package var text: [UInt8] = []
    /// Empty where the message has no HTML part.
    package var html: [UInt8] = []
    /// The sealed delivery key, `[0-9a-z]` only: it becomes part of the Message-ID and the envelope sender, or
    /// whatever the provider echoes.
    package var reference: [UInt8] = []
    /// Stable over attempts; sent to providers that take one.
    package var idempotencyKey: [UInt8] = []
    /// An https URL that takes the RFC 8058 one-click POST. Empty on mail that is not marketing.
    package var unsubscribeURL: [UInt8] = []
    /// Names the campaign for List-Id and Feedback-ID.
    package var campaign: [UInt8] = []
    /// A picture, video, sound or file, which the provider fetches. `text` is its caption then.
    package var media: MessageMedia?
    package var location: MessageLocation?
    /// Names in the project's `media`, of what a mail carries.
    package var attachmentNames: [String] = []
    /// What they stand for; a channel fills them in.
    package internal(set) var attachments: [MessageAttachment] = []
    /// A text that the provider has approved before, with what stands in its gaps.
    package var approved: ApprovedText?
    /// What the recipient may tap, below the text.
    package var buttons: [MessageButton] = []
    /// How long the provider may keep trying, in seconds, so that nothing arrives after the hours in which it may.
    /// Nil: as long as it likes.
    package var validSeconds: Int?

    package init() {}

    /// Empties all fields and keeps their memory.
    package mutating func removeAll() {
        recipient.removeAll(keepingCapacity: true)
        recipientName.removeAll(keepingCapacity: true)
        subject.removeAll(keepingCapacity: true)
        text.removeAll(keepingCapacity: true)
        html.removeAll(keepingCapacity: true)
        reference.removeAll(keepingCapacity: true)
        idempotencyKey.removeAll(keepingCapacity: true)
        unsubscribeURL.removeAll(keepingCapacity: true)
        campaign.removeAll(keepingCapacity: true)
        media = nil
        location = nil
        attachmentNames.removeAll(keepingCapacity: true)
        attachments.removeAll(keepingCapacity: true)
        approved = nil
        buttons.removeAll(keepingCapacity: true)
        validSeconds = nil
    }
}

/// Why a message has no wire form. Final for this recipient, and nothing was sent.
package enum ComposeError: Error, Equatable {
    /// A header value or address holds CR, LF or another control character.
    case unsafeHeader(field: String)
    case badAddress
    case tooLarge(limit: Int)
    case empty
    /// The provider has no such kind of message; see `ChannelTraits.contents`.
    case notSupported(MessagePart)
    /// The mail should carry a signature and could not be signed.
    case unsigned
    /// A file of the project's `media` is not there, is too large, or is not what its name says.
    case missingFile(String)
}

/// A message in wire form, waiting to be sent. `token` is the caller's; it comes back with the outcome.
package struct ComposedMessage: Sendable {
    package let token: UInt64
    package let address: String
    package let wire: [UInt8]
    package let idempotencyKey: String

    package init(token: UInt64, address: String, wire: [UInt8], idempotencyKey: String = "") {
        self.token = token
        self.address = address
        self.wire = wire
        self.idempotencyKey = idempotencyKey
    }
}

/// Why an address must not be used again.
package enum ProviderSuppression: String, Sendable {
    case bounce, complaint, providerOptOut
}

/// Where in the exchange an attempt lost its answer.
package enum AmbiguousPhase: String, Sendable {
    /// Part of the message was written.
    case sending
    /// All of it was written; the answer never came.
    case awaitingAnswer = "awaiting_answer"
    /// An answer came, but not one that can be read.
    case answer
}

/// What became of one attempt. Five cases, because five decisions follow from them.
package enum SendOutcome: Sendable, Equatable {
    case accepted(providerID: String)
    /// Final. `code` is the provider's (for SMTP `550 5.1.1`).
    case rejected(code: String, suppress: ProviderSuppression?)
    /// Provably not accepted; try this recipient again. With seconds, the account as a whole sends too fast, and they are how
    /// long it has to wait; without, it is about this recipient alone, as with greylisting.
    case throttled(code: String, retryAfter: Double?)
    /// Provably not accepted, and nothing is wrong with the recipient: the channel can't be reached or used.
    case unavailable(code: String)
    /// The provider may have accepted it. Neither success nor a reason to retry.
    case outcomeUnknown(phase: AmbiguousPhase, detail: String)

    /// The wait of an account that was told it sends too fast, and not for how long.
    package static let unsaidWait = 1.0

    /// The code of an account that is not to be asked again soon: it has said that it is no more.
    package static let gone = "410 gone"
}

package struct SendReport: Sendable {
    package let token: UInt64
    package let outcome: SendOutcome

    package init(token: UInt64, outcome: SendOutcome) {
        self.token = token
        self.outcome = outcome
    }
}

/// What a provider can do, as data.
package struct ChannelCapabilities: Sendable {
    /// Messages per request; 1 for providers that take one at a time.
    package var batchSize: Int
    /// The provider replays its answer for a repeated idempotency key.
    package var isIdempotent: Bool
    /// How many messages the channel can usefully have in flight.
    package var inFlight: Int
    /// What holds for every account of the provider.
    package var traits: ChannelTraits

    package init(
        batchSize: Int = 1, isIdempotent: Bool = false, inFlight: Int, traits: ChannelTraits = ChannelTraits()
    ) {
        self.batchSize = batchSize
        self.isIdempotent = isIdempotent
        self.inFlight = inFlight
        self.traits = traits
    }
}

/// One configured account of one provider.
///
/// `compose` is pure and may be called on any thread; `open` gives a session that sends.
package protocol Channel: Sendable {
    var capabilities: ChannelCapabilities { get }

    /// Appends the wire form of one message to `wire`.
    func compose(_ content: MessageContent, into wire: inout [UInt8]) throws(ComposeError)

    /// Starts a session on a thread of its own. `report` is called on that thread, with one entry for each
    /// message that was submitted, exactly once each, in any order and grouping.
    func open(report: @escaping @Sendable ([SendReport]) -> Void) throws(ChannelSetupError) -> any ChannelSession
}

/// Sends what it is given. All methods may be called from any one thread at a time.
package protocol ChannelSession: AnyObject, Sendable {
    /// Queues messages and returns at once.
    func submit(_ messages: [ComposedMessage])

    /// Waits until every submitted message was reported or the time is over; what has no answer by then is
    /// reported as `outcomeUnknown`, what was never begun as `unavailable`. Ends the session.
    func finish(within seconds: Double)
}

/// Why a channel can't be used at all: configuration, a missing or unreadable secret, a refused login.
package struct ChannelSetupError: Error, Sendable {
    package let message: String
    package let help: String?

    package init(message: String, help: String? = nil) {
        self.message = message
        self.help = help
    }
}
