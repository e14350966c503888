import RuleEngine
package import Runner

/// The accounts that are down: one row each.
struct AccountTroubles {
    let connection: Connection

    func all() throws(StoreError) -> [String: AccountTrouble] {
        let statement = try connection.prepare("SELECT channel, since, until, failures, code FROM account_trouble")
        defer { statement.reset() }
        var troubles: [String: AccountTrouble] = [:]
        while try statement.step() {
            troubles[statement.string(0)] = AccountTrouble(
                since: Timestamp(microseconds: statement.integer(1)),
                until: Timestamp(microseconds: statement.integer(2)), failures: Int(statement.integer(3)),
                code: statement.string(4))
        }
        return troubles
    }

    func write(_ trouble: AccountTrouble?, of channel: String) throws(StoreError) {
        guard let trouble else {
            let delete = try connection.prepare("DELETE FROM account_trouble WHERE channel = ?1")
            delete.bind(1, channel)
            return try delete.run()
        }
        let insert = try connection.prepare(
            """
            INSERT INTO account_trouble (channel, since, until, failures, code) VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT DO UPDATE SET until = excluded.until, failures = excluded.failures, code = excluded.code
            """
        )
        insert.bind(1, channel)
        insert.bind(2, trouble.since.microseconds)
        insert.bind(3, trouble.until.microseconds)
        insert.bind(4, Int64(trouble.failures))
        insert.bind(5, trouble.code)
        try insert.run()
    }
}

extension SQLiteLedger {
    package func troubles() throws(StoreError) -> [String: AccountTrouble] {
        try AccountTroubles(connection: connection).all()
    }

    package func note(_ trouble: AccountTrouble?, of channel: String) throws(StoreError) {
        try connection.transaction { () throws(StoreError) in
            try AccountTroubles(connection: connection).write(trouble, of: channel)
        }
    }
}

extension SQLiteJourneyStore {
    package func troubles() throws(StoreError) -> [String: AccountTrouble] {
        try AccountTroubles(connection: connection).all()
    }

    /// Inside of a transaction, as everything else here.
    package func note(_ trouble: AccountTrouble?, of channel: String) throws(StoreError) {
        try AccountTroubles(connection: connection).write(trouble, of: channel)
    }

    package func assign(_ key: DeliveryKey, to channel: String) throws(StoreError) {
        let statement = try connection.prepare(
            """
            UPDATE delivery SET channel = ?4
            WHERE tenant = 1 AND launch = ?1 AND contact = ?2 AND step = ?3 AND occurrence = ?5 AND state = 3
            """)
        statement.bind(1, key.launch.rawValue)
        statement.bind(2, key.contact.rawValue)
        statement.bind(3, Int64(key.step))
        statement.bind(4, channel)
        statement.bind(5, key.occurrence)
        try statement.run()
    }
}
