package import RuleEngine
package import Runner

/// Conversations, as they were opened by what people wrote.
package final class SQLiteInbox: InboxBook {
    private let connection: Connection

    package init(_ connection: Connection) {
        self.connection = connection
    }

    // The first answer is the first message that somebody sent in it and that was not refused.
    private static let columns = """
        SELECT v.id, v.channel, c.external_id, v.opened_at, v.last_at, v.texts,
            (SELECT count(*) FROM channel_event e WHERE e.conversation = v.id AND e.kind = 'inbound'
                AND e.received_at > ifnull(v.read_at, -1)),
            v.assigned_to, v.priority, v.lead,
            (SELECT group_concat(tag, char(31)) FROM conversation_tag t WHERE t.conversation = v.id),
            (SELECT min(m.at) FROM message m JOIN delivery d ON d.tenant = 1 AND d.launch = m.launch
                AND d.contact = m.contact AND d.step = m.step AND d.occurrence = m.occurrence
                WHERE m.conversation = v.id AND d.state NOT IN (11, 14, 15)),
            v.resolved_at, v.archived_at
        FROM conversation v LEFT JOIN contact c ON c.id = v.contact
        """

    package func conversations(
        _ search: InboxSearch, activeSince: Timestamp, _ page: PageRequest
    ) throws(StoreError) -> FoundPage<FoundConversation> {
        var conditions = ["v.tenant = 1"]
        if page.after != nil { conditions.append("v.id < ?1") }
        if search.channel != nil { conditions.append("v.channel = ?2") }
        if search.contact != nil { conditions.append("v.contact = ?3") }
        if let isActive = search.isActive { conditions.append("v.last_at \(isActive ? ">=" : "<") ?4") }
        switch search.state {
        case .archived: conditions.append("v.archived_at >= v.last_at")
        case .resolved:
            conditions.append("v.resolved_at >= v.last_at AND ifnull(v.archived_at, -1) < v.last_at")
        case .open:
            conditions.append("ifnull(v.archived_at, -1) < v.last_at AND ifnull(v.resolved_at, -1) < v.last_at")
        case nil: break
        }
        if search.assignee != nil { conditions.append("v.assigned_to = ?5") }
        if search.tag != nil {
            conditions.append("EXISTS (SELECT 1 FROM conversation_tag t WHERE t.conversation = v.id AND t.tag = ?6)")
        }
        if search.lead != nil { conditions.append("v.lead = ?7") }
        if let isUnread = search.isUnread {
            conditions.append(
                """
                \(isUnread ? "" : "NOT ")EXISTS (SELECT 1 FROM channel_event e WHERE e.conversation = v.id
                    AND e.kind = 'inbound' AND e.received_at > ifnull(v.read_at, -1))
                """)
        }
        let statement = try connection.prepareOnce(
            "\(Self.columns) WHERE \(conditions.joined(separator: " AND ")) ORDER BY v.id DESC LIMIT ?8 OFFSET ?9")
        if let after = page.after { statement.bind(1, Int64(after) ?? 0) }
        if let channel = search.channel { statement.bind(2, channel) }
        if let contact = search.contact { statement.bind(3, contact.rawValue) }
        if search.isActive != nil { statement.bind(4, activeSince.microseconds) }
        if let assignee = search.assignee { statement.bind(5, assignee) }
        if let tag = search.tag { statement.bind(6, tag) }
        if let lead = search.lead { statement.bind(7, lead) }
        statement.bind(8, Int64(page.limit + 1))
        statement.bind(9, Int64(page.offset))
        var found: [FoundConversation] = []
        while try statement.step() { found.append(Self.read(statement)) }
        return FoundPage(found, limit: page.limit) { String($0.id) }
    }

    package func conversation(_ id: Int64) throws(StoreError) -> FoundConversation? {
        let find = try connection.prepare(Self.columns + " WHERE v.tenant = 1 AND v.id = ?1")
        find.bind(1, id)
        defer { find.reset() }
        guard try find.step() else { return nil }
        var conversation = Self.read(find)
        conversation.entries = try entries(of: id)
        return conversation
    }

    private func entries(of id: Int64) throws(StoreError) -> [FoundConversation.Entry] {
        let statement = try connection.prepare(
            """
            SELECT at, 'inbound', kind, text, meaning, NULL, NULL, NULL, NULL, NULL, NULL
            FROM channel_event WHERE tenant = 1 AND conversation = ?1
            UNION ALL
            SELECT at, 'outbound', kind, NULL, NULL, actor, launch, contact, step, occurrence, NULL
            FROM message WHERE conversation = ?1
            UNION ALL
            -- What else the person got here: whoever answers should know what they are talking of.
            SELECT ifnull(d.accepted_at, d.started_at), 'outbound', ifnull(m.kind, 'program'), NULL, NULL, m.actor, d.launch,
                d.contact, d.step, d.occurrence, iif(m.id IS NULL, l.program, NULL)
            FROM conversation v
            JOIN delivery d INDEXED BY delivery_contact ON d.contact = v.contact AND d.started_at IS NOT NULL
                AND d.started_at BETWEEN v.opened_at - ?2 AND v.last_at + ?2
            JOIN launch l ON l.id = d.launch AND ifnull(d.channel, l.channel_id) = v.channel
            LEFT JOIN message m ON m.contact = d.contact AND m.launch = d.launch AND m.step = d.step
                AND m.occurrence = d.occurrence
            WHERE v.id = ?1 AND d.tenant = 1 AND m.conversation IS NOT ?1
            UNION ALL
            SELECT at, 'internal', 'note', text, NULL, actor, NULL, NULL, NULL, NULL, NULL
            FROM conversation_note WHERE conversation = ?1
            ORDER BY 1 LIMIT 1000
            """)
        statement.bind(1, id)
        statement.bind(2, FoundConversation.silence)
        defer { statement.reset() }
        var entries: [FoundConversation.Entry] = []
        while try statement.step() {
            let delivery = statement.optionalInteger(6).map { launch in
                DeliveryKey(
                    launch: LaunchID(rawValue: launch), contact: ContactKey(rawValue: statement.integer(7)),
                    step: Int32(truncatingIfNeeded: statement.integer(8)), occurrence: statement.integer(9))
            }
            entries.append(
                FoundConversation.Entry(
                    at: Timestamp(microseconds: statement.integer(0)), direction: statement.string(1),
                    kind: statement.string(2), text: statement.optionalString(3), meaning: statement.optionalString(4),
                    actor: statement.optionalString(5), delivery: delivery, program: statement.optionalString(10)))
        }
        return entries
    }

    package func address(of conversation: Int64) throws(StoreError) -> (contact: ContactKey?, address: String?) {
        let statement = try connection.prepare(
            """
            SELECT v.contact, (SELECT e.address FROM channel_event e WHERE e.conversation = v.id AND e.address IS NOT NULL
                ORDER BY e.id DESC LIMIT 1)
            FROM conversation v WHERE v.id = ?1
            """)
        statement.bind(1, conversation)
        defer { statement.reset() }
        guard try statement.step() else { return (nil, nil) }
        return (statement.optionalInteger(0).map(ContactKey.init(rawValue:)), statement.optionalString(1))
    }

    package func change(_ conversation: Int64, _ change: InboxChange, now: Timestamp) throws(StoreError) {
        try connection.transaction { () throws(StoreError) in
            let statement = try connection.prepare(
                """
                UPDATE conversation SET assigned_to = CASE WHEN ?2 IS NULL THEN assigned_to ELSE nullif(?2, '') END,
                    priority = ifnull(?3, priority), lead = CASE WHEN ?4 IS NULL THEN lead ELSE nullif(?4, '') END,
                    resolved_at = CASE ?5 WHEN 'open' THEN NULL WHEN 'resolved' THEN max(?6, last_at) ELSE resolved_at END,
                    archived_at = CASE ?5 WHEN 'archived' THEN max(?6, last_at) WHEN 'open' THEN NULL
                        WHEN 'resolved' THEN NULL ELSE archived_at END,
                    read_at = CASE ?7 WHEN 0 THEN ?6 WHEN 1 THEN NULL ELSE read_at END
                WHERE id = ?1
                """)
            statement.bind(1, conversation)
            statement.bind(2, change.assignee)
            statement.bind(3, change.priority?.rawValue)
            statement.bind(4, change.lead)
            statement.bind(5, change.state?.rawValue)
            statement.bind(6, now.microseconds)
            statement.bind(7, change.isUnread.map { $0 ? 1 : 0 })
            try statement.run()
            guard let tags = change.tags else { return }
            let clear = try connection.prepare("DELETE FROM conversation_tag WHERE conversation = ?1")
            clear.bind(1, conversation)
            try clear.run()
            let insert = try connection.prepare(
                "INSERT INTO conversation_tag (conversation, tag) VALUES (?1, ?2) ON CONFLICT DO NOTHING")
            for tag in tags {
                insert.bind(1, conversation)
                insert.bind(2, tag)
                try insert.run()
            }
        }
    }

    package func note(_ text: String, on conversation: Int64, actor: String, now: Timestamp) throws(StoreError) {
        try connection.transaction { () throws(StoreError) in
            let statement = try connection.prepare(
                "INSERT INTO conversation_note (conversation, text, actor, at) VALUES (?1, ?2, ?3, ?4)")
            statement.bind(1, conversation)
            statement.bind(2, text)
            statement.bind(3, actor)
            statement.bind(4, now.microseconds)
            try statement.run()
        }
    }

    package func quickReplies() throws(StoreError) -> [QuickReply] {
        let statement = try connection.prepare("SELECT id, text, at, actor FROM quick_reply ORDER BY id")
        defer { statement.reset() }
        var found: [QuickReply] = []
        while try statement.step() {
            found.append(
                QuickReply(
                    id: statement.string(0), text: statement.string(1),
                    at: Timestamp(microseconds: statement.integer(2)), actor: statement.string(3)))
        }
        return found
    }

    package func write(_ reply: QuickReply) throws(StoreError) {
        try connection.transaction { () throws(StoreError) in
            let statement = try connection.prepare(
                """
                INSERT INTO quick_reply (id, text, at, actor) VALUES (?1, ?2, ?3, ?4)
                ON CONFLICT DO UPDATE SET text = excluded.text, at = excluded.at, actor = excluded.actor
                """)
            statement.bind(1, reply.id)
            statement.bind(2, reply.text)
            statement.bind(3, reply.at.microseconds)
            statement.bind(4, reply.actor)
            try statement.run()
        }
    }

    package func removeQuickReply(_ id: String) throws(StoreError) -> Bool {
        try connection.transaction { () throws(StoreError) in
            let statement = try connection.prepare("DELETE FROM quick_reply WHERE id = ?1")
            statement.bind(1, id)
            try statement.run()
            return connection.changes == 1
        }
    }

    private static func read(_ row: Statement) -> FoundConversation {
        func time(_ column: Int32) -> Timestamp? {
            row.optionalInteger(column).map(Timestamp.init(microseconds:))
        }
        return FoundConversation(
            id: row.integer(0), channel: row.string(1), contact: row.optionalString(2),
            openedAt: Timestamp(microseconds: row.integer(3)), lastAt: Timestamp(microseconds: row.integer(4)),
            texts: Int(row.integer(5)), unread: Int(row.integer(6)), assignee: row.optionalString(7),
            priority: FoundConversation.Priority(rawValue: row.string(8)) ?? .normal, lead: row.optionalString(9),
            tags: (row.optionalString(10) ?? "").split(separator: "\u{1F}").map(String.init).sorted(),
            firstResponseAt: time(11), resolvedAt: time(12), archivedAt: time(13))
    }
}

extension SQLiteStore {
    package func openConversations() throws(StoreError) -> any InboxBook {
        SQLiteInbox(try connect())
    }
}
