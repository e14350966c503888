package import RuleEngine

/// What a person agreed to on a channel for a purpose, as it stands now.
package struct ConsentState: Sendable, Equatable {
    package var channel: String
    package var purpose: Purpose
    package var level: ConsentLevel
    package var givenAt: Timestamp?
    package var source: String?
    package var wording: String?
    package var expiresAt: Timestamp?
    package var revokedAt: Timestamp?
    package var revokedVia: String?

    package init(
        channel: String,
        purpose: Purpose,
        level: ConsentLevel,
        givenAt: Timestamp?,
        source: String?,
        wording: String?,
        expiresAt: Timestamp? = nil,
        revokedAt: Timestamp? = nil,
        revokedVia: String? = nil
    ) {
        self.channel = channel
        self.purpose = purpose
        self.level = level
        self.givenAt = givenAt
        self.source = source
        self.wording = wording
        self.expiresAt = expiresAt
        self.revokedAt = revokedAt
        self.revokedVia = revokedVia
    }
}

/// One entry of the append-only history.
package struct ConsentEvent: Sendable, Equatable {
    package enum Action: String, Sendable {
        case granted, revoked, suppressed, unsuppressed
        case topicOff = "topic_off"
        case topicOn = "topic_on"
        case erased
    }

    package var channel: String
    /// A purpose; for topics the topic's name follows a colon: `marketing:offers`.
    package var purpose: String
    package var action: Action
    package var level: ConsentLevel?
    /// When it happened.
    package var at: Timestamp
    package var source: String?
    package var wording: String?
    /// `import`, `person`, `operator`, `provider`.
    package var actor: String
    /// When it was written down here.
    package var recordedAt: Timestamp

    package init(
        channel: String,
        purpose: String,
        action: Action,
        level: ConsentLevel?,
        at: Timestamp,
        source: String?,
        wording: String?,
        actor: String,
        recordedAt: Timestamp
    ) {
        self.channel = channel
        self.purpose = purpose
        self.action = action
        self.level = level
        self.at = at
        self.source = source
        self.wording = wording
        self.actor = actor
        self.recordedAt = recordedAt
    }
}

/// One entry of the suppression list. It knows the address by its hash only.
package struct SuppressionEntry: Sendable, Equatable {
    /// Where an entry stands in the list: a page goes on behind it, whatever is listed meanwhile.
    package struct Place: Sendable {
        package let at: Timestamp
        package let addressKey: String
        /// Empty: every channel.
        package let channel: String
    }

    /// The hash in hex.
    package var addressKey: String
    /// Nil: every channel (do not contact).
    package var channel: String?
    /// Nil for a do-not-contact entry.
    package var reason: SuppressionReason?
    package var isMarketingOnly: Bool
    package var at: Timestamp
    package var source: String?
    /// The caller's id of a contact that has the address now.
    package var contact: String?

    package init(
        addressKey: String,
        channel: String?,
        reason: SuppressionReason?,
        isMarketingOnly: Bool,
        at: Timestamp,
        source: String?,
        contact: String?
    ) {
        self.addressKey = addressKey
        self.channel = channel
        self.reason = reason
        self.isMarketingOnly = isMarketingOnly
        self.at = at
        self.source = source
        self.contact = contact
    }
}

