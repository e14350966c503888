package import RuleEngine

/// Which messages that somebody asked for are meant: the newest first.
package struct MessageSearch: Sendable {
    package var contact: ContactKey?
    package var channel: String?
    package var template: String?
    package var kind: MessageRequest.Kind?
    package var state: DeliveryState?
    package var lead: String?
    package var since: Timestamp?
    package var until: Timestamp?

    package init() {}
}

package struct FoundMessage: Sendable {
    package var number: Int64
    package var delivery: FoundDelivery
    package var kind: String
    package var template: String?
    package var purpose: String
    package var priority: String
    package var lead: String?
    package var scheduledAt: Timestamp?
    package var costMicros: Int64
    package var actor: String
    package var at: Timestamp

    package init(
        number: Int64, delivery: FoundDelivery, kind: String, template: String?, purpose: String, priority: String,
        lead: String?, scheduledAt: Timestamp?, costMicros: Int64, actor: String, at: Timestamp
    ) {
        self.number = number
        self.delivery = delivery
        self.kind = kind
        self.template = template
        self.purpose = purpose
        self.priority = priority
        self.lead = lead
        self.scheduledAt = scheduledAt
        self.costMicros = costMicros
        self.actor = actor
        self.at = at
    }

    package func json(_ sealer: ReferenceSealer, showsPersonal: Bool, now: Timestamp) -> JSON {
        let record = delivery.record
        let status = MessageStatus.of(record.state, scheduledAt: scheduledAt, news: record.recipientStatus, now: now)
        return [
            "id": .string(sealer.seal(delivery.key)), "status": .string(status), "state": .string(record.state.name),
            "reason": JSON(record.reason), "type": .string(kind), "channel": .string(record.channelID),
            "contact": .string(record.externalID), "lead": JSON(lead),
            "to": showsPersonal && !record.address.isEmpty ? .string(record.address) : .null,
            "template": JSON(template), "purpose": .string(purpose), "priority": .string(priority),
            "scheduled_at": JSON(scheduledAt.map(ISOInstant.text)),
            "not_before": record.state == .deferred || record.state == .retryWait
                ? JSON(record.notBefore.map(ISOInstant.text)) : .null,
            "created_at": .string(ISOInstant.text(at)), "sent_at": JSON(record.acceptedAt.map(ISOInstant.text)),
            "provider_id": JSON(record.providerID), "attempts": JSON(Int(record.attempts)),
            "estimated_cost": ["currency": .string(record.currency), "micros": JSON(costMicros)],
            "cost": ["currency": .string(record.currency), "micros": JSON(record.costMicros)],
            "asked_by": .string(actor),
        ]
    }
}

/// The words that messages have outside; made from the ledger's states, never kept beside them.
package enum MessageStatus {
    package static let all = [
        "QUEUED", "SCHEDULED", "SENT", "DELIVERED", "READ", "FAILED", "BOUNCED", "SKIPPED", "CANCELLED",
    ]

    package static func of(
        _ state: DeliveryState, scheduledAt: Timestamp?, news: String, now: Timestamp
    ) -> String {
        switch state {
        case .planned: scheduledAt.map { $0 > now } == true ? "SCHEDULED" : "QUEUED"
        case .deferred, .retryWait, .sending, .uncertain: "QUEUED"
        case .cancelled: "CANCELLED"
        case .accepted, .skipped, .expired, .rejected, .failed, .unknownFinal: news
        }
    }
}

/// Finds messages that somebody asked for. One thread owns it.
package protocol MessageSearching: AnyObject {
    func messages(_ search: MessageSearch, _ page: PageRequest) throws(StoreError) -> FoundPage<FoundMessage>
    func message(_ key: DeliveryKey) throws(StoreError) -> FoundMessage?
    /// How many there are.
    func count() throws(StoreError) -> Int
}
