package import RuleEngine
package import Runner

/// A reading of one recipient, prepared: by what is asked, and under which columns.
struct RecipientReadKey: Hashable {
    let channelKind: String
    let purpose: Purpose
    let topic: String?
    let fields: [String]
    let slots: [Int]
}

final class RecipientRead {
    let statement: Statement
    let reading: RecipientReading
    let tableVersion: Int64

    init(statement: Statement, reading: RecipientReading, tableVersion: Int64) {
        self.statement = statement
        self.reading = reading
        self.tableVersion = tableVersion
    }
}

/// The ledger's rows of messages that runs have ordered.
extension SQLiteJourneyStore {
    package func plan(
        _ key: DeliveryKey, channel: String, expires: Timestamp?, now: Timestamp
    ) throws(StoreError) {
        let statement = try connection.prepare(
            """
            INSERT INTO delivery (
                tenant, launch, contact, step, occurrence, state, created_at, updated_at, channel, expires_at
            ) VALUES (1, ?1, ?2, ?3, ?15, 0, ?4, ?4, ?5, ?6) ON CONFLICT DO NOTHING
            """)
        bind(key, to: statement)
        statement.bind(4, now.microseconds)
        statement.bind(5, channel)
        statement.bind(6, expires?.microseconds)
        try statement.run()
    }

    package func due(on channel: String, at now: Timestamp, limit: Int) throws(StoreError) -> [DueDelivery] {
        let statement = try connection.prepare(
            """
            SELECT launch, contact, step, occurrence, attempts, created_at, expires_at, state, reason FROM delivery
            WHERE channel = ?1 AND ifnull(not_before, 0) <= ?2
                AND (state = 0 OR state = 1 OR state = 3) AND occurrence > 4294967295
            ORDER BY ifnull(not_before, 0) LIMIT ?3
            """)
        statement.bind(1, channel)
        statement.bind(2, now.microseconds)
        statement.bind(3, Int64(limit))
        defer { statement.reset() }
        var found: [DueDelivery] = []
        while try statement.step() {
            found.append(
                DueDelivery(
                    key: DeliveryKey(
                        launch: LaunchID(rawValue: statement.integer(0)),
                        contact: ContactKey(rawValue: statement.integer(1)),
                        step: Int32(truncatingIfNeeded: statement.integer(2)), occurrence: statement.integer(3)),
                    attempts: Int32(truncatingIfNeeded: statement.integer(4)),
                    createdAt: Timestamp(microseconds: statement.integer(5)),
                    expiresAt: statement.optionalInteger(6).map(Timestamp.init(microseconds:)),
                    heldFor: statement.integer(7) == Int64(DeliveryState.deferred.rawValue)
                        ? statement.optionalString(8).flatMap(HoldReason.init(rawValue:)) : nil))
        }
        return found
    }

    package func recipient(
        _ contact: ContactKey, _ query: RecipientQuery, into page: inout RecipientPage
    ) throws(StoreError) {
        page.removeAll()
        let read = try recipientRead(query)
        GateSource.bind(query, to: read.statement)
        read.statement.bind(5, contact.rawValue)
        defer { read.statement.reset() }
        guard try read.statement.step() else { return }
        read.reading.append(read.statement, to: &page)
        page.suppressionEpoch = try connection.suppressionEpoch()
        try GateQuestionsReading(connection: connection, query: query).complete(&page)
        if !query.history.isEmpty {
            page.histories.append(
                try HistoryReading(connection: connection).facts(of: contact, query.history, now: nil))
        }
    }

    private func recipientRead(_ query: RecipientQuery) throws(StoreError) -> RecipientRead {
        let key = RecipientReadKey(
            channelKind: query.channelKind, purpose: query.purpose, topic: query.topic,
            fields: query.slots.map { query.schema.fields[$0].name }, slots: query.slots)
        let version = try tableVersion()
        if let known = recipientReads[key], known.tableVersion == version { return known }
        let columns = ContactColumns(schema: query.schema, existing: try table.columns(connection))
        let reading = RecipientReading(query, columns: columns, contact: "c.id", attempts: "0")
        let read = RecipientRead(
            statement: try connection.prepareOnce(
                "SELECT \(reading.columns) FROM contact c \(GateSource.joins(on: "c.id")) WHERE c.id = ?5"),
            reading: reading, tableVersion: version)
        recipientReads[key] = read
        return read
    }

    // MARK: Moving rows

    package func intend(_ intent: SendIntent, key: DeliveryKey, now: Timestamp) throws(StoreError) -> Bool {
        guard let epoch = try connection.meta("runner_epoch") else {
            throw .unusable("no runner has begun on this data folder")
        }
        let statement = rows.intend
        bind(key, to: statement)
        statement.bind(4, Int64(intent.attempt))
        statement.bind(5, epoch)
        statement.bind(6, now.microseconds)
        statement.bind(7, intent.deadline.microseconds)
        statement.bind(8, intent.costMicros)
        statement.bind(9, intent.address)
        statement.bindBlob(10, intent.bodyHash)
        statement.bind(11, intent.channel)
        try statement.run()
        guard connection.changes == 1 else { return false }
        if let message = intent.archive {
            var archive = ArchiveWriting(connection)
            try archive.write(message, of: key, now: now.microseconds)
        }
        // Tells recovery that this launch may have rows in `sending`.
        let mark = try connection.prepare("UPDATE launch SET epoch = ?2 WHERE id = ?1 AND epoch <> ?2")
        mark.bind(1, key.launch.rawValue)
        mark.bind(2, epoch)
        try mark.run()
        return true
    }

