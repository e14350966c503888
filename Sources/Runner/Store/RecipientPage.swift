package import RuleEngine

/// The store's own number of a contact: small, and ascending in the order of first import.
package struct ContactKey: Hashable, Sendable, Comparable {
    package let rawValue: Int64

    package init(rawValue: Int64) {
        self.rawValue = rawValue
    }

    package static func < (left: ContactKey, right: ContactKey) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// Why an address is suppressed. The order is that of severity: where several apply, the last one is named, and a dead
/// mailbox comes last because it takes no transactional mail either. The raw values are what the database holds.
package enum SuppressionReason: Int, Sendable, CaseIterable {
    case stop = 1
    case unsubscribe
    case complaint
    case provider
    case bounce

    package var code: String {
        switch self {
        case .stop: "suppressed_stop"
        case .unsubscribe: "suppressed_unsubscribe"
        case .complaint: "suppressed_complaint"
        case .bounce: "suppressed_bounce"
        case .provider: "suppressed_provider"
        }
    }
}

/// What the gate has to know about one contact on one channel for one purpose: read in one query, small enough to
/// be copied freely.
package struct GateFacts: Sendable, Equatable {
    package var isErased = false
    package var hasAddress = false
    package var isAddressWellFormed = false
    /// `do_not_contact` on the person, or a tenant-wide entry for the address.
    package var isDoNotContact = false
    /// The do-not-contact entry covers marketing only.
    package var doNotContactIsMarketingOnly = false
    package var suppression: SuppressionReason?
    /// `allow.CHANNEL: no`.
    package var hasRefusedChannel = false
    package var consent: ConsentLevel = .none
    /// A consent record exists, and is revoked.
    package var isConsentRevoked = false
    /// The record says when and from where.
    package var isProofComplete = false
    package var consentExpiresAt: Timestamp?
    package var isTopicOff = false

    // What follows is read only where the rules ask for it (`GateQuestions`).

    package var consentGivenAt: Timestamp?
    /// The contact's key: spreads what was held.
    package var contact: Int64 = 0
    package var place: Place?
    /// What the person got for the same purpose within the longest period of a cap, newest first.
    package var sends: [SendMark] = []
    /// What of higher priority is wanted for the same purpose and has not left: when each is due.
    package var rivals: [SendMark] = []
    /// When the message was first to be sent, and what it is held for. Nil before it has a row.
    package var wantedAt: Timestamp?
    package var heldFor: HoldReason?
    /// What quiet hours held, and its recipient is in the audience no more.
    package var hasLeftAudience = false

    package init() {}
}

/// A page of an audience: facts for conditions and templates in columns, and what the gate asks, row by row.
package struct RecipientPage: Sendable {
    package struct Row: Sendable {
        package var contact: ContactKey
        /// The caller's id, in the facts' pool.
        package var externalID: PackedText
        /// The address on the page's channel, normalised, in the facts' pool. Empty where there is none.
        package var address: PackedText
        package var language: PackedText
        package var gate: GateFacts
        /// How many attempts there were before; 0 for a row that was never tried.
        package var attempts: Int32
        /// The ledger's row, where the page is of a launch.
        package var place = RowPlace(step: 0)

        package init(
            contact: ContactKey, externalID: PackedText, address: PackedText, language: PackedText, gate: GateFacts,
            attempts: Int32
        ) {
            self.contact = contact
            self.externalID = externalID
            self.address = address
            self.language = language
            self.gate = gate
            self.attempts = attempts
        }
    }

    package var rows: [Row] = []
    package var facts: FactPage
    /// One a row where the query asks for it, otherwise none.
    package var histories: [HistoryFacts] = []
    /// The suppression epoch under which all of it was read, in the same snapshot.
    package var suppressionEpoch: Int64 = 0

    package init(slotCount: Int) {
        facts = FactPage(slotCount: slotCount)
    }

    package mutating func removeAll() {
        rows.removeAll(keepingCapacity: true)
        facts.removeAll()
        histories.removeAll(keepingCapacity: true)
    }
}

/// Whether somebody is still in an audience.
package struct AudienceMembership: Sendable {
    package var audience: CheckedAudience
    package var offices: OfficeClocks

    package init(audience: CheckedAudience, offices: OfficeClocks) {
        self.audience = audience
        self.offices = offices
    }
}

/// Which facts a page must carry, and for which channel and purpose the gate will ask.
package struct RecipientQuery: Sendable {
    package var channelKind: String
    package var purpose: Purpose
    package var topic: String?
    /// Schema slots to load.
    package var slots: [Int]
    package var schema: ContactSchema
    /// What of the past the texts and traces look at.
    package var history: HistoryNeeds
    /// What the gate looks at beyond permissions.
    package var questions = GateQuestions()
    /// Asked again of what quiet hours held. Nil: that isn't asked.
    package var membership: AudienceMembership?

    package init(
        channelKind: String, purpose: Purpose, topic: String?, slots: [Int], schema: ContactSchema,
        history: HistoryNeeds = HistoryNeeds()
    ) {
        self.history = history
        self.channelKind = channelKind
        self.purpose = purpose
        self.topic = topic
        self.slots = slots
        self.schema = schema
    }
}
