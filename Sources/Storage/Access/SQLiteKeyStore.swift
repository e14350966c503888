package import RuleEngine
package import Runner

/// The keys of the API, in the database.
package final class SQLiteKeyStore: KeyStore {
    private let connection: Connection

    package init(_ connection: Connection) {
        self.connection = connection
    }

    package func keys() throws(StoreError) -> [StoredKey] {
        let statement = try connection.prepare(
            """
            SELECT id, code, name, scopes, created_at, expires_at, revoked_at, last_used_at, created_by
            FROM api_key
            ORDER BY created_at, id
            """)
        defer { statement.reset() }
        var found: [StoredKey] = []
        while try statement.step() {
            func time(_ column: Int32) -> Timestamp? {
                statement.optionalInteger(column).map(Timestamp.init(microseconds:))
            }
            // A scope that this program doesn't know allows nothing.
            let scopes = statement.string(3).split(separator: " ").compactMap { Scope(rawValue: String($0)) }
            found.append(
                StoredKey(
                    key: APIKey(
                        id: statement.string(0), name: statement.string(2), scopes: Set(scopes),
                        createdAt: Timestamp(microseconds: statement.integer(4)), expiresAt: time(5),
                        revokedAt: time(6), lastUsedAt: time(7), createdBy: statement.string(8)),
                    code: statement.blob(1)))
        }
        return found
    }

    package func insert(_ stored: StoredKey) throws(StoreError) {
        try connection.transaction { () throws(StoreError) in
            let statement = try connection.prepare(
                """
                INSERT INTO api_key (id, code, name, scopes, created_at, expires_at, created_by)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                """)
            statement.bind(1, stored.key.id)
            statement.bindBlob(2, stored.code)
            statement.bind(3, stored.key.name)
            statement.bind(4, stored.key.scopes.map(\.rawValue).sorted().joined(separator: " "))
            statement.bind(5, stored.key.createdAt.microseconds)
            statement.bind(6, stored.key.expiresAt?.microseconds)
            statement.bind(7, stored.key.createdBy)
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
