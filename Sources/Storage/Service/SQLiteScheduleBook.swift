package import RuleEngine
package import Runner

/// Messages that come at times, by the connection of the journeys.
package final class SQLiteScheduleBook: ScheduleBook {
    private let connection: Connection

    package init(_ connection: Connection) {
        self.connection = connection
    }

    private static let columns = "id, rhythm, request, state, next_at, last_at, sent, problem, created_at"

    package func insert(_ message: ScheduledMessage, to contact: ContactKey) throws(StoreError) -> Int64 {
        let statement = try connection.prepare(
            """
            INSERT INTO scheduled_message (rhythm, request, state, next_at, sent, created_at, contact)
            VALUES (?1, ?2, ?3, ?4, 0, ?5, ?6)
            """)
        statement.bind(1, message.rhythm.json.compactText)
        statement.bind(2, message.request.json.compactText)
        statement.bind(3, message.state.rawValue)
        statement.bind(4, message.nextAt?.microseconds)
        statement.bind(5, message.createdAt.microseconds)
        statement.bind(6, contact.rawValue)
        try statement.run()
        return connection.lastInsertedID
    }

    package func scheduled(_ id: Int64) throws(StoreError) -> ScheduledMessage? {
        let statement = try connection.prepare("SELECT \(Self.columns) FROM scheduled_message WHERE id = ?1")
        statement.bind(1, id)
        defer { statement.reset() }
        return try statement.step() ? try Self.read(statement) : nil
    }

    package func scheduled(
        contact: ContactKey?, state: ScheduledMessage.State?, _ page: PageRequest
    ) throws(StoreError) -> FoundPage<ScheduledMessage> {
        let statement = try connection.prepare(
            """
            SELECT \(Self.columns) FROM scheduled_message
            WHERE (?1 IS NULL OR id < ?1) AND (?2 IS NULL OR contact = ?2) AND (?3 IS NULL OR state = ?3)
            ORDER BY id DESC LIMIT ?4 OFFSET ?5
            """)
        statement.bind(1, page.after.flatMap { Int64($0) })
        statement.bind(2, contact?.rawValue)
        statement.bind(3, state?.rawValue)
        statement.bind(4, Int64(page.limit + 1))
        statement.bind(5, Int64(page.offset))
        defer { statement.reset() }
        var found: [ScheduledMessage] = []
        while try statement.step() { found.append(try Self.read(statement)) }
        return FoundPage(found, limit: page.limit) { String($0.id) }
    }

    package func due(at now: Timestamp, limit: Int) throws(StoreError) -> [ScheduledMessage] {
        let statement = try connection.prepare(
            """
            SELECT \(Self.columns) FROM scheduled_message INDEXED BY scheduled_message_due
            WHERE state = 'active' AND next_at <= ?1 ORDER BY next_at LIMIT ?2
            """)
        statement.bind(1, now.microseconds)
        statement.bind(2, Int64(limit))
        defer { statement.reset() }
        var found: [ScheduledMessage] = []
        while try statement.step() { found.append(try Self.read(statement)) }
        return found
    }

    package func advance(
        _ id: Int64, from: Timestamp, to next: Timestamp?, problem: String?
    ) throws(StoreError) -> Bool {
        let statement = try connection.prepare(
            """
            UPDATE scheduled_message SET last_at = ?2, next_at = ?3, problem = ?4,
                sent = sent + CASE WHEN ?4 IS NULL THEN 1 ELSE 0 END,
                state = CASE WHEN ?3 IS NULL THEN 'ended' ELSE state END
            WHERE id = ?1 AND next_at = ?2 AND state = 'active'
            """)
        statement.bind(1, id)
        statement.bind(2, from.microseconds)
        statement.bind(3, next?.microseconds)
        statement.bind(4, problem)
        try statement.run()
        return connection.changes == 1
    }

    package func set(
        _ state: ScheduledMessage.State, of id: Int64, nextAt: Timestamp?
    ) throws(StoreError) {
        let statement = try connection.prepare(
            "UPDATE scheduled_message SET state = ?2, next_at = ?3 WHERE id = ?1 AND state <> 'ended'")
        statement.bind(1, id)
        statement.bind(2, state.rawValue)
        statement.bind(3, nextAt?.microseconds)
        try statement.run()
    }

    package func set(_ request: MessageRequest, of id: Int64) throws(StoreError) {
        let statement = try connection.prepare("UPDATE scheduled_message SET request = ?2 WHERE id = ?1")
        statement.bind(1, id)
        statement.bind(2, request.json.compactText)
        try statement.run()
    }

    private static func read(_ row: Statement) throws(StoreError) -> ScheduledMessage {
        guard let rhythm = JSON(reading: Array(row.string(1).utf8)).flatMap({ MessageRhythm(kept: $0) }),
            let request = JSON(reading: Array(row.string(2).utf8)).flatMap({ MessageRequest(kept: $0) }),
            let state = ScheduledMessage.State(rawValue: row.string(3))
        else { throw .unusable("a scheduled message can't be read") }
        return ScheduledMessage(
            id: row.integer(0), rhythm: rhythm, request: request, state: state,
            nextAt: row.optionalInteger(4).map(Timestamp.init(microseconds:)),
            lastAt: row.optionalInteger(5).map(Timestamp.init(microseconds:)), sent: Int(row.integer(6)),
            problem: row.optionalString(7), createdAt: Timestamp(microseconds: row.integer(8)))
    }
}

extension SQLiteStore {
    package func openSchedules() throws(StoreError) -> any ScheduleBook {
        SQLiteScheduleBook(try sharedConnection())
    }
}
