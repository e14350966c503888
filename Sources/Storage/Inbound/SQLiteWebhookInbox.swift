package import RuleEngine
package import Runner

/// Requests of providers and what they said, in the database.
package final class SQLiteWebhookInbox: WebhookInbox {
    let connection: Connection
    let hasher: AddressHasher
    let permissions: PermissionWriting
    /// As far as the transaction under way knows.
    private(set) var hasPrograms = false

    package init(_ connection: Connection, key: DataKey) throws(StoreError) {
        self.connection = connection
        hasher = AddressHasher(key)
        permissions = PermissionWriting(connection, try HistoryWriting(connection))
    }

    package func store(_ webhooks: [RawWebhook]) throws(StoreError) -> [Bool] {
        try connection.transaction { () throws(StoreError) in
            var isNew: [Bool] = []
            for webhook in webhooks { isNew.append(try insert(webhook)) }
            return isNew
        }
    }

    /// Inside of a transaction. False where this very request is there already.
    @discardableResult
    func insert(_ webhook: RawWebhook) throws(StoreError) -> Bool {
        let statement = try connection.prepare(
            """
            INSERT INTO webhook (channel, channel_kind, provider, received_at, fingerprint, method, url, content_type,
                message_id, body)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT DO NOTHING
            """
        )
        statement.bind(1, webhook.channel)
        statement.bind(2, webhook.channelKind)
        statement.bind(3, webhook.provider)
        statement.bind(4, webhook.receivedAt.microseconds)
        statement.bindBlob(5, webhook.fingerprint)
        statement.bind(6, webhook.method)
        statement.bind(7, webhook.url)
        statement.bind(8, webhook.contentType)
        statement.bind(9, webhook.messageID)
        statement.bindBlob(10, webhook.body)
        try statement.run()
        return connection.changes == 1
    }

    package func unread(limit: Int) throws(StoreError) -> [RawWebhook] {
        let statement = try connection.prepare(
            """
            SELECT id, channel, channel_kind, provider, received_at, fingerprint, method, url, content_type, message_id, body
            FROM webhook WHERE state = 0 ORDER BY id LIMIT ?1
            """
        )
        statement.bind(1, Int64(limit))
        var found: [RawWebhook] = []
        while try statement.step() {
            var webhook = RawWebhook(
                channel: statement.string(1), channelKind: statement.string(2), provider: statement.string(3),
                receivedAt: Timestamp(microseconds: statement.integer(4)), fingerprint: statement.blob(5),
                method: statement.string(6), url: statement.string(7), contentType: statement.string(8),
                messageID: statement.string(9), body: statement.blob(10)
            )
            webhook.id = statement.integer(0)
            found.append(webhook)
        }
        return found
    }

    package func apply(
        _ readings: ArraySlice<WebhookReading>, now: Timestamp
    ) throws(StoreError) -> (count: Int, tally: InboundTally) {
        try connection.transaction { () throws(StoreError) in
            var count = 0
            var tally = InboundTally()
            try lookForPrograms()
            for reading in readings {
                // A handful costs less than the sync behind them.
                if count >= 8, connection.isAwaited { break }
                count += 1
                switch reading.content {
                case .events(let records, let mayLift):
                    let writing = EventWriting(inbox: self, webhook: reading.webhook, mayLift: mayLift, now: now)
                    for record in records { tally += try writing.write(record) }
                    try finish(reading.webhook, state: 1, problem: nil)
                case .unreadable(let reason): try finish(reading.webhook, state: 2, problem: reason)
                }
            }
            if tally.permissions > 0 { try connection.raiseSuppressionEpoch() }
            return (count, tally)
        }
    }

    func lookForPrograms() throws(StoreError) {
        hasPrograms = try connection.integer("SELECT EXISTS (SELECT 1 FROM launch WHERE kind = 1 AND state < 3)") == 1
    }

    package func purge(before: Timestamp, limit: Int) throws(StoreError) -> Int {
        try connection.transaction { () throws(StoreError) in
            let statement = try connection.prepare(
                """
                DELETE FROM webhook WHERE id IN
                    (SELECT id FROM webhook WHERE state <> 0 AND received_at < ?1 ORDER BY received_at LIMIT ?2)
                """
            )
            statement.bind(1, before.microseconds)
            statement.bind(2, Int64(limit))
            try statement.run()
            return connection.changes
        }
    }

    package func events(of contact: ContactKey, limit: Int) throws(StoreError) -> [InboundEntry] {
        let statement = try connection.prepare(
            """
            SELECT event_key, kind, at, meaning, text, launch, contact, step, occurrence FROM channel_event
            WHERE contact = ?1 ORDER BY at DESC, id DESC LIMIT ?2
            """
        )
        statement.bind(1, contact.rawValue)
        statement.bind(2, Int64(limit))
        var entries: [InboundEntry] = []
        while try statement.step() {
            entries.append(
                InboundEntry(
                    key: statement.string(0), kind: statement.string(1),
                    at: Timestamp(microseconds: statement.integer(2)), meaning: statement.optionalString(3),
                    text: statement.optionalString(4),
                    delivery: statement.isNull(5) ? nil : DeliveryMatch.key(statement, first: 5)))
        }
        return entries
    }

    private func finish(_ webhook: RawWebhook, state: Int64, problem: String?) throws(StoreError) {
        let statement = try connection.prepare(
            "UPDATE webhook SET state = ?2, problem = ?3 WHERE id = ?1 AND state = 0")
        statement.bind(1, webhook.id)
        statement.bind(2, state)
        statement.bind(3, problem)
        try statement.run()
    }
}

extension SQLiteStore {
    package func openInbox() throws(StoreError) -> any WebhookInbox {
        try SQLiteWebhookInbox(try connect(), key: key)
    }
}
