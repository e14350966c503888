import RuleEngine
package import Runner

/// The audit log in the database. Triggers refuse to change or delete what is in it.
package final class SQLiteAuditLog: AuditLog {
    private let connection: Connection

    private static let columns = "number, at, actor, action, object, before, after, request, hash, address"

    package init(_ connection: Connection) {
        self.connection = connection
    }

    package func append(_ entry: AuditEntry) throws(StoreError) {
        try connection.transaction { () throws(StoreError) in
            var entry = entry
            var previous = AuditEntry.start
            let last = try connection.prepare("SELECT number, hash FROM audit_entry ORDER BY number DESC LIMIT 1")
            entry.number = 1
            if try last.step() {
                entry.number = last.integer(0) + 1
                previous = last.blob(1)
            }
            last.reset()
            let insert = try connection.prepare(
                """
                INSERT INTO audit_entry (\(Self.columns)) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
                """)
            insert.bind(1, entry.number)
            insert.bind(2, entry.at.microseconds)
            insert.bind(3, entry.actor)
            insert.bind(4, entry.action)
            insert.bind(5, entry.object)
            insert.bindBlob(6, entry.before)
            insert.bindBlob(7, entry.after)
            insert.bind(8, entry.request)
            insert.bindBlob(9, entry.hash(after: previous))
            insert.bind(10, entry.address)
            try insert.run()
        }
    }

    package func entries(_ page: PageRequest) throws(StoreError) -> FoundPage<AuditEntry> {
        let statement = try connection.prepare(
            """
            SELECT \(Self.columns) FROM audit_entry
            WHERE (?1 IS NULL OR number < ?1) ORDER BY number DESC LIMIT ?2 OFFSET ?3
            """)
        statement.bind(1, page.after.flatMap { Int64($0) })
        statement.bind(2, Int64(page.limit + 1))
        statement.bind(3, Int64(page.offset))
        var rows: [AuditEntry] = []
        while try statement.step() { rows.append(Self.read(statement)) }
        return FoundPage(rows, limit: page.limit) { String($0.number) }
    }

    package func entry(_ number: Int64) throws(StoreError) -> AuditEntry? {
        let statement = try connection.prepare("SELECT \(Self.columns) FROM audit_entry WHERE number = ?1")
        statement.bind(1, number)
        defer { statement.reset() }
        return try statement.step() ? Self.read(statement) : nil
    }

    package func head() throws(StoreError) -> AuditEntry? {
        let statement = try connection.prepare(
            "SELECT \(Self.columns) FROM audit_entry ORDER BY number DESC LIMIT 1")
        defer { statement.reset() }
        return try statement.step() ? Self.read(statement) : nil
    }

    package func verify(from start: Int64) throws(StoreError) -> AuditVerdict {
        let before = start > 1 ? try entry(start - 1) : nil
        guard start == 1 || before != nil else { return .broken(at: start - 1) }
        let statement = try connection.prepare(
            "SELECT \(Self.columns) FROM audit_entry WHERE number >= ?1 OR ?1 = 1 ORDER BY number")
        statement.bind(1, start)
        defer { statement.reset() }
        var (count, previous): (Int64, [UInt8]) = (start - 1, before?.hash ?? AuditEntry.start)
        while try statement.step() {
            let entry = Self.read(statement)
            count += 1
            guard entry.number == count, entry.hash == entry.hash(after: previous) else { return .broken(at: count) }
            previous = entry.hash
        }
        return .whole(entries: count, last: previous)
    }

    private static func read(_ row: Statement) -> AuditEntry {
        var entry = AuditEntry(
            at: Timestamp(microseconds: row.integer(1)), actor: row.string(2), action: row.string(3),
            object: row.string(4), request: row.string(7))
        entry.number = row.integer(0)
        entry.before = row.blob(5)
        entry.after = row.blob(6)
        entry.hash = row.blob(8)
        entry.address = row.string(9)
        return entry
    }
}

extension SQLiteStore {
    package func openAudit() throws(StoreError) -> any AuditLog {
        SQLiteAuditLog(try connect())
    }
}