/// Everything that is known about one person, for people to read.
package struct ContactSheet: Sendable {
    package struct Address: Sendable, Equatable {
        package var kind: String
        package var address: String
        /// As it was written, where that differs.
        package var typed: String?

        package init(kind: String, address: String, typed: String?) {
            self.kind = kind
            self.address = address
            self.typed = typed
        }
    }

    package var key: ContactKey
    package var externalID: String
    package var isErased: Bool
    package var doNotContact: Bool
    /// Field → value as text, in the order of the schema; missing values are left out.
    package var attributes: [(name: String, value: String)]
    /// Whether the schema was known that they are of.
    package var knowsFields = true
    /// Columns that no schema names, kept on request.
    package var extras: [(name: String, value: String)]
    package var addresses: [Address]
    package var permissions: [(channel: String, isAllowed: Bool)]
    package var consents: [ConsentState]
    package var history: [ConsentEvent]
    package var suppressions: [SuppressionEntry]
    package var topicsOff: [(channel: String, topic: String, at: Timestamp)]
    package var createdAt: Timestamp
    package var updatedAt: Timestamp

    package init(
        key: ContactKey,
        externalID: String,
        isErased: Bool,
        doNotContact: Bool,
        attributes: [(name: String, value: String)],
        extras: [(name: String, value: String)],
        addresses: [Address],
        permissions: [(channel: String, isAllowed: Bool)],
        consents: [ConsentState],
        history: [ConsentEvent],
        suppressions: [SuppressionEntry],
        topicsOff: [(channel: String, topic: String, at: Timestamp)],
        createdAt: Timestamp,
        updatedAt: Timestamp
    ) {
        self.key = key
        self.externalID = externalID
        self.isErased = isErased
        self.doNotContact = doNotContact
        self.attributes = attributes
        self.extras = extras
        self.addresses = addresses
        self.permissions = permissions
        self.consents = consents
        self.history = history
        self.suppressions = suppressions
        self.topicsOff = topicsOff
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}

/// Whom a suppression is about.
package enum SuppressionTarget: Sendable {
    case contact(ContactKey)
    /// An address on a kind of identity (`email`, `phone`, …), whether a contact has it or not. As typed.
    case address(kind: String, String)
}

/// What is written about consent, refusals and suppressions. One thread owns it. Every method that writes is one
/// transaction, with an entry in the history and a new suppression epoch; what it wrote is durable when it returns.
package protocol ConsentStore: AnyObject {
    /// The person agreed. Lifts an earlier revocation, never a suppression.
    func record(_ consent: ConsentState, for contact: ContactKey, actor: String, now: Timestamp) throws(StoreError)

    /// The person took their consent back. False where it was revoked already.
    func revoke(
        _ contact: ContactKey,
        channel: String,
        purpose: Purpose,
        source: String,
        actor: String,
        now: Timestamp
    ) throws(StoreError) -> Bool

    /// What stands now, and what led to it.
    func show(_ contact: ContactKey) throws(StoreError) -> (current: [ConsentState], history: [ConsentEvent])

    /// Nothing more to these addresses: on a channel with a reason, or on every channel (`channel` nil: do not
    /// contact). Returns how many entries are new.
    func suppress(
        _ target: SuppressionTarget,
        channel: String?,
        reason: SuppressionReason,
        marketingOnly: Bool,
        source: String,
        actor: String,
        now: Timestamp
    ) throws(ConsentError) -> Int

    /// Takes suppressions back, all of the channel's (`channel` nil: the do-not-contact entries). The reason is
    /// kept in the history and must say something. Returns how many entries there were.
    func unsuppress(
        _ target: SuppressionTarget,
        channel: String?,
        reason: String,
        actor: String,
        now: Timestamp
    ) throws(ConsentError) -> Int

    /// The person wants no more of one topic. False where that was known already.
    func optOut(
        _ contact: ContactKey,
        channel: String,
        topic: String,
        source: String,
        actor: String,
        now: Timestamp
    ) throws(StoreError) -> Bool

    /// The person wants a topic after all. False where they had not refused it.
    func optIn(
        _ contact: ContactKey,
        channel: String,
        topic: String,
        source: String,
        actor: String,
        now: Timestamp
    ) throws(StoreError) -> Bool

    /// The person agrees by their own word, and takes back what they had refused by their own word: a refusal of the channel
    /// and what an unsubscribe link has listed. What a provider, a complaint, a STOP or an operator has listed stays.
    func agreeAnew(_ contact: ContactKey, _ consent: ConsentState, now: Timestamp) throws(StoreError)

    /// What the unsubscribe page does: no more marketing on this channel, or no more of one topic of it. False where
    /// that was so already; then nothing is written.
    ///
    /// - Parameter delivery: the message whose link was followed; it is counted with what became of it.
    func unsubscribe(
        _ contact: ContactKey,
        channel: String,
        topic: String?,
        source: String,
        delivery: DeliveryKey?,
        now: Timestamp
    ) throws(StoreError) -> Bool

    /// Whether `unsubscribe` would change anything.
    func isUnsubscribed(_ contact: ContactKey, channel: String, topic: String?) throws(StoreError) -> Bool

    /// Forgets who the person was. What is kept: the number, the bare consent history, and the hashes of the
    /// addresses, on the do-not-contact list.
    func erase(_ contact: ContactKey, source: String, actor: String, now: Timestamp) throws(StoreError)

    /// In order of time, newest first.
    func suppressions(after place: SuppressionEntry.Place?, limit: Int) throws(StoreError) -> [SuppressionEntry]

    func sheet(of contact: ContactKey, schema: ContactSchema) throws(StoreError) -> ContactSheet
}

extension ConsentStore {
    /// Not by the link of a message.
    package func unsubscribe(
        _ contact: ContactKey, channel: String, topic: String?, source: String, now: Timestamp
    ) throws(StoreError) -> Bool {
        try unsubscribe(contact, channel: channel, topic: topic, source: source, delivery: nil, now: now)
    }
}

package enum ConsentError: Error, Sendable, Equatable {
    case store(StoreError)
    case badAddress(AddressFault)
    /// The contact has no address to suppress.
    case noAddress
    /// A suppression may only be lifted with a reason.
    case noReason
}

extension SuppressionEntry.Place {
    private static let digits = UInt8(ascii: "0")...UInt8(ascii: "9")

    /// Nil where the text names no place.
    package init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
        guard parts.count == 3, (1...18).contains(parts[0].utf8.count), parts[0].utf8.allSatisfy(Self.digits.contains),
            let at = Int64(parts[0]), (2...128).contains(parts[1].utf8.count), parts[1].utf8.count % 2 == 0,
            parts[1].utf8.allSatisfy({ Self.digits.contains($0) || (0x61...0x66).contains($0) }),
            parts[2].utf8.count <= 20,
            parts[2].utf8.allSatisfy({ letters.contains($0) || $0 == UInt8(ascii: "_") })
        else { return nil }
        self.init(at: Timestamp(microseconds: at), addressKey: String(parts[1]), channel: String(parts[2]))
    }
}

extension SuppressionEntry {
    /// Of the place.
    package var cursor: String { "\(at.microseconds).\(addressKey).\(channel ?? "")" }
}
