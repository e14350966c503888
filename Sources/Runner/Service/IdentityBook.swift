package import RuleEngine

/// Something that happened with a person, of whatever kind.
package struct TimelineEntry: Sendable {
    package var at: Timestamp
    /// `message`, `inbound`, `event`, `consent`, `call`, `merge`.
    package var kind: String
    /// What it was: a state, an event's name, an action.
    package var what: String
    package var channel: String?
    /// The program of a message or call.
    package var program: String?
    package var text: String?
    package var delivery: DeliveryKey?
    /// Apart from others of the same instant.
    package var order: Int64

    package init(
        at: Timestamp, kind: String, what: String, channel: String?, program: String?, text: String?,
        delivery: DeliveryKey?, order: Int64
    ) {
        self.at = at
        self.kind = kind
        self.what = what
        self.channel = channel
        self.program = program
        self.text = text
        self.delivery = delivery
        self.order = order
    }

    package func json(_ sealer: ReferenceSealer) -> JSON {
        [
            "at": .string(ISOInstant.text(at)), "kind": .string(kind), "what": .string(what), "channel": JSON(channel),
            "program": JSON(program), "text": JSON(text), "message": JSON(delivery.map { sealer.seal($0) }),
        ]
    }
}

/// Two contacts that are one person: the addresses of the one are the other's now, until it is undone.
package struct ContactMerge: Sendable {
    package var id: Int64
    package var from: ContactKey
    package var fromID: String
    package var into: ContactKey
    package var intoID: String
    package var why: String
    package var actor: String
    package var at: Timestamp
    package var undoneAt: Timestamp?

    package init(
        id: Int64, from: ContactKey, fromID: String, into: ContactKey, intoID: String, why: String, actor: String,
        at: Timestamp, undoneAt: Timestamp?
    ) {
        self.id = id
        self.from = from
        self.fromID = fromID
        self.into = into
        self.intoID = intoID
        self.why = why
        self.actor = actor
        self.at = at
        self.undoneAt = undoneAt
    }

    package var json: JSON {
        [
            "id": .string(String(id)), "from": .string(fromID), "into": .string(intoID), "because": .string(why),
            "by": .string(actor), "at": .string(ISOInstant.text(at)), "undone_at": JSON(undoneAt.map(ISOInstant.text)),
        ]
    }
}

/// Who is who. One thread owns it.
package protocol IdentityBook: AnyObject {
    /// Other contacts that have an address of this one's that its owner has proved: by answering from it, or by a message
    /// that arrived there and was opened. What somebody only wrote into a form is a claim.
    func matches(of contact: ContactKey) throws(StoreError) -> [(contact: String, kind: String, address: String)]
    /// Nil where one of them is part of another merge already.
    func merge(
        _ from: ContactKey, into: ContactKey, why: String, actor: String, now: Timestamp
    ) throws(StoreError) -> ContactMerge?
    func merges(of contact: ContactKey) throws(StoreError) -> [ContactMerge]
    /// Gives the addresses back. False where it was undone before.
    func undo(_ merge: Int64, now: Timestamp) throws(StoreError) -> Bool
    /// The newest first, with those who were merged into it.
    func timeline(of contact: ContactKey, _ page: PageRequest) throws(StoreError) -> FoundPage<TimelineEntry>
}