    package func settle(
        _ outcome: OutcomeRecord, key: DeliveryKey, channelKind: String, now: Timestamp
    ) throws(StoreError) -> Bool {
        let statement: Statement
        switch outcome.result {
        case .accepted(let providerID):
            statement = rows.accept
            // Some servers give none: what is NULL is in no index.
            statement.bind(7, providerID.isEmpty ? nil : providerID)
        case .rejected(let code, _):
            statement = rows.reject
            statement.bind(7, code)
        case .retry(let reason, let notBefore):
            statement = rows.retry
            statement.bind(7, reason)
            statement.bind(8, notBefore.microseconds)
        case .failed(let reason):
            statement = rows.fail
            statement.bind(7, reason)
        case .uncertain(let kind):
            statement = rows.doubt
            statement.bind(7, kind)
        }
        bind(key, to: statement)
        statement.bind(4, Int64(outcome.attempt))
        statement.bind(5, try connection.meta("runner_epoch") ?? 0)
        statement.bind(6, now.microseconds)
        try statement.run()
        guard connection.changes == 1 else { return false }
        if case .rejected(let code, let reason?) = outcome.result {
            try AddressSuppression(connection: connection, key: self.key).write(
                key, channelKind: channelKind, reason: reason, code: code, now: now)
            try connection.raiseSuppressionEpoch()
        }
        return true
    }

    package func close(
        _ key: DeliveryKey, as state: DeliveryState, reason: String, now: Timestamp
    ) throws(StoreError) -> Bool {
        precondition(!state.isOpen && state != .accepted, "only what was not sent is closed")
        let statement = try connection.prepare(
            """
            UPDATE delivery SET state = ?4, updated_at = ?5, reason = ?6, not_before = NULL
            WHERE tenant = 1 AND launch = ?1 AND contact = ?2 AND step = ?3 AND occurrence = ?15
                AND (state = 0 OR state = 1 OR state = 3)
            """)
        bind(key, to: statement)
        statement.bind(4, Int64(state.rawValue))
        statement.bind(5, now.microseconds)
        statement.bind(6, reason)
        try statement.run()
        return connection.changes == 1
    }

    package func `defer`(
        _ key: DeliveryKey, until: Timestamp, reason: String, now: Timestamp
    ) throws(StoreError) {
        let statement = rows.hold
        bind(key, to: statement)
        statement.bind(4, now.microseconds)
        statement.bind(5, reason)
        statement.bind(6, until.microseconds)
        try statement.run()
    }

    package func fate(of key: DeliveryKey) throws(StoreError) -> DeliveryFate? {
        let statement = try connection.prepare(
            """
            SELECT d.state, d.reason, d.accepted_at, t.rank, t.flags, t.code, t.delivered_at, t.read_at, t.clicked_at,
                t.failed_at, t.last_at, EXISTS (SELECT 1 FROM channel_event e WHERE e.contact = d.contact
                    AND e.launch = d.launch AND e.step = d.step AND e.occurrence = d.occurrence AND e.kind = 'inbound')
            FROM delivery d
            LEFT JOIN delivery_status t ON t.tenant = 1 AND t.launch = d.launch AND t.contact = d.contact
                AND t.step = d.step AND t.occurrence = d.occurrence
            WHERE d.tenant = 1 AND d.launch = ?1 AND d.contact = ?2 AND d.step = ?3 AND d.occurrence = ?15
            """)
        bind(key, to: statement)
        defer { statement.reset() }
        guard try statement.step(), let state = DeliveryState(rawValue: Int(statement.integer(0))) else { return nil }
        func time(_ column: Int32) -> Timestamp? {
            statement.optionalInteger(column).map(Timestamp.init(microseconds:))
        }
        let news = time(10).map { last in
            DeliveryNews(
                rank: Int(statement.integer(3)), flags: Int(statement.integer(4)), code: statement.optionalString(5),
                deliveredAt: time(6), readAt: time(7), clickedAt: time(8), failedAt: time(9), lastAt: last)
        }
        return DeliveryFate(
            state: state, reason: statement.optionalString(1), acceptedAt: time(2), news: news,
            hasReply: statement.integer(11) != 0)
    }

    package func expiry(of key: DeliveryKey) throws(StoreError) -> Timestamp? {
        let statement = try connection.prepare(
            """
            SELECT expires_at FROM delivery
            WHERE tenant = 1 AND launch = ?1 AND contact = ?2 AND step = ?3 AND occurrence = ?15
            """)
        bind(key, to: statement)
        defer { statement.reset() }
        return try statement.step() ? statement.optionalInteger(0).map(Timestamp.init(microseconds:)) : nil
    }

    package func spent(on program: String, since: Timestamp?) throws(StoreError) -> Int64 {
        let statement = try connection.prepare(
            """
            SELECT ifnull(sum(d.cost_micros), 0) FROM launch l
            CROSS JOIN delivery d NOT INDEXED ON d.tenant = 1 AND d.launch = l.id
            WHERE l.tenant = 1 AND l.program = ?1 AND l.kind = 1 AND d.state IN (2, 4, 10, 16)
                AND ifnull(d.started_at, d.created_at) >= ?2
            """)
        statement.bind(1, program)
        statement.bind(2, since?.microseconds ?? Int64.min)
        defer { statement.reset() }
        return try statement.step() ? statement.integer(0) : 0
    }

    /// Parameters 1 to 3, and 15.
    private func bind(_ key: DeliveryKey, to statement: Statement) {
        statement.bind(1, key.launch.rawValue)
        statement.bind(2, key.contact.rawValue)
        statement.bind(3, Int64(key.step))
        statement.bind(15, key.occurrence)
    }
}
