import CSystemSQLite
import Glibc
package import RuleEngine
package import Runner

extension SQLiteStore {
    /// Copies the data folder as it is at one instant, while others go on writing: one snapshot of the database, and the
    /// key that it can't be read without.
    ///
    /// - Parameter folder: must be there and be empty.
    /// - Returns: the version of the tables in the copy.
    package func backUp(
        to folder: String, now: Timestamp, progress: (Double) -> Void = { _ in }
    ) throws(StoreError) -> Int64 {
        let path = folder + "/" + BackupFolder.database
        guard !FileReading.isFile(path) else { throw .failed("\(path) is there already") }
        try Self.makeFile(path)
        try copyPages(to: path, progress: progress)
        try Self.copyKey(from: self.folder, to: folder)
        let version = try Self.settle(path)
        let connection = try connect()
        try connection.transaction { () throws(StoreError) in try connection.setMeta("backup_at", now.microseconds) }
        return version
    }

    /// Puts a checked backup into a data folder that holds no database yet.
    package static func restore(from backup: String, to folder: String) throws(StoreError) {
        try makeFolder(folder)
        // Where a database was before, its name may lie here still, and the backup may be one of it. It goes first: a crash on
        // the way leaves a copy, never an original.
        try Instance.forget(folder: folder)
        try copyKey(from: backup, to: folder)
        // Under another name until it is whole: a folder with half a database must not look like one.
        let draft = folder + "/carillon.db.restoring"
        unlink(draft)
        try copyFile(from: backup + "/" + BackupFolder.database, to: draft)
        guard rename(draft, folder + "/carillon.db") == 0 else {
            throw StoreError(errno: errno, "can't write \(folder)/carillon.db")
        }
        // Tables of an older version are brought up to date here, and not by whoever comes first.
        _ = try SQLiteStore(folder: folder)
    }

    /// The snapshot is held by a transaction: without it SQLite would begin anew each time that somebody writes.
    private func copyPages(to path: String, progress: (Double) -> Void) throws(StoreError) {
        let source = try connect()
        try source.execute("BEGIN")
        defer { try? source.execute("COMMIT") }
        _ = try source.integer("SELECT count(*) FROM meta")
        var opened: OpaquePointer?
        let code = sqlite3_open_v2(path, &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_EXRESCODE, nil)
        defer { sqlite3_close_v2(opened) }
        guard let target = opened, code == SQLITE_OK else {
            throw opened.map { StoreError(code: code, database: $0) } ?? .failed("no memory for a database connection")
        }
        guard let backup = sqlite3_backup_init(target, "main", source.handle, "main") else {
            throw StoreError(code: sqlite3_extended_errcode(target), database: target)
        }
        var step = SQLITE_OK
        repeat {
            step = sqlite3_backup_step(backup, 2_048)
            let (total, left) = (sqlite3_backup_pagecount(backup), sqlite3_backup_remaining(backup))
            progress(total > 0 ? Double(total - left) / Double(total) : 1)
        } while step == SQLITE_OK
        let end = sqlite3_backup_finish(backup)
        guard step == SQLITE_DONE, end == SQLITE_OK else {
            throw StoreError(code: step == SQLITE_DONE ? end : step, database: target)
        }
    }

    /// One file without a log beside it, and sound.
    private static func settle(_ path: String) throws(StoreError) -> Int64 {
        let connection = try Connection(path: path)
        let faults = try connection.faults(isDeep: false)
        guard faults.isEmpty else { throw .failed("the copy is damaged: \(faults.joined(separator: "; "))") }
        let version = try connection.meta("schema_version") ?? 0
        guard try connection.text("PRAGMA journal_mode = DELETE") == "delete" else {
            throw .failed("the copy keeps a log beside it")
        }
        return version
    }

    private static func copyKey(from source: String, to folder: String) throws(StoreError) {
        guard let key = FileReading.bytes(of: source + "/key") else {
            throw StoreError(errno: errno, "can't read \(source)/key")
        }
        // Whoever put a key there did so before us; the database tells whether it is the right one.
        guard FileReading.bytes(of: folder + "/key") != key else { return }
        try write(folder + "/key") { descriptor in
            Glibc.write(descriptor, key, key.count) == key.count
        }
    }

    private static func copyFile(from source: String, to path: String) throws(StoreError) {
        let from = open(source, O_RDONLY | O_CLOEXEC)
        guard from >= 0 else { throw StoreError(errno: errno, "can't read \(source)") }
        defer { close(from) }
        try write(path) { descriptor in
            var buffer = [UInt8](repeating: 0, count: 1 << 20)
            while true {
                let count = read(from, &buffer, buffer.count)
                if count == 0 { return true }
                if count < 0, errno == EINTR { continue }
                guard count > 0, Glibc.write(descriptor, buffer, count) == count else { return false }
            }
        }
    }

    private static func write(
        _ path: String, _ body: (Int32) -> Bool
    ) throws(StoreError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StoreError(errno: errno, "can't create \(path)") }
        defer { close(descriptor) }
        guard body(descriptor), fsync(descriptor) == 0 else { throw StoreError(errno: errno, "can't write \(path)") }
    }
}

extension Connection {
    /// What SQLite finds wrong with the file, at most a few lines.
    func faults(isDeep: Bool) throws(StoreError) -> [String] {
        let statement = try prepareOnce(isDeep ? "PRAGMA integrity_check(5)" : "PRAGMA quick_check(5)")
        var lines: [String] = []
        while try statement.step() { lines.append(statement.string(0)) }
        return lines == ["ok"] ? [] : lines
    }
}
