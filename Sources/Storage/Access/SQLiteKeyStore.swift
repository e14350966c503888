package import RuleEngine
package import Runner

/// The keys of the API, in the database.
package final class SQLiteKeyStore: KeyStore {
    private let connection: Connection

    private static let columns = """
        id, code, name, scopes, created_at, expires_at, revoked_at, last_used_at, created_by, channels, programs, networks
        """

    package init(_ connection: Connection) {
        self.connection = connection
    }

    package func keys() throws(StoreError) -> [StoredKey] {
        let statement = try connection.prepare(
            """
            SELECT \(Self.columns) FROM api_key
            ORDER BY created_at, id
            """)
        defer { statement.reset() }
        var found: [StoredKey] = []
        while try statement.step() {
            found.append(StoredKey(key: Self.read(statement), code: statement.blob(1)))
        }
        return found
    }

    /// One of them, and the key that took its place.
    func key(_ id: String) throws(StoreError) -> (key: APIKey, successor: String?)? {
        let statement = try connection.prepare("SELECT \(Self.columns), successor FROM api_key WHERE id = ?1")
        statement.bind(1, id)
        defer { statement.reset() }
        return try statement.step() ? (Self.read(statement), statement.optionalString(12)) : nil
    }

    private static func read(_ row: Statement) -> APIKey {
        // A scope that this program doesn't know allows nothing.
        let scopes = row.string(3).split(separator: " ").compactMap { Scope(rawValue: String($0)) }
        var key = APIKey(
            id: row.string(0), name: row.string(2), scopes: Set(scopes),
            createdAt: Timestamp(microseconds: row.integer(4)), expiresAt: row.timestamp(5),
            revokedAt: row.timestamp(6), lastUsedAt: row.timestamp(7), createdBy: row.string(8))
        key.limits = KeyLimits(
            kept: KeyLimits.Kept(
                channels: row.optionalString(9), programs: row.optionalString(10), networks: row.optionalString(11)))
        return key
    }

    package func insert(_ stored: StoredKey) throws(StoreError) {
        try connection.transaction { () throws(StoreError) in
            let statement = try connection.prepare(
                """
                INSERT INTO api_key
                    (id, code, name, scopes, created_at, expires_at, created_by, channels, programs, networks)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
                """)
            statement.bind(1, stored.key.id)
            statement.bindBlob(2, stored.code)
            statement.bind(3, stored.key.name)
            statement.bind(4, stored.key.scopes.map(\.rawValue).sorted().joined(separator: " "))
            statement.bind(5, stored.key.createdAt.microseconds)
            statement.bind(6, stored.key.expiresAt?.microseconds)
            statement.bind(7, stored.key.createdBy)
            let limits = stored.key.limits.kept
            statement.bind(8, limits.channels)
            statement.bind(9, limits.programs)
            statement.bind(10, limits.networks)
            try statement.run()
        }
    }

    package func revoke(_ id: String, now: Timestamp) throws(StoreError) -> Bool {
        try connection.transaction { () throws(StoreError) in
            let statement = try connection.prepare(
                "UPDATE api_key SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL")
            statement.bind(1, id)
            statement.bind(2, now.microseconds)
            try statement.run()
            return connection.changes == 1
        }
    }

    package func expire(_ id: String, at: Timestamp) throws(StoreError) {
        try connection.transaction { () throws(StoreError) in
            let statement = try connection.prepare(
                "UPDATE api_key SET expires_at = min(coalesce(expires_at, ?2), ?2) WHERE id = ?1")
            statement.bind(1, id)
            statement.bind(2, at.microseconds)
            try statement.run()
        }
    }

    package func replace(_ id: String, by successor: String) throws(StoreError) {
        try connection.transaction { () throws(StoreError) in
            let statement = try connection.prepare("UPDATE api_key SET successor = ?2 WHERE id = ?1")
            statement.bind(1, id)
            statement.bind(2, successor)
            try statement.run()
        }
    }

    package func noteUse(_ used: [String: Timestamp]) throws(StoreError) {
        try connection.transaction { () throws(StoreError) in
            let statement = try connection.prepare("UPDATE api_key SET last_used_at = ?2 WHERE id = ?1")
            for (id, at) in used {
                statement.bind(1, id)
                statement.bind(2, at.microseconds)
                try statement.run()
            }
        }
    }
}

extension SQLiteStore {
    package func openKeys() throws(StoreError) -> any KeyStore {
        SQLiteKeyStore(try connect())
    }
}
