package import RuleEngine
package import Runner

/// Requests for consent in the database.
package final class SQLiteOptInStore: OptInStore {
    private let connection: Connection
    private let consents: SQLiteConsentStore

    init(_ connection: Connection, key: DataKey) throws(StoreError) {
        self.connection = connection
        consents = try SQLiteConsentStore(connection, key: key)
    }

    package func insert(_ request: OptInRequest) throws(StoreError) -> Int64 {
        try connection.transaction { () throws(StoreError) in
            let statement = try connection.prepare(
                """
                INSERT INTO opt_in (contact, channel, level, source, wording, requested_at, expires_at)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                """)
            statement.bind(1, request.contact.rawValue)
            statement.bind(2, request.channel)
            statement.bind(3, Int64(request.level.rawValue))
            statement.bind(4, request.source)
            statement.bind(5, request.wording)
            statement.bind(6, request.requestedAt.microseconds)
            statement.bind(7, request.expiresAt.microseconds)
            try statement.run()
            return connection.lastInsertedID
        }
    }

    package func request(_ row: Int64) throws(StoreError) -> OptInRequest? {
        let statement = try connection.prepare(
            """
            SELECT contact, channel, level, source, wording, requested_at, expires_at, confirmed_at FROM opt_in
            WHERE id = ?1
            """)
        statement.bind(1, row)
        defer { statement.reset() }
        guard try statement.step() else { return nil }
        return OptInRequest(
            contact: ContactKey(rawValue: statement.integer(0)), channel: statement.string(1),
            level: ConsentLevel(rawValue: Int(statement.integer(2))) ?? .none, source: statement.string(3),
            wording: statement.string(4), requestedAt: Timestamp(microseconds: statement.integer(5)),
            expiresAt: Timestamp(microseconds: statement.integer(6)), confirmedAt: statement.timestamp(7))
    }

    package func confirm(_ row: Int64, _ consent: ConsentState, now: Timestamp) throws(StoreError) -> Bool {
        try connection.transaction { () throws(StoreError) in
            let mark = try connection.prepare(
                """
                UPDATE opt_in SET confirmed_at = ?2 WHERE id = ?1 AND confirmed_at IS NULL AND expires_at > ?2
                RETURNING contact
                """)
            mark.bind(1, row)
            mark.bind(2, now.microseconds)
            guard try mark.step() else { return false }
            let contact = ContactKey(rawValue: mark.integer(0))
            mark.reset()
            try consents.agree(contact, consent, now: now)
            return true
        }
    }
}

extension SQLiteStore {
    package func openOptIns() throws(StoreError) -> any OptInStore {
        try SQLiteOptInStore(try connect(), key: key)
    }
}
