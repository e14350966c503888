import RuleEngine
import Runner

/// Finds the delivery that an event is about, and adds to what is known of it.
struct DeliveryMatch {
    let connection: Connection
    /// Something runs sequences or rules here, which news of messages may move.
    var hasPrograms = false

    static func key(_ statement: Statement, first: Int32) -> DeliveryKey {
        DeliveryKey(
            launch: LaunchID(rawValue: statement.integer(first)),
            contact: ContactKey(rawValue: statement.integer(first + 1)),
            step: Int32(truncatingIfNeeded: statement.integer(first + 2)),
            occurrence: statement.integer(first + 3))
    }

    /// A sealed reference is ours for sure; the row may be of a launch that was deleted.
    func exists(_ delivery: DeliveryKey) throws(StoreError) -> Bool {
        let statement = try connection.prepare(
            """
            SELECT 1 FROM delivery WHERE tenant = 1 AND launch = ?1 AND contact = ?2 AND step = ?3 AND occurrence = ?4
            """
        )
        bind(delivery, to: statement)
        defer { statement.reset() }
        return try statement.step()
    }

    /// By the provider's id, among the messages of the channel that speaks: nobody tells about another's. A batch has
    /// one id for all of its messages: there the address tells which. A message of a run names its channel itself.
    func find(_ providerIDs: [String], address: String?, channel: String) throws(StoreError) -> DeliveryKey? {
        let statement = try connection.prepare(
            """
            SELECT d.launch, d.contact, d.step, d.occurrence, d.address IS ?2
            FROM delivery d JOIN launch l ON l.id = d.launch
            WHERE d.provider_id = ?1 AND ifnull(d.channel, l.channel_id) = ?3 ORDER BY d.address IS ?2 DESC LIMIT 2
            """
        )
        for id in providerIDs where !id.isEmpty {
            statement.bind(1, id)
            statement.bind(2, address)
            statement.bind(3, channel)
            defer { statement.reset() }
            guard try statement.step() else { continue }
            let key = Self.key(statement, first: 0)
            if statement.integer(4) == 1 { return key }
            let isAmbiguous = try statement.step()
            if !isAmbiguous { return key }
        }
        return nil
    }

    /// Every message to an address up to an instant, on one channel.
    func upTo(_ watermark: Timestamp, addressKey: [UInt8], channel: String) throws(StoreError) -> [DeliveryKey] {
        let statement = try connection.prepare(
            """
            SELECT d.launch, d.contact, d.step, d.occurrence FROM identity i CROSS JOIN launch l
            JOIN delivery d ON d.tenant = 1 AND d.launch = l.id AND d.contact = i.contact
            WHERE i.address_key = ?1 AND ifnull(d.channel, l.channel_id) = ?2 AND d.state = 10 AND d.address = i.address
                AND d.started_at <= ?3
            """
        )
        statement.bindBlob(1, addressKey)
        statement.bind(2, channel)
        statement.bind(3, watermark.microseconds)
        var found: [DeliveryKey] = []
        while try statement.step() { found.append(Self.key(statement, first: 0)) }
        return found
    }

    /// A provider that tells of a message has accepted it, whatever we know: that settles a row in doubt.
    func settle(_ delivery: DeliveryKey, providerID: String?, at: Timestamp, now: Timestamp) throws(StoreError) {
        let statement = try connection.prepare(
            """
            UPDATE delivery SET state = 10, accepted_at = max(coalesce(started_at, ?5), min(?5, ?6)), updated_at = ?6,
                provider_id = coalesce(provider_id, ?7), reason = NULL, not_before = NULL
            WHERE tenant = 1 AND launch = ?1 AND contact = ?2 AND step = ?3 AND occurrence = ?4
                AND (state IN (2, 4, 16) OR (state = 3 AND attempts > 0))
            """
        )
        bind(delivery, to: statement)
        statement.bind(5, at.microseconds)
        statement.bind(6, now.microseconds)
        statement.bind(7, providerID)
        try statement.run()
    }

    func merge(_ news: StatusNews, into delivery: DeliveryKey, at: Timestamp) throws(StoreError) {
        let statement = try connection.prepare(
            """
            INSERT INTO delivery_status (tenant, launch, contact, step, occurrence, rank, flags, sent_at, delivered_at,
                read_at, failed_at, clicked_at, last_at, code)
            VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6,
                CASE WHEN ?5 = 20 THEN ?7 END, CASE WHEN ?5 = 30 THEN ?7 END, CASE WHEN ?5 = 40 THEN ?7 END,
                CASE WHEN ?5 IN (25, 35) THEN ?7 END, CASE WHEN ?6 & 2 THEN ?7 END, ?7, ?8)
            ON CONFLICT DO UPDATE SET rank = max(rank, excluded.rank), flags = flags | excluded.flags,
                sent_at = min(coalesce(sent_at, excluded.sent_at), coalesce(excluded.sent_at, sent_at)),
                delivered_at = min(coalesce(delivered_at, excluded.delivered_at),
                    coalesce(excluded.delivered_at, delivered_at)),
                read_at = min(coalesce(read_at, excluded.read_at), coalesce(excluded.read_at, read_at)),
                failed_at = min(coalesce(failed_at, excluded.failed_at), coalesce(excluded.failed_at, failed_at)),
                clicked_at = min(coalesce(clicked_at, excluded.clicked_at), coalesce(excluded.clicked_at, clicked_at)),
                last_at = max(last_at, excluded.last_at),
                code = min(coalesce(code, excluded.code), coalesce(excluded.code, code))
            """
        )
        bind(delivery, to: statement)
        statement.bind(5, Int64(news.rank))
        statement.bind(6, Int64(news.flags))
        statement.bind(7, at.microseconds)
        statement.bind(8, news.code)
        try statement.run()
        guard hasPrograms else { return }
        try CauseRow.insert(
            QueuedCause(
                contact: delivery.contact, kind: .messageNews, name: StatusNews.name(ofRank: news.rank), at: at),
            connection)
    }

    /// The address that the message went to: what an event names may be masked.
    func address(of delivery: DeliveryKey) throws(StoreError) -> String? {
        let statement = try connection.prepare(
            """
            SELECT address FROM delivery
            WHERE tenant = 1 AND launch = ?1 AND contact = ?2 AND step = ?3 AND occurrence = ?4
            """
        )
        bind(delivery, to: statement)
        defer { statement.reset() }
        return try statement.step() ? statement.optionalString(0) : nil
    }

    private func bind(_ delivery: DeliveryKey, to statement: Statement) {
        statement.bind(1, delivery.launch.rawValue)
        statement.bind(2, delivery.contact.rawValue)
        statement.bind(3, Int64(delivery.step))
        statement.bind(4, delivery.occurrence)
    }
}
