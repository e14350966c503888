import Glibc
import Runner
import Storage
import Testing

@Suite struct MigrationTests {
    @Test func `a migration that is killed at any statement is done completely by the next start`() throws {
        let whole = try TemporaryFolder()
        let expected = try tables(try SQLiteStore(folder: whole.path).connect())
        let count = Migrations.all.reduce(0) { $0 + $1.statements.count + 1 }
        for stop in 0..<count {
            let folder = try TemporaryFolder()
            let crashed = try TemporaryFolder()
            try folder.write("carillon.db", "")
            let connection = try Connection(path: folder.path + "/carillon.db")
            var index = 0
            // What lies on disk in the middle of a transaction is what a killed process leaves behind.
            try Migrations.apply(to: connection) { _ throws(StoreError) in
                if index == stop {
                    for name in ["carillon.db", "carillon.db-wal"] {
                        try copy(folder.path + "/" + name, to: crashed.path + "/" + name)
                    }
                }
                index += 1
            }
            #expect(try tables(try SQLiteStore(folder: crashed.path).connect()) == expected, "killed before \(stop)")
        }
    }

    @Test func `a migration that fails leaves the version it had`() throws {
        let folder = try TemporaryFolder()
        try folder.write("carillon.db", "")
        let connection = try Connection(path: folder.path + "/carillon.db")
        let good = Migration(version: 1, statements: ["CREATE TABLE a (x INTEGER)"])
        let bad = Migration(version: 2, statements: ["CREATE TABLE b (x INTEGER)", "CREATE TABLE nonsense"])
        #expect(throws: StoreError.self) { try Migrations.apply([good, bad], to: connection) }
        #expect(try connection.meta("schema_version") == 1)
        #expect(try connection.integer("SELECT count(*) FROM sqlite_schema WHERE name = 'b'") == 0)
        let mended = Migration(version: 2, statements: ["CREATE TABLE b (x INTEGER)"])
        try Migrations.apply([good, mended], to: connection)
        #expect(try connection.meta("schema_version") == 2)
    }

    /// SQLite 3.40 takes other tables without row ids for damaged as soon as they hold a row, and no backup passes its check.
    @Test func `tables without row ids begin with their keys, and are sound with a row in them`() throws {
        let folder = try TemporaryFolder()
        try folder.write("carillon.db", "")
        let connection = try Connection(path: folder.path + "/carillon.db")
        let columns = """
            tenant, day, channel, program, currency, messages, accepted, rejected, failed, uncertain, delivered, opened,
            clicked, bounced, complained, unsubscribed, cost_micros
            """
        // As a program before version 28 has left it.
        try Migrations.apply(Migrations.all.filter { $0.version < 28 }, to: connection)
        let row = "1, 20779, 'm', 'p', 'EUR', 7, 6, 0, 0, 1, 0, 0, 0, 0, 0, 0, 5"
        try connection.execute("INSERT INTO daily_statistic (\(columns)) VALUES (\(row))")
        try Migrations.apply(to: connection)
        #expect(try connection.text("PRAGMA integrity_check") == "ok")
        #expect(try connection.integer("SELECT messages FROM daily_statistic WHERE currency = 'EUR'") == 7)
        let misplaced = """
            SELECT group_concat(t.name) FROM sqlite_schema t, pragma_table_info(t.name) c
            WHERE t.type = 'table' AND t.sql LIKE '%WITHOUT ROWID%' AND c.pk > 0 AND c.cid <> c.pk - 1
            """
        #expect(try connection.text(misplaced) == nil)
    }

    @Test func `an older program refuses newer tables`() throws {
        let folder = try TemporaryFolder()
        let connection = try SQLiteStore(folder: folder.path).connect()
        try connection.setMeta("schema_version", 99)
        do {
            _ = try SQLiteStore(folder: folder.path)
            Issue.record("it was opened")
        } catch {
            guard case .unusable(let reason) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(reason.contains("99"))
        }
    }

    private func tables(_ connection: Connection) throws -> [String] {
        let statement = try connection.prepare("SELECT ifnull(sql, name) FROM sqlite_schema ORDER BY name")
        var tables: [String] = []
        while try statement.step() { tables.append(statement.string(0)) }
        return tables + ["version \(try connection.meta("schema_version") ?? 0)"]
    }

    private func copy(_ source: String, to target: String) throws(StoreError) {
        guard let input = fopen(source, "r") else { return }
        defer { fclose(input) }
        guard let output = fopen(target, "w") else { throw .failed("fopen: \(errno)") }
        defer { fclose(output) }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = fread(&buffer, 1, buffer.count, input), count > 0 { fwrite(buffer, 1, count, output) }
    }
}
