package import RuleEngine
package import Runner

/// Conversations of the web chat, in the database.
package final class SQLiteChatStore: ChatStore {
    private let connection: Connection
    private let inbox: SQLiteWebhookInbox
    private let hasher: AddressHasher

    package init(_ connection: Connection, key: DataKey) throws(StoreError) {
        self.connection = connection
        inbox = try SQLiteWebhookInbox(connection, key: key)
        hasher = AddressHasher(key)
    }

    package func visit(
        _ visitor: ChatVisitor, page: String?, creates: Bool, now: Timestamp
    ) throws(StoreError) -> ChatMarks? {
        try connection.transaction { () throws(StoreError) in
            if creates {
                let insert = try connection.prepare(
                    """
                    INSERT INTO chat_visitor (channel, visitor, page, created_at, seen_at) VALUES (?1, ?2, ?3, ?4, ?4)
                    ON CONFLICT DO UPDATE SET page = ifnull(excluded.page, page), seen_at = excluded.seen_at
                    """
                )
                bind(visitor, to: insert)
                insert.bind(3, page)
                insert.bind(4, now.microseconds)
                try insert.run()
            }
            return try marks(of: visitor)
        }
    }

    private func marks(of visitor: ChatVisitor) throws(StoreError) -> ChatMarks? {
        let statement = try connection.prepare(
            "SELECT last_seq, delivered_seq, read_seq FROM chat_visitor WHERE channel = ?1 AND visitor = ?2")
        bind(visitor, to: statement)
        defer { statement.reset() }
        guard try statement.step() else { return nil }
        return ChatMarks(
            last: statement.integer(0), delivered: statement.integer(1), read: statement.integer(2))
    }

    package func identify(
        _ visitor: ChatVisitor, as externalID: String, now: Timestamp
    ) throws(StoreError) -> Bool {
        try connection.transaction { () throws(StoreError) in
            let find = try connection.prepare("SELECT id FROM contact WHERE external_id = ?1 AND erased = 0")
            find.bind(1, externalID)
            guard try find.step() else {
                find.reset()
                return false
            }
            let contact = find.integer(0)
            find.reset()
            // A person chats under one address per site; another one that was imported stays the first.
            let insert = try connection.prepare(
                """
                INSERT INTO identity (contact, kind, rank, address, address_key)
                SELECT ?1, 'webchat', (SELECT count(*) FROM identity WHERE contact = ?1 AND kind = 'webchat'), ?2, ?3
                WHERE NOT EXISTS (
                    SELECT 1 FROM identity WHERE contact = ?1 AND kind = 'webchat' AND address = ?2)
                """
            )
            insert.bind(1, contact)
            insert.bind(2, visitor.id)
            insert.bindBlob(3, hasher.key(kind: "webchat", visitor.id))
            try insert.run()
            let tie = try connection.prepare(
                "UPDATE chat_visitor SET contact = ?3 WHERE channel = ?1 AND visitor = ?2")
            bind(visitor, to: tie)
            tie.bind(3, contact)
            try tie.run()
            return true
        }
    }

    package func append(
        _ body: String, from source: ChatMessage.Source, key: String, to visitor: ChatVisitor,
        webhook: (Int64) -> RawWebhook?, now: Timestamp
    ) throws(StoreError) -> (sequence: Int64, isNew: Bool)? {
        try connection.transaction { () throws(StoreError) in
            guard let marks = try marks(of: visitor) else { return nil }
            if let known = try sequence(of: key, source, visitor) { return (known, false) }
            let next = marks.last + 1
            let insert = try connection.prepare(
                """
                INSERT INTO chat_message (channel, visitor, seq, source, key, body, at)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                """
            )
            bind(visitor, to: insert)
            insert.bind(3, next)
            insert.bind(4, Int64(source.rawValue))
            insert.bind(5, key)
            insert.bind(6, body)
            insert.bind(7, now.microseconds)
            try insert.run()
            let move = try connection.prepare(
                "UPDATE chat_visitor SET last_seq = ?3, seen_at = max(seen_at, ?4) WHERE channel = ?1 AND visitor = ?2")
            bind(visitor, to: move)
            move.bind(3, next)
            move.bind(4, now.microseconds)
            try move.run()
            if let webhook = webhook(next) { try inbox.insert(webhook) }
            return (next, true)
        }
    }

    private func sequence(
        of key: String, _ source: ChatMessage.Source, _ visitor: ChatVisitor
    ) throws(StoreError) -> Int64? {
        let statement = try connection.prepare(
            "SELECT seq FROM chat_message WHERE channel = ?1 AND visitor = ?2 AND source = ?3 AND key = ?4")
        bind(visitor, to: statement)
        statement.bind(3, Int64(source.rawValue))
        statement.bind(4, key)
        defer { statement.reset() }
        return try statement.step() ? statement.integer(0) : nil
    }

    package func messages(
        of visitor: ChatVisitor, after: Int64, limit: Int
    ) throws(StoreError) -> [ChatMessage] {
        let statement = try connection.prepare(
            """
            SELECT seq, source, body, at FROM chat_message
            WHERE channel = ?1 AND visitor = ?2 AND seq > ?3 ORDER BY seq LIMIT ?4
            """
        )
        bind(visitor, to: statement)
        statement.bind(3, after)
        statement.bind(4, Int64(limit))
        defer { statement.reset() }
        var messages: [ChatMessage] = []
        while try statement.step() {
            messages.append(
                ChatMessage(
                    sequence: statement.integer(0),
                    source: ChatMessage.Source(rawValue: Int(statement.integer(1))) ?? .us, body: statement.string(2),
                    at: Timestamp(microseconds: statement.integer(3))))
        }
        return messages
    }

    package func mark(
        _ visitor: ChatVisitor, delivered: Int64, read: Int64, webhook: (String, Int64, Timestamp) -> RawWebhook,
        now: Timestamp
    ) throws(StoreError) -> Bool {
        try connection.transaction { () throws(StoreError) in
            guard let marks = try marks(of: visitor) else { return false }
            var hasMoved = false
            for (name, asked, before) in [
                ("delivered", min(delivered, marks.last), marks.delivered), ("read", min(read, marks.last), marks.read),
            ] where asked > before {
                let move = try connection.prepare(
                    "UPDATE chat_visitor SET \(name)_seq = ?3 WHERE channel = ?1 AND visitor = ?2")
                bind(visitor, to: move)
                move.bind(3, asked)
                try move.run()
                guard let at = try lastOfOurs(visitor, upTo: asked, behind: before) else { continue }
                try inbox.insert(webhook(name, asked, at))
                hasMoved = true
            }
            return hasMoved
        }
    }

    private func lastOfOurs(
        _ visitor: ChatVisitor, upTo: Int64, behind: Int64
    ) throws(StoreError) -> Timestamp? {
        let statement = try connection.prepare(
            """
            SELECT max(at) FROM chat_message
            WHERE channel = ?1 AND visitor = ?2 AND seq > ?3 AND seq <= ?4 AND source = 1
            """
        )
        bind(visitor, to: statement)
        statement.bind(3, behind)
        statement.bind(4, upTo)
        defer { statement.reset() }
        return try statement.step() ? statement.optionalInteger(0).map(Timestamp.init(microseconds:)) : nil
    }

    package func forget(before: Timestamp, limit: Int) throws(StoreError) -> Int {
        try connection.transaction { () throws(StoreError) in
            let old = """
                SELECT channel, visitor FROM chat_visitor WHERE seen_at < ?1 ORDER BY seen_at LIMIT ?2
                """
            var count = 0
            for table in ["chat_message", "chat_visitor"] {
                let statement = try connection.prepare(
                    "DELETE FROM \(table) WHERE (channel, visitor) IN (\(old))")
                statement.bind(1, before.microseconds)
                statement.bind(2, Int64(limit))
                try statement.run()
                count = connection.changes
            }
            return count
        }
    }

    private func bind(_ visitor: ChatVisitor, to statement: Statement) {
        statement.bind(1, visitor.channel)
        statement.bind(2, visitor.id)
    }
}

extension SQLiteStore {
    package func openChats() throws(StoreError) -> any ChatStore {
        try SQLiteChatStore(try connect(), key: key)
    }
}
