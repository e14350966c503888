import RuleEngine
import Runner

/// Reads what the gate looks at beyond permissions: where a person may be, what they got, since when a message waits.
/// A look-up or two per contact, and only where the rules ask: plain programs pay nothing for it.
struct GateQuestionsReading {
    let connection: Connection
    let query: RecipientQuery
    /// The launch whose row is asked about. Nil before there is one.
    var launch: LaunchID?

    func complete(_ page: inout RecipientPage) throws(StoreError) {
        if query.questions.isEmpty { return }
        for index in page.rows.indices {
            try complete(&page.rows[index].gate, of: page.rows[index].contact)
        }
    }

    func complete(_ facts: inout GateFacts, of contact: ContactKey) throws(StoreError) {
        let questions = query.questions
        if questions.isEmpty { return }
        facts.contact = contact.rawValue
        let isWeak = questions.asksPlaceOfWeakConsent && facts.consent != .none && facts.consent != .expressWritten
        if questions.asksPlace || isWeak { facts.place = try place(of: contact) }
        if let period = questions.sentWithin { facts.sends = try sends(to: contact, within: period) }
        if let priority = questions.rivalsAbove { facts.rivals = try rivals(of: contact, above: priority) }
        if questions.asksWait, let launch { try readWait(of: contact, in: launch, into: &facts) }
    }

    /// The number is the channel's own where that is one, and otherwise the telephone's.
    private func place(of contact: ContactKey) throws(StoreError) -> Place? {
        let statement = try connection.prepare(
            """
            SELECT c.time_zone, c.country, (
                SELECT i.address FROM identity i
                WHERE i.contact = c.id AND i.kind IN ('phone', ?2) AND i.rank = 0 AND substr(i.address, 1, 1) = '+'
                ORDER BY i.kind = ?2 DESC LIMIT 1
            ) FROM contact c WHERE c.id = ?1
            """
        )
        statement.bind(1, contact.rawValue)
        statement.bind(2, AddressNormalizer.kind(ofChannel: query.channelKind))
        defer { statement.reset() }
        guard try statement.step() else { return nil }
        return PlaceBook.shared.place(
            timeZone: statement.optionalString(0), country: statement.optionalString(1),
            number: statement.optionalString(2))
    }

    /// Newest first. Those within the period of the newest one are at least those within the period of now. What may
    /// have reached the person counts: sending, uncertain, accepted, unknown for good.
    private func sends(to contact: ContactKey, within period: Int64) throws(StoreError) -> [SendMark] {
        let statement = try connection.prepare(
            """
            SELECT d.started_at, l.channel_kind, d.channel, l.topic IS ?4
            FROM delivery d INDEXED BY delivery_contact JOIN launch l ON l.id = d.launch
            WHERE d.contact = ?1 AND d.started_at > (
                SELECT ifnull(max(m.started_at), 0) FROM delivery m INDEXED BY delivery_contact
                WHERE m.contact = ?1 AND m.started_at IS NOT NULL
            ) - ?2 AND d.started_at IS NOT NULL AND d.state IN (2, 4, 10, 16) AND l.purpose = ?3
            ORDER BY d.started_at DESC LIMIT 1000
            """
        )
        statement.bind(1, contact.rawValue)
        statement.bind(2, period)
        statement.bind(3, query.purpose.rawValue)
        statement.bind(4, query.topic)
        defer { statement.reset() }
        var sends: [SendMark] = []
        while try statement.step() {
            sends.append(
                SendMark(
                    at: Timestamp(microseconds: statement.integer(0)), kind: statement.string(1),
                    channel: statement.optionalString(2), isSameTopic: statement.integer(3) != 0))
        }
        return sends
    }

    /// By the launches that may have one: there are few, and a person's rows of a launch lie together.
    private func rivals(of contact: ContactKey, above priority: Int) throws(StoreError) -> [SendMark] {
        let statement = try connection.prepare(
            """
            SELECT ifnull(d.not_before, d.created_at), l.channel_kind, ifnull(d.channel, l.channel_id), l.topic IS ?4
            FROM launch l CROSS JOIN delivery d ON d.tenant = 1 AND d.launch = l.id AND d.contact = ?1
            WHERE l.state IN (0, 1) AND l.priority > ?2 AND l.purpose = ?3
                AND (d.state = 0 OR d.state = 1 OR d.state = 3) AND d.superseded = 0
            """
        )
        statement.bind(1, contact.rawValue)
        statement.bind(2, Int64(priority))
        statement.bind(3, query.purpose.rawValue)
        statement.bind(4, query.topic)
        var found: [SendMark] = []
        while try statement.step() {
            found.append(
                SendMark(
                    at: Timestamp(microseconds: statement.integer(0)), kind: statement.string(1),
                    channel: statement.optionalString(2), isSameTopic: statement.integer(3) != 0))
        }
        return found
    }

    private func readWait(of contact: ContactKey, in launch: LaunchID, into facts: inout GateFacts) throws(StoreError) {
        let statement = try connection.prepare(
            """
            SELECT min(created_at), max(CASE WHEN state = 1 THEN reason END) FROM delivery
            WHERE tenant = 1 AND launch = ?1 AND contact = ?2
            """
        )
        statement.bind(1, launch.rawValue)
        statement.bind(2, contact.rawValue)
        defer { statement.reset() }
        guard try statement.step() else { return }
        facts.wantedAt = statement.optionalInteger(0).map(Timestamp.init(microseconds:))
        facts.heldFor = statement.optionalString(1).flatMap(HoldReason.init(rawValue:))
    }
}
