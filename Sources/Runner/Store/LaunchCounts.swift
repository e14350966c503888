package import RuleEngine

/// Counts of a launch by state, and what they cost. The accounting identity is a sum over it.
package struct LaunchCounts: Sendable, Equatable {
    /// Recipients, each in one state: where another channel was tried, the latest try counts.
    package var byState: [DeliveryState: Int] = [:]
    /// Reason → count, for skipped rows.
    package var skipped: [String: Int] = [:]
    /// Reason or code → count, for rejected and failed rows.
    package var refusals: [String: Int] = [:]
    /// Hold reason → count, for deferred rows.
    package var held: [String: Int] = [:]
    /// The last instant at which a deferred row is looked at again.
    package var heldUntil: Timestamp?
    /// Why rows expired or were cancelled.
    package var lapsed: [String: Int] = [:]
    /// Recipients who were sent something and for whom another channel may still be tried.
    package var watched = 0
    /// Accepted messages, those of earlier tries included.
    package var acceptedMessages = 0
    /// Of accepted rows, earlier tries included.
    package var costMicros: Int64 = 0
    /// Reserved by rows in `sending` and `uncertain`, and by those whose outcome nobody will ever know: the provider may
    /// charge for them.
    package var reservedMicros: Int64 = 0

    package init() {}

    package subscript(state: DeliveryState) -> Int {
        byState[state] ?? 0
    }

    package var audience: Int {
        byState.values.reduce(0, +)
    }

    package var open: Int {
        byState.reduce(0) { $1.key.isOpen ? $0 + $1.value : $0 }
    }
}

/// One row, as reports show it.
package struct DeliveryRecord: Sendable {
    package var contact: ContactKey
    package var externalID: String
    package var step: Int32
    /// Which try it is: 0 for the first.
    package var occurrence: Int64 = 0
    /// A later try by another channel stands for the recipient.
    package var isSuperseded = false
    package var channelID: String
    package var address: String
    package var state: DeliveryState
    package var reason: String?
    package var providerID: String?
    package var attempts: Int32
    package var costMicros: Int64
    package var currency: String
    package var notBefore: Timestamp?
    package var createdAt: Timestamp
    package var startedAt: Timestamp?
    package var acceptedAt: Timestamp?
    package var updatedAt: Timestamp
    /// What the provider told about it since; nil for nothing.
    package var news: DeliveryNews?

    package init(
        contact: ContactKey, externalID: String, step: Int32, channelID: String, address: String, state: DeliveryState,
        reason: String?, providerID: String?, attempts: Int32, costMicros: Int64, currency: String,
        notBefore: Timestamp?, createdAt: Timestamp, startedAt: Timestamp?, acceptedAt: Timestamp?,
        updatedAt: Timestamp, news: DeliveryNews? = nil
    ) {
        self.contact = contact
        self.externalID = externalID
        self.step = step
        self.channelID = channelID
        self.address = address
        self.state = state
        self.reason = reason
        self.providerID = providerID
        self.attempts = attempts
        self.costMicros = costMicros
        self.currency = currency
        self.notBefore = notBefore
        self.createdAt = createdAt
        self.startedAt = startedAt
        self.acceptedAt = acceptedAt
        self.updatedAt = updatedAt
        self.news = news
    }
}

/// The audience of a program, as the store can answer it: include, exclude and conditions in one query.
package struct AudienceQuery: Sendable {
    package var audience: CheckedAudience
    package var recipients: RecipientQuery
    /// `now` in conditions: one instant for the whole launch.
    package var now: Timestamp
    package var offices: OfficeClocks

    package init(
        audience: CheckedAudience, recipients: RecipientQuery, now: Timestamp, offices: OfficeClocks = OfficeClocks()
    ) {
        self.offices = offices
        self.audience = audience
        self.recipients = recipients
        self.now = now
    }
}
