package import RuleEngine
package import Runner

/// How long things are kept, and the end of it.
package final class SQLiteRetentionStore: RetentionStore {
    private let connection: Connection

    package init(_ connection: Connection) {
        self.connection = connection
    }

    package func rules() throws(StoreError) -> [RetentionRule] {
        let statement = try connection.prepare(
            "SELECT kind, channel, days FROM retention WHERE tenant = 1 ORDER BY kind, channel")
        var found: [RetentionRule] = []
        while try statement.step() {
            guard let kind = RetentionRule.Kind(rawValue: statement.string(0)) else { continue }
            let channel = statement.string(1)
            found.append(
                RetentionRule(kind: kind, channel: channel.isEmpty ? nil : channel, days: Int(statement.integer(2))))
        }
        return found
    }

    package func set(_ rule: RetentionRule) throws(StoreError) {
        try connection.transaction { () throws(StoreError) in
            let statement = try connection.prepare(
                """
                INSERT INTO retention (tenant, kind, channel, days) VALUES (1, ?1, ?2, ?3)
                ON CONFLICT DO UPDATE SET days = excluded.days
                """)
            statement.bind(1, rule.kind.rawValue)
            statement.bind(2, rule.channel ?? "")
            statement.bind(3, Int64(rule.days))
            try statement.run()
        }
    }

    package func remove(_ kind: RetentionRule.Kind, channel: String?) throws(StoreError) -> Bool {
        try connection.transaction { () throws(StoreError) in
            let statement = try connection.prepare(
                "DELETE FROM retention WHERE tenant = 1 AND kind = ?1 AND channel = ?2")
            statement.bind(1, kind.rawValue)
            statement.bind(2, channel ?? "")
            try statement.run()
            return connection.changes == 1
        }
    }

    package func sweep(now: Timestamp, limit: Int) throws(StoreError) -> [RetentionRule.Kind: Int] {
        let rules = try rules()
        guard !rules.isEmpty else { return [:] }
        var counts: [RetentionRule.Kind: Int] = [:]
        for rule in rules {
            // A channel's own rule stands in the place of the one for all.
            let own = rule.channel == nil ? rules.filter { $0.kind == rule.kind }.compactMap(\.channel) : []
            let count = try connection.transaction { () throws(StoreError) in
                try take(rule, exceptFor: own, before: now.microseconds - Int64(rule.days) * 86_400_000_000, limit)
            }
            if count > 0 { counts[rule.kind, default: 0] += count }
        }
        if rules.contains(where: { $0.kind == .messages }) { try removeFrames() }
        return counts
    }

    /// What no message is told by any more. The newest one stays, so that no later one gets a number that somebody who
    /// reads has seen with other bytes.
    private func removeFrames() throws(StoreError) {
        try connection.transaction { () throws(StoreError) in
            try connection.execute(
                """
                DELETE FROM message_frame WHERE id < (SELECT max(id) FROM message_frame) AND NOT EXISTS
                    (SELECT 1 FROM message_archive a INDEXED BY message_archive_frame WHERE a.frame = message_frame.id)
                """)
        }
    }

    /// Parameters: 1 the end, 2 how many, 3 the channel or NULL, 4 channels that have a rule of their own, as JSON.
    private func take(
        _ rule: RetentionRule, exceptFor own: [String], before end: Int64, _ limit: Int
    ) throws(StoreError) -> Int {
        var count = 0
        for sql in Self.statements(rule.kind) {
            let statement = try connection.prepare(sql)
            statement.bind(1, end)
            statement.bind(2, Int64(limit))
            if rule.kind.isOfChannels {
                statement.bind(3, rule.channel)
                statement.bind(4, JSON(own).compactText)
            }
            try statement.run()
            count += connection.changes
        }
        return count
    }

    private static func ofChannel(_ column: String) -> String {
        "(?3 IS NULL OR \(column) = ?3) AND \(column) NOT IN (SELECT value FROM json_each(?4))"
    }

    private static func statements(_ kind: RetentionRule.Kind) -> [String] {
        guard kind == .chats else { return [statement(kind)] }
        let files = """
            DELETE FROM chat_file WHERE rowid IN
                (SELECT rowid FROM chat_file WHERE at < ?1 AND \(ofChannel("channel")) LIMIT ?2)
            """
        return [statement(kind), files]
    }

    package static let messages =
        """
        UPDATE message_archive SET frame = NULL, content = NULL WHERE (launch, contact, step, occurrence) IN
            (SELECT a.launch, a.contact, a.step, a.occurrence FROM message_frame f
            CROSS JOIN message_archive a INDEXED BY message_archive_frame ON a.frame = f.id AND a.frame IS NOT NULL
            JOIN delivery d ON d.tenant = 1 AND d.launch = a.launch AND d.contact = a.contact AND d.step = a.step
                AND d.occurrence = a.occurrence
            JOIN launch l ON l.id = a.launch
            WHERE a.at < ?1 AND \(ofChannel("ifnull(d.channel, l.channel_id)")) LIMIT ?2)
        """

    private static func statement(_ kind: RetentionRule.Kind) -> String {
        switch kind {
        case .webhooks:
            """
            DELETE FROM webhook WHERE id IN (SELECT id FROM webhook WHERE state <> 0 AND received_at < ?1
                AND \(ofChannel("channel")) ORDER BY received_at LIMIT ?2)
            """
        case .inbound:
            // That something came, and its name, stays: a repetition is still known as one.
            """
            UPDATE channel_event SET text = NULL, detail = NULL, address = NULL, needs_review = 0
            WHERE id IN (SELECT id FROM channel_event WHERE kind = 'inbound' AND at < ?1 AND state <> 0
                AND (text IS NOT NULL OR detail IS NOT NULL OR address IS NOT NULL)
                AND \(ofChannel("channel")) LIMIT ?2)
            """
        case .statuses:
            """
            DELETE FROM channel_event WHERE id IN (SELECT id FROM channel_event WHERE kind <> 'inbound' AND at < ?1
                AND state <> 0 AND \(ofChannel("channel")) LIMIT ?2)
            """
        case .clicks:
            """
            DELETE FROM link_click WHERE (contact, launch, step, occurrence, link, at) IN
                (SELECT contact, launch, step, occurrence, link, at FROM link_click WHERE at < ?1 LIMIT ?2)
            """
        case .addresses:
            """
            UPDATE delivery SET address = NULL WHERE (tenant, launch, contact, step, occurrence) IN
                (SELECT d.tenant, d.launch, d.contact, d.step, d.occurrence
                FROM delivery d JOIN launch l ON l.id = d.launch
                WHERE d.address IS NOT NULL AND d.state >= 10 AND d.updated_at < ?1
                    AND \(ofChannel("ifnull(d.channel, l.channel_id)")) LIMIT ?2)
            """
        case .messages: messages
        case .chats:
            """
            DELETE FROM chat_message WHERE (channel, visitor, seq) IN
                (SELECT channel, visitor, seq FROM chat_message WHERE at < ?1 AND \(ofChannel("channel")) LIMIT ?2)
            """
        case .events:
            """
            DELETE FROM event WHERE (contact, name, occurred_at, seq) IN
                (SELECT contact, name, occurred_at, seq FROM event WHERE occurred_at < ?1 LIMIT ?2)
            """
        }
    }
}

extension SQLiteStore {
    package func openRetention() throws(StoreError) -> any RetentionStore {
        SQLiteRetentionStore(try connect())
    }
}
