package import RuleEngine
package import Runner

/// Second factors, in the database.
extension SQLiteUserStore {
    package func factor(_ name: String) throws(StoreError) -> FactorRecord? {
        let statement = try connection.prepare(
            "SELECT totp_secret, totp_confirmed_at, totp_step FROM app_user WHERE name = ?1 AND totp_secret IS NOT NULL"
        )
        statement.bind(1, name)
        defer { statement.reset() }
        guard try statement.step() else { return nil }
        return FactorRecord(
            sealed: statement.blob(0), confirmedAt: statement.timestamp(1), step: statement.integer(2))
    }

    package func beginFactor(_ name: String, sealed: [UInt8]) throws(StoreError) -> Bool {
        try connection.transaction { () throws(StoreError) in
            let statement = try connection.prepare(
                """
                UPDATE app_user SET totp_secret = ?2, totp_step = 0 WHERE name = ?1 AND totp_confirmed_at IS NULL
                """)
            statement.bind(1, name)
            statement.bindBlob(2, sealed)
            try statement.run()
            return connection.changes == 1
        }
    }

    package func confirmFactor(
        _ name: String, step: Int64, at: Timestamp, recovery: [[UInt8]], keeping session: String
    ) throws(StoreError) {
        try connection.transaction { () throws(StoreError) in
            let statement = try connection.prepare(
                "UPDATE app_user SET totp_confirmed_at = ?2, totp_step = ?3 WHERE name = ?1")
            statement.bind(1, name)
            statement.bind(2, at.microseconds)
            statement.bind(3, step)
            try statement.run()
            try removeCodes(of: name)
            let insert = try connection.prepare("INSERT INTO recovery_code (user, code) VALUES (?1, ?2)")
            for code in recovery {
                insert.bind(1, name)
                insert.bindBlob(2, code)
                try insert.run()
            }
            try endSessions(of: name, but: session)
        }
    }

    package func removeFactor(_ name: String, keepsSessions: Bool) throws(StoreError) {
        try connection.transaction { () throws(StoreError) in
            let statement = try connection.prepare(
                "UPDATE app_user SET totp_secret = NULL, totp_confirmed_at = NULL, totp_step = 0 WHERE name = ?1")
            statement.bind(1, name)
            try statement.run()
            try removeCodes(of: name)
            if !keepsSessions { try endSessions(of: name) }
        }
    }

    package func spend(step: Int64, of name: String) throws(StoreError) -> Bool {
        try connection.transaction { () throws(StoreError) in
            let statement = try connection.prepare(
                "UPDATE app_user SET totp_step = ?2 WHERE name = ?1 AND totp_step < ?2")
            statement.bind(1, name)
            statement.bind(2, step)
            try statement.run()
            return connection.changes == 1
        }
    }

    package func spend(recovery hash: [UInt8], of name: String) throws(StoreError) -> Bool {
        try connection.transaction { () throws(StoreError) in
            let statement = try connection.prepare("DELETE FROM recovery_code WHERE user = ?1 AND code = ?2")
            statement.bind(1, name)
            statement.bindBlob(2, hash)
            try statement.run()
            return connection.changes == 1
        }
    }

    /// Inside a transaction.
    private func removeCodes(of name: String) throws(StoreError) {
        let statement = try connection.prepare("DELETE FROM recovery_code WHERE user = ?1")
        statement.bind(1, name)
        try statement.run()
    }
}
