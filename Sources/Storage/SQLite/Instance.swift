import Glibc
package import RuleEngine
package import Runner

/// A name of chance that stands in a database and in a file beside it. A backup takes the database and leaves the file, so
/// that a restored copy knows itself for one: what it has to send the original may have sent since.
enum Instance {
    /// Gives a folder its name, once. Under the write lock, so that two processes that begin at once agree.
    static func ensure(_ connection: Connection, folder: String) throws(StoreError) {
        guard try name(connection) == nil else { return }
        try connection.transaction { () throws(StoreError) in
            guard try name(connection) == nil else { return }
            try rename(connection, folder: folder)
        }
    }

    static func isCopy(_ connection: Connection, folder: String) throws(StoreError) -> Bool {
        guard let name = try name(connection) else { return false }
        return FileReading.bytes(of: path(folder)).map { $0 != Array(name.utf8) } ?? true
    }

    /// Takes the name away that an earlier database has left: what is put into the folder now is not that one.
    static func forget(folder: String) throws(StoreError) {
        guard unlink(path(folder)) == 0 || errno == ENOENT else {
            throw StoreError(errno: errno, "can't remove \(path(folder))")
        }
    }

    /// A folder gets its name after its tables. With a name and without tables it has lost its database: to begin anew would send
    /// everything again, and to people who have unsubscribed.
    static func refuseLoss(_ connection: Connection, folder: String) throws(StoreError) {
        // In this order: another process may be making the folder right now.
        guard FileReading.isFile(path(folder)), try !Migrations.hasMeta(connection) else { return }
        throw loss(folder)
    }

    /// Before SQLite makes a database of nothing, which would stand in the way of the backup.
    static func refuseLoss(folder: String) throws(StoreError) {
        guard FileReading.isFile(path(folder)) else { return }
        let isLost = ["carillon.db", "carillon.db-wal"].allSatisfy { name in
            var status = stat()
            return stat(folder + "/" + name, &status) != 0 || status.st_size == 0
        }
        if isLost { throw loss(folder) }
    }

    private static func loss(_ folder: String) -> StoreError {
        .unusable(
            "\(folder) was in use, and its database is gone or empty: put the last backup back (carillon restore), "
                + "or take another folder")
    }

    /// From now on the folder is itself. The file goes first: a crash in between leaves a copy, never two originals.
    static func rename(_ connection: Connection, folder: String) throws(StoreError) {
        let name = StoreKey.name()
        try write(name, to: path(folder))
        let statement = try connection.prepare(
            "INSERT INTO meta (key, value) VALUES ('instance', ?1) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
        )
        statement.bind(1, name)
        try statement.run()
    }

    private static func name(_ connection: Connection) throws(StoreError) -> String? {
        try connection.text("SELECT value FROM meta WHERE key = 'instance'")
    }

    private static func path(_ folder: String) -> String { folder + "/instance" }

    private static func write(_ name: String, to path: String) throws(StoreError) {
        let draft = path + ".\(getpid())"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StoreError(errno: errno, "can't create \(draft)") }
        let bytes = Array(name.utf8)
        let isWritten = Glibc.write(descriptor, bytes, bytes.count) == bytes.count && fsync(descriptor) == 0
        close(descriptor)
        guard isWritten, Glibc.rename(draft, path) == 0 else {
            let code = errno
            unlink(draft)
            throw StoreError(errno: code, "can't write \(path)")
        }
    }
}

extension SQLiteStore {
    /// Whether the folder was restored from a backup, and nobody has said yet that it may send.
    package func isCopy() throws(StoreError) -> Bool {
        try Instance.isCopy(try connect(), folder: folder)
    }

    /// Lets a restored copy send. What was on its way when the backup was made becomes uncertain: the original may know
    /// its outcome, and this copy doesn't.
    ///
    /// - Returns: how many messages that were; nil where the folder is no copy.
    package func takeOver(now: Timestamp) throws(StoreError) -> Int? {
        guard case .acquired(let lock) = try RunnerLock.acquire(folder: folder, takesCampaigns: false) else {
            throw .busy
        }
        defer { withExtendedLifetime(lock) {} }
        let connection = try connect()
        guard try Instance.isCopy(connection, folder: folder) else { return nil }
        let count = try SQLiteLedger(connection: connection, key: key).beginEpoch(now: now)
        try connection.transaction { () throws(StoreError) in try Instance.rename(connection, folder: folder) }
        return count
    }
}
