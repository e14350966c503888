package import RuleEngine
package import Runner

/// Conversations, as they were opened by what people wrote.
package final class SQLiteSessionReader: SessionReading {
    private let connection: Connection

    package init(_ connection: Connection) {
        self.connection = connection
    }

    private static let columns = """
        SELECT v.id, v.channel, c.external_id, v.opened_at, v.last_at, v.texts
        FROM conversation v LEFT JOIN contact c ON c.id = v.contact
        """

    package func sessions(
        _ search: SessionSearch, activeSince: Timestamp, _ page: PageRequest
    ) throws(StoreError) -> FoundPage<FoundSession> {
        let statement = try connection.prepare(
            """
            \(Self.columns) WHERE v.tenant = 1 AND (?1 IS NULL OR v.id < ?1) AND (?2 IS NULL OR v.channel = ?2)
                AND (?3 IS NULL OR v.contact = ?3) AND (?4 IS NULL OR (v.last_at >= ?5) = ?4)
            ORDER BY v.id DESC LIMIT ?6 OFFSET ?7
            """)
        statement.bind(1, page.after.flatMap { Int64($0) })
        statement.bind(2, search.channel)
        statement.bind(3, search.contact?.rawValue)
        statement.bind(4, search.isActive.map { $0 ? 1 : 0 })
        statement.bind(5, activeSince.microseconds)
        statement.bind(6, Int64(page.limit + 1))
        statement.bind(7, Int64(page.offset))
        var rows: [FoundSession] = []
        while try statement.step() { rows.append(Self.read(statement)) }
        return FoundPage(rows, limit: page.limit) { String($0.id) }
    }

    package func session(_ id: Int64) throws(StoreError) -> FoundSession? {
        let find = try connection.prepare(Self.columns + " WHERE v.tenant = 1 AND v.id = ?1")
        find.bind(1, id)
        guard try find.step() else { return nil }
        var session = Self.read(find)
        find.reset()
        let texts = try connection.prepare(
            """
            SELECT at, kind, text, meaning FROM channel_event WHERE tenant = 1 AND conversation = ?1
            ORDER BY at, id LIMIT 1000
            """)
        texts.bind(1, id)
        while try texts.step() {
            session.texts.append(
                FoundSession.Text(
                    at: Timestamp(microseconds: texts.integer(0)), kind: texts.string(1),
                    text: texts.optionalString(2), meaning: texts.optionalString(3)))
        }
        return session
    }

    private static func read(_ row: Statement) -> FoundSession {
        FoundSession(
            id: row.integer(0), channel: row.string(1), contact: row.optionalString(2),
            openedAt: Timestamp(microseconds: row.integer(3)), lastAt: Timestamp(microseconds: row.integer(4)),
            count: Int(row.integer(5)))
    }
}

extension SQLiteStore {
    package func openSessions() throws(StoreError) -> any SessionReading {
        SQLiteSessionReader(try connect())
    }
}
