package import RuleEngine

/// A message that was handed to a channel, and what it said.
package struct KeptMessage: Sendable {
    package enum Content: Sendable {
        case kept(ArchivedContent)
        /// No attempt was begun.
        case notSent
        /// It left before messages were kept.
        case older
        /// It was kept for as long as the rule says.
        case removed
        /// The person is forgotten.
        case erased
        /// What is kept can't be read.
        case damaged

        /// For machines.
        package var code: String {
            switch self {
            case .kept: "kept"
            case .notSent: "not_sent"
            case .older: "older"
            case .removed: "removed"
            case .erased: "erased"
            case .damaged: "damaged"
            }
        }

        package var sentence: String {
            switch self {
            case .kept: "what it said is kept"
            case .notSent: "nothing was sent"
            case .older: "it left before messages were kept"
            case .removed: "what it said was kept for as long as the rule for `messages` says, and is gone"
            case .erased: "the person is forgotten, and what was said to them with them"
            case .damaged: "what is kept of it can't be read"
            }
        }
    }

    package var key: DeliveryKey
    package var program: String
    /// The contact's id.
    package var contact: String
    package var channel: String
    package var kind: String
    package var state: DeliveryState
    /// Of the last attempt.
    package var startedAt: Timestamp?
    package var acceptedAt: Timestamp?
    package var address: String?
    package var content: Content

    package init(
        key: DeliveryKey, program: String, contact: String, channel: String, kind: String, state: DeliveryState,
        startedAt: Timestamp?, acceptedAt: Timestamp?, address: String?, content: Content
    ) {
        self.key = key
        self.program = program
        self.contact = contact
        self.channel = channel
        self.kind = kind
        self.state = state
        self.startedAt = startedAt
        self.acceptedAt = acceptedAt
        self.address = address
        self.content = content
    }

    package var archived: ArchivedContent? {
        if case .kept(let content) = content { content } else { nil }
    }

    package func json(_ sealer: ReferenceSealer) -> JSON {
        [
            "id": .string(sealer.seal(key)), "program": .string(program), "contact": .string(contact),
            "channel": .string(channel), "kind": .string(kind), "address": JSON(address), "status": .string(state.name),
            "sent_at": JSON(startedAt.map(ISOInstant.text)), "accepted_at": JSON(acceptedAt.map(ISOInstant.text)),
            "kept": .string(content.code), "message": archived?.json ?? .null,
        ]
    }
}

/// What messages said. One thread owns it; nothing it does writes.
package protocol MessageArchive: AnyObject {
    /// Everything that was handed to a channel for a person, or for somebody who was merged into them, in the order of time.
    ///
    /// - Parameter program: only what this one sent.
    func messages(to contact: ContactKey, of program: String?) throws(StoreError) -> [KeptMessage]
    /// Nil where there is no such row.
    func message(_ key: DeliveryKey) throws(StoreError) -> KeptMessage?
}
