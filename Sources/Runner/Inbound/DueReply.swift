package import RuleEngine

/// A short answer to STOP, START or HELP whose intent is durable: send it now, once.
package struct DueReply: Sendable, Equatable {
    package enum Kind: String, Sendable {
        case stop, start, help
    }

    package var id: Int64
    package var kind: Kind
    package var channel: String
    package var address: String
    /// The person's, where it is known.
    package var language: String?

    package init(id: Int64, kind: Kind, channel: String, address: String, language: String?) {
        self.id = id
        self.kind = kind
        self.channel = channel
        self.address = address
        self.language = language
    }
}

/// What became of it.
package enum ReplyOutcome: Sendable, Equatable {
    case accepted(providerID: String)
    /// Provably not sent; it stays due until its five minutes are over.
    case notSent(code: String)
    case refused(code: String)
    /// Perhaps sent: never again.
    case unknown(code: String)
    /// There is nothing to send it with.
    case void(reason: String)
}

/// The short answers that are due. Each method is one transaction, durable when it returns.
package protocol ReplyBook: AnyObject {
    /// Notes the intent for what may be sent now and gives it back; closes what is too late or not allowed any more.
    func claimReplies(limit: Int, now: Timestamp) throws(StoreError) -> [DueReply]

    func finish(_ reply: Int64, _ outcome: ReplyOutcome) throws(StoreError)

    /// Closes intents of a process that ended: nobody knows whether they were sent.
    func abandonReplies(before: Timestamp) throws(StoreError)

    var hasDueReplies: Bool { get throws(StoreError) }
}
