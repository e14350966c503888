package import RuleEngine
package import Runner

/// Reads of launches and audiences in SQLite. One thread owns it; it never writes.
///
/// Pages lie in `+Pages`, counts and records in `+Reports`, the self-check in `+Verify`.
package final class SQLiteLedgerReader: LedgerReader {
    let connection: Connection
    let table = ContactTable()

    package init(connection: Connection) {
        self.connection = connection
    }

    package func latestLaunch(of program: String) throws(StoreError) -> LaunchRecord? {
        try LaunchRow.latest(of: program, connection)
    }

    package func launch(_ id: LaunchID) throws(StoreError) -> LaunchRecord? {
        try LaunchRow.find(id, connection)
    }

    package func launches() throws(StoreError) -> [LaunchRecord] {
        let statement = try connection.prepare("SELECT \(LaunchRow.columns) FROM launch WHERE tenant = 1 ORDER BY id")
        defer { statement.reset() }
        var launches: [LaunchRecord] = []
        while try statement.step() { launches.append(try LaunchRow.read(statement)) }
        return launches
    }

    package func nextDue(of launch: LaunchID) throws(StoreError) -> Timestamp? {
        let statement = try connection.prepare(
            """
            SELECT not_before FROM delivery INDEXED BY delivery_due
            WHERE tenant = 1 AND launch = ? AND (state = 1 OR state = 3) AND not_before IS NOT NULL ORDER BY not_before LIMIT 1
            """
        )
        statement.bind(1, launch.rawValue)
        defer { statement.reset() }
        guard try statement.step() else { return nil }
        return statement.optionalInteger(0).map(Timestamp.init(microseconds:))
    }
}

extension SQLiteStore {
    package func openReader() throws(StoreError) -> any LedgerReader {
        SQLiteLedgerReader(connection: try connect())
    }
}
