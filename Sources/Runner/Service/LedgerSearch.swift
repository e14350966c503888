package import RuleEngine

/// Which messages are meant. In the order of launch, contact and step.
package struct DeliverySearch: Sendable {
    package var program: String?
    package var launch: LaunchID?
    package var contact: ContactKey?
    package var state: DeliveryState?
    package var channel: String?

    package init() {}
}

/// A row of the ledger with what it belongs to.
package struct FoundDelivery: Sendable {
    package var key: DeliveryKey
    package var program: String
    package var record: DeliveryRecord

    package init(key: DeliveryKey, program: String, record: DeliveryRecord) {
        self.key = key
        self.program = program
        self.record = record
    }

    /// - Parameter showsPersonal: false leaves the address out.
    package func json(_ sealer: ReferenceSealer, showsPersonal: Bool) -> JSON {
        [
            "id": .string(sealer.seal(key)), "program": .string(program), "launch": JSON(key.launch.rawValue),
            "contact": .string(record.externalID), "channel": .string(record.channelID),
            "address": showsPersonal && !record.address.isEmpty ? .string(record.address) : .null,
            "status": .string(record.state.name), "recipient_status": .string(record.recipientStatus),
            "reason": JSON(record.reason), "provider_id": JSON(record.providerID),
            "attempts": JSON(Int(record.attempts)),
            "cost": ["currency": .string(record.currency), "micros": JSON(record.costMicros)],
            "created_at": .string(ISOInstant.text(record.createdAt)),
            "accepted_at": JSON(record.acceptedAt.map(ISOInstant.text)),
            // A time before the row itself is only its rank among those that are due.
            "not_before": JSON(record.notBefore.flatMap { $0 > record.createdAt ? ISOInstant.text($0) : nil }),
            "told": record.news.map { JSON($0.words) } ?? .null,
        ]
    }
}

extension DeliveryRecord {
    /// The words that lists of recipients have: made from the ledger's states, never kept beside them.
    package var recipientStatus: String {
        switch state {
        case .planned, .deferred, .retryWait, .sending, .uncertain: return "PENDING"
        case .skipped, .cancelled, .expired: return "SKIPPED"
        case .rejected, .failed, .unknownFinal: return "FAILED"
        case .accepted:
            let words = news?.words ?? []
            if words.contains("bounced") { return "BOUNCED" }
            if words.contains("failed") { return "FAILED" }
            if words.contains("read") || words.contains("opened") { return "READ" }
            return words.contains("delivered") ? "DELIVERED" : "SENT"
        }
    }
}

/// A walk of one contact through a program, in a list.
package struct FoundRun: Sendable {
    package var contact: ContactKey
    package var externalID: String
    package var program: String
    /// The program's number in the data folder.
    package var programKey: Int64
    package var occurrence: Int64
    package var node: Int
    package var due: Timestamp?
    package var startedAt: Timestamp
    package var endedAt: Timestamp?
    package var ending: String?

    package init(
        contact: ContactKey, externalID: String, program: String, programKey: Int64, occurrence: Int64, node: Int,
        due: Timestamp?, startedAt: Timestamp, endedAt: Timestamp?, ending: String?
    ) {
        self.contact = contact
        self.externalID = externalID
        self.program = program
        self.programKey = programKey
        self.occurrence = occurrence
        self.node = node
        self.due = due
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.ending = ending
    }

    package var json: JSON {
        [
            "program": .string(program), "contact": .string(externalID), "run": JSON(occurrence), "node": JSON(node),
            "state": endedAt == nil ? "open" : "ended", "due": JSON(due.map(ISOInstant.text)),
            "begun_at": .string(ISOInstant.text(startedAt)), "ended_at": JSON(endedAt.map(ISOInstant.text)),
            "ending": JSON(ending),
        ]
    }
}

/// One channel's day beyond what the ledger's daily figures say.
package struct DailyReach: Sendable {
    package var recipients: Int
    /// How long people took to answer, in microseconds, summed over those who did.
    package var responseMicros: Int64
    package var responses: Int

    package init(recipients: Int = 0, responseMicros: Int64 = 0, responses: Int = 0) {
        self.recipients = recipients
        self.responseMicros = responseMicros
        self.responses = responses
    }
}

/// Finds messages and runs across programs. One thread owns it.
package protocol LedgerSearching: AnyObject {
    func deliveries(_ search: DeliverySearch, _ page: PageRequest) throws(StoreError) -> FoundPage<FoundDelivery>
    func delivery(_ key: DeliveryKey) throws(StoreError) -> FoundDelivery?
    func runs(
        of program: String?, contact: ContactKey?, isOpen: Bool?, _ page: PageRequest
    ) throws(StoreError) -> FoundPage<FoundRun>
    /// By day and channel: how many people were written to, and how soon those who answered did.
    func reach(
        _ days: ClosedRange<Int64>, zone: TimeZoneRules
    ) throws(StoreError) -> [DailyReachKey: DailyReach]
}

package struct DailyReachKey: Hashable, Sendable {
    package var day: Int64
    package var channel: String

    package init(day: Int64, channel: String) {
        self.day = day
        self.channel = channel
    }
}
