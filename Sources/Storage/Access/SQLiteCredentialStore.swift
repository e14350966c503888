import RuleEngine
package import Runner

/// Sealed credentials in the database.
package final class SQLiteCredentialStore: CredentialStore {
    private let connection: Connection

    private static let columns = "name, key_name, wrapped, sealed, version, hint, fingerprint, updated_at"

    package init(_ connection: Connection) {
        self.connection = connection
    }

    package func all() throws(StoreError) -> [SealedCredential] {
        let statement = try connection.prepare(
            "SELECT \(Self.columns) FROM credential WHERE tenant = 1 ORDER BY name")
        var found: [SealedCredential] = []
        while try statement.step() { found.append(Self.read(statement)) }
        return found
    }

    package func find(_ name: String) throws(StoreError) -> SealedCredential? {
        let statement = try connection.prepare(
            "SELECT \(Self.columns) FROM credential WHERE tenant = 1 AND name = ?1")
        statement.bind(1, name)
        defer { statement.reset() }
        return try statement.step() ? Self.read(statement) : nil
    }

    package func put(_ credential: SealedCredential) throws(StoreError) {
        try overwriting { () throws(StoreError) in
            let statement = try connection.prepare(
                """
                INSERT INTO credential (\(Self.columns)) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                ON CONFLICT DO UPDATE SET key_name = excluded.key_name, wrapped = excluded.wrapped,
                    sealed = excluded.sealed, version = excluded.version, hint = excluded.hint,
                    fingerprint = excluded.fingerprint, updated_at = excluded.updated_at
                """)
            statement.bind(1, credential.name)
            statement.bind(2, credential.keyName)
            statement.bindBlob(3, credential.wrapped)
            statement.bindBlob(4, credential.sealed)
            statement.bind(5, credential.version)
            statement.bind(6, credential.hint)
            statement.bind(7, credential.fingerprint)
            statement.bind(8, credential.updatedAt.microseconds)
            try statement.run()
        }
    }

    package func rewrap(_ credential: SealedCredential, from keyName: String) throws(StoreError) -> Bool {
        try overwriting { () throws(StoreError) in
            let statement = try connection.prepare(
                """
                UPDATE credential SET key_name = ?3, wrapped = ?4
                WHERE tenant = 1 AND name = ?1 AND version = ?2 AND key_name = ?5
                """)
            statement.bind(1, credential.name)
            statement.bind(2, credential.version)
            statement.bind(3, credential.keyName)
            statement.bindBlob(4, credential.wrapped)
            statement.bind(5, keyName)
            try statement.run()
            return connection.changes == 1
        }
    }

    package func remove(_ name: String) throws(StoreError) -> Bool {
        try overwriting { () throws(StoreError) in
            let statement = try connection.prepare("DELETE FROM credential WHERE tenant = 1 AND name = ?1")
            statement.bind(1, name)
            try statement.run()
            return connection.changes == 1
        }
    }

    /// What was there before is overwritten in the file.
    private func overwriting<Value>(_ body: () throws(StoreError) -> Value) throws(StoreError) -> Value {
        try connection.execute("PRAGMA secure_delete = ON")
        return try connection.transaction(body)
    }

    private static func read(_ row: Statement) -> SealedCredential {
        SealedCredential(
            name: row.string(0), keyName: row.string(1), wrapped: row.blob(2), sealed: row.blob(3),
            version: row.integer(4), hint: row.string(5), fingerprint: row.string(6),
            updatedAt: Timestamp(microseconds: row.integer(7)))
    }
}

extension SQLiteStore {
    package func openCredentials() throws(StoreError) -> any CredentialStore {
        SQLiteCredentialStore(try connect())
    }
}
