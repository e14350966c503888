package import RuleEngine
package import Runner

/// People and their sessions, in the database.
package final class SQLiteUserStore: UserStore {
    let connection: Connection

    private static let columns = """
        name, role, scopes, created_at, created_by, disabled_at, password IS NOT NULL, failures, locked_until,
        totp_confirmed_at IS NOT NULL
        """

    package init(_ connection: Connection) {
        self.connection = connection
    }

    package func users() throws(StoreError) -> [UserRecord] {
        let statement = try connection.prepare("SELECT \(Self.columns) FROM app_user ORDER BY name")
        var found: [UserRecord] = []
        while try statement.step() { found.append(Self.read(statement, first: 0)) }
        return found
    }

    package func user(_ name: String) throws(StoreError) -> UserRecord? {
        let statement = try connection.prepare("SELECT \(Self.columns) FROM app_user WHERE name = ?1")
        statement.bind(1, name)
        defer { statement.reset() }
        return try statement.step() ? Self.read(statement, first: 0) : nil
    }

    package func insert(_ user: UserRecord) throws(StoreError) -> Bool {
        try connection.transaction { () throws(StoreError) in
            let statement = try connection.prepare(
                """
                INSERT INTO app_user (name, role, scopes, created_at, created_by) VALUES (?1, ?2, ?3, ?4, ?5)
                ON CONFLICT DO NOTHING
                """)
            statement.bind(1, user.name)
            statement.bind(2, user.role.rawValue)
            statement.bind(3, Self.words(user.extra))
            statement.bind(4, user.createdAt.microseconds)
            statement.bind(5, user.createdBy)
            try statement.run()
            return connection.changes == 1
        }
    }

    package func update(_ user: UserRecord) throws(StoreError) {
        try connection.transaction { () throws(StoreError) in
            let statement = try connection.prepare(
                "UPDATE app_user SET role = ?2, scopes = ?3, disabled_at = ?4 WHERE name = ?1")
            statement.bind(1, user.name)
            statement.bind(2, user.role.rawValue)
            statement.bind(3, Self.words(user.extra))
            statement.bind(4, user.disabledAt?.microseconds)
            try statement.run()
            try endSessions(of: user.name)
        }
    }

    package func invite(_ name: String, id: String, code: [UInt8], until: Timestamp) throws(StoreError) {
        try connection.transaction { () throws(StoreError) in
            let statement = try connection.prepare(
                """
                UPDATE app_user SET invitation = ?2, invitation_code = ?3, invitation_until = ?4 WHERE name = ?1
                """)
            statement.bind(1, name)
            statement.bind(2, id)
            statement.bindBlob(3, code)
            statement.bind(4, until.microseconds)
            try statement.run()
        }
    }

    package func invitation(_ id: String) throws(StoreError) -> (user: String, code: [UInt8], until: Timestamp)? {
        let statement = try connection.prepare(
            "SELECT name, invitation_code, invitation_until FROM app_user WHERE invitation = ?1 AND disabled_at IS NULL"
        )
        statement.bind(1, id)
        defer { statement.reset() }
        guard try statement.step() else { return nil }
        return (statement.string(0), statement.blob(1), Timestamp(microseconds: statement.integer(2)))
    }

    package func setPassword(_ name: String, _ hash: [UInt8]) throws(StoreError) {
        try connection.transaction { () throws(StoreError) in
            let statement = try connection.prepare(
                """
                UPDATE app_user SET password = ?2, failures = 0, locked_until = NULL, invitation = NULL,
                    invitation_code = NULL, invitation_until = NULL
                WHERE name = ?1
                """)
            statement.bind(1, name)
            statement.bindBlob(2, hash)
            try statement.run()
            try endSessions(of: name)
        }
    }

    package func password(_ name: String) throws(StoreError) -> [UInt8]? {
        let statement = try connection.prepare(
            "SELECT password FROM app_user WHERE name = ?1 AND password IS NOT NULL")
        statement.bind(1, name)
        defer { statement.reset() }
        return try statement.step() ? statement.blob(0) : nil
    }

    package func noteFailure(_ name: String, lockedUntil: Timestamp?) throws(StoreError) {
        try connection.transaction { () throws(StoreError) in
            let statement = try connection.prepare(
                "UPDATE app_user SET failures = failures + 1, locked_until = ?2 WHERE name = ?1")
            statement.bind(1, name)
            statement.bind(2, lockedUntil?.microseconds)
            try statement.run()
            // One write for a name that nobody has too: what it takes would tell.
            _ = try connection.raiseMeta("failed_logins")
        }
    }

    package func noteSuccess(_ name: String) throws(StoreError) {
        try connection.transaction { () throws(StoreError) in
            let statement = try connection.prepare(
                "UPDATE app_user SET failures = 0, locked_until = NULL WHERE name = ?1")
            statement.bind(1, name)
            try statement.run()
        }
    }

    // MARK: Sessions

    package func sessions(
        now: Timestamp
    ) throws(StoreError) -> [(session: SessionRecord, user: UserRecord)] {
        let statement = try connection.prepare(
            """
            SELECT s.id, s.code, s.user, s.created_at, s.seen_at, u.name, u.role, u.scopes, u.created_at, u.created_by,
                u.disabled_at, u.password IS NOT NULL, u.failures, u.locked_until,
                u.totp_confirmed_at IS NOT NULL
            FROM user_session s JOIN app_user u ON u.name = s.user
            WHERE s.seen_at > ?1 AND s.created_at > ?2
            """)
        statement.bind(1, now.microseconds - SessionRecord.idle)
        statement.bind(2, now.microseconds - SessionRecord.whole)
        var found: [(session: SessionRecord, user: UserRecord)] = []
        while try statement.step() {
            found.append(
                (
                    SessionRecord(
                        id: statement.string(0), code: statement.blob(1), user: statement.string(2),
                        createdAt: Timestamp(microseconds: statement.integer(3)),
                        seenAt: Timestamp(microseconds: statement.integer(4))), Self.read(statement, first: 5)
                ))
        }
        return found
    }

    package func insert(_ session: SessionRecord) throws(StoreError) {
        try connection.transaction { () throws(StoreError) in
            let old = try connection.prepare("DELETE FROM user_session WHERE seen_at < ?1 OR created_at < ?2")
            old.bind(1, session.createdAt.microseconds - SessionRecord.idle)
            old.bind(2, session.createdAt.microseconds - SessionRecord.whole)
            try old.run()
            let statement = try connection.prepare(
                "INSERT INTO user_session (id, code, user, created_at, seen_at) VALUES (?1, ?2, ?3, ?4, ?5)")
            statement.bind(1, session.id)
            statement.bindBlob(2, session.code)
            statement.bind(3, session.user)
            statement.bind(4, session.createdAt.microseconds)
            statement.bind(5, session.seenAt.microseconds)
            try statement.run()
        }
    }

    package func endSession(_ id: String) throws(StoreError) {
        try connection.transaction { () throws(StoreError) in
            let statement = try connection.prepare("DELETE FROM user_session WHERE id = ?1")
            statement.bind(1, id)
            try statement.run()
        }
    }

    package func noteSeen(_ seen: [String: Timestamp]) throws(StoreError) {
        try connection.transaction { () throws(StoreError) in
            let statement = try connection.prepare("UPDATE user_session SET seen_at = ?2 WHERE id = ?1")
            for (id, at) in seen {
                statement.bind(1, id)
                statement.bind(2, at.microseconds)
                try statement.run()
            }
        }
    }

    /// Inside a transaction.
    func endSessions(of name: String, but kept: String? = nil) throws(StoreError) {
        let statement = try connection.prepare("DELETE FROM user_session WHERE user = ?1 AND (?2 IS NULL OR id <> ?2)")
        statement.bind(1, name)
        statement.bind(2, kept)
        try statement.run()
    }

    private static func read(_ row: Statement, first: Int32) -> UserRecord {
        let scopes = row.string(first + 2).split(separator: " ").compactMap { Scope(rawValue: String($0)) }
        var user = UserRecord(
            // A role that this program doesn't know may look at figures, and do nothing.
            name: row.string(first), role: Role(rawValue: row.string(first + 1)) ?? .analyst, extra: Set(scopes),
            createdAt: Timestamp(microseconds: row.integer(first + 3)), createdBy: row.string(first + 4))
        user.disabledAt = row.timestamp(first + 5)
        user.hasPassword = row.integer(first + 6) == 1
        user.failures = Int(row.integer(first + 7))
        user.lockedUntil = row.timestamp(first + 8)
        user.hasSecondFactor = row.integer(first + 9) == 1
        return user
    }

    private static func words(_ scopes: Set<Scope>) -> String {
        scopes.map(\.rawValue).sorted().joined(separator: " ")
    }
}

extension SQLiteStore {
    package func openUsers() throws(StoreError) -> any UserStore {
        SQLiteUserStore(try connect())
    }
}
