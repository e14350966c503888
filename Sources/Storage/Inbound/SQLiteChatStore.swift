package import RuleEngine
package import Runner

/// Conversations of the web chat, in the database.
package final class SQLiteChatStore: ChatStore {
    let connection: Connection
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

    func marks(of visitor: ChatVisitor) throws(StoreError) -> ChatMarks? {
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

    package func merge(_ guest: ChatVisitor, into known: ChatVisitor, now: Timestamp) throws(StoreError) {
        let (from, to) = (hasher.key(kind: "webchat", guest.id), hasher.key(kind: "webchat", known.id))
        try connection.transaction { () throws(StoreError) in
            let find = try connection.prepare(
                """
                SELECT g.last_seq, k.last_seq, k.contact FROM chat_visitor g, chat_visitor k
                WHERE g.channel = ?1 AND g.visitor = ?2 AND g.contact IS NULL
                    AND k.channel = ?1 AND k.visitor = ?3 AND k.contact IS NOT NULL
                """
            )
            bind(guest, to: find)
            find.bind(3, known.id)
            guard try find.step() else { return find.reset() }
            let (count, last, contact) = (find.integer(0), find.integer(1), find.integer(2))
            find.reset()
            // The guest's keys are kept apart: two browsers may have chosen the same ones.
            try change("UPDATE chat_message SET visitor = ?3, seq = seq + ?4, key = ?2 || '/' || key", of: guest) {
                $0.bind(3, known.id)
                $0.bind(4, last)
            }
            try change("UPDATE chat_file SET visitor = ?3, seq = seq + ?4", of: guest) {
                $0.bind(3, known.id)
                $0.bind(4, last)
            }
            try change("UPDATE chat_visitor SET last_seq = ?3", of: known) { $0.bind(3, last + count) }
            // An answer that is on its way to the guest finds the person by this.
            try change("UPDATE chat_visitor SET contact = ?3, last_seq = 0, delivered_seq = 0, read_seq = 0", of: guest)
            {
                $0.bind(3, contact)
            }
            // What is still to be read of the guest's texts is the person's.
            try run(
                """
                INSERT INTO identity (contact, kind, rank, address, address_key)
                SELECT ?1, 'webchat', (SELECT count(*) FROM identity WHERE contact = ?1 AND kind = 'webchat'), ?3, ?2
                """
            ) {
                $0.bind(1, contact)
                $0.bindBlob(2, from)
                $0.bind(3, guest.id)
            }
            for table in ["channel_event", "conversation"] {
                try run("UPDATE \(table) SET contact = ?1 WHERE address_key = ?2 AND contact IS NULL") {
                    $0.bind(1, contact)
                    $0.bindBlob(2, from)
                }
            }
            // And so is a STOP that the guest has sent.
            try run(
                """
                INSERT INTO suppression (tenant, address_key, channel, reason, marketing_only, at, source)
                SELECT tenant, ?1, channel, reason, marketing_only, at, source FROM suppression WHERE address_key = ?2
                ON CONFLICT DO UPDATE SET marketing_only = 0 WHERE marketing_only = 1 AND excluded.marketing_only = 0
                """
            ) {
                $0.bindBlob(1, to)
                $0.bindBlob(2, from)
            }
            try connection.raiseSuppressionEpoch()
        }
    }

    private func change(
        _ sql: String, of visitor: ChatVisitor, _ fill: (Statement) -> Void
    ) throws(StoreError) {
        try run(sql + " WHERE channel = ?1 AND visitor = ?2") {
            bind(visitor, to: $0)
            fill($0)
        }
    }

    private func run(_ sql: String, _ fill: (Statement) -> Void) throws(StoreError) {
        let statement = try connection.prepare(sql)
        fill(statement)
        try statement.run()
    }

    package func heir(of visitor: ChatVisitor) throws(StoreError) -> ChatVisitor {
        let statement = try connection.prepare(
            """
            SELECT k.visitor FROM chat_visitor g JOIN chat_visitor k ON k.channel = g.channel AND k.contact = g.contact
            WHERE g.channel = ?1 AND g.visitor = ?2 AND g.visitor GLOB 'v_*' AND k.visitor GLOB 'u_*'
            """
        )
        bind(visitor, to: statement)
        defer { statement.reset() }
        return try statement.step() ? ChatVisitor(channel: visitor.channel, id: statement.string(0)) : visitor
    }

    package func append(
        _ body: String, from source: ChatMessage.Source, key: String, to visitor: ChatVisitor, files: [ChatFile],
        kept: [String], webhook: (Int64) -> RawWebhook?, now: Timestamp
    ) throws(StoreError) -> (sequence: Int64, isNew: Bool)? {
        try connection.transaction { () throws(StoreError) -> (sequence: Int64, isNew: Bool)? in
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
            for file in files { try self.insert(file, of: visitor, now: now) }
            for file in files.map(\.id) + kept { try tie(file, to: next, of: visitor) }
            if let webhook = webhook(next) { try inbox.insert(webhook) }
            return (next, true)
        }
    }

    func sequence(
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

    func bind(_ visitor: ChatVisitor, to statement: Statement) {
        statement.bind(1, visitor.channel)
        statement.bind(2, visitor.id)
    }
}

extension SQLiteStore {
    package func openChats() throws(StoreError) -> any ChatStore {
        try SQLiteChatStore(try connect(), key: key)
    }
}
