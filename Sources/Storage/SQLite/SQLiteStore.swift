import Glibc
package import RuleEngine
package import Runner
import Synchronization

/// A project's data folder: the database, the key and the runner's lock. It hands out connections; each belongs to
/// the thread that asked for it.
package final class SQLiteStore: Sendable {
    package let folder: String
    /// For sealed references and address hashes.
    package let key: DataKey

    private let isDurable: Bool
    private let writes: WriteQueue
    private let shared = Mutex(Shared())

    private struct Shared: @unchecked Sendable {
        // Safe to hand over: who has it uses it in turns, which the connection keeps.
        weak var connection: Connection?
    }

    /// Opens the folder, and makes what isn't there yet. Brings the tables up to date.
    ///
    /// - Parameter isDurable: false for what a simulation writes, which may be lost and from which nothing is sent.
    package init(folder: String, isDurable: Bool = true) throws(StoreError) {
        self.folder = folder
        self.isDurable = isDurable
        try Self.makeFolder(folder)
        try Instance.refuseLoss(folder: folder)
        key = DataKey(bytes: try StoreKey.load(folder: folder))
        let path = folder + "/carillon.db"
        try Self.makeFile(path)
        writes = WriteQueue.of(path)
        let connection = try connect()
        try Instance.refuseLoss(connection, folder: folder)
        try Migrations.apply(to: connection)
        try checkKey(connection)
        try Instance.ensure(connection, folder: folder)
    }

    package var databasePath: String {
        folder + "/carillon.db"
    }

    /// - Parameter heard: called whenever this process has written something, by the thread that wrote: it must not take long.
    package func onCommit(_ heard: @escaping @Sendable () -> Void) { writes.onCommit(heard) }

    package func connect(_ options: Connection.Options = Connection.Options()) throws(StoreError) -> Connection {
        var options = options
        options.isDurable = isDurable
        return try Connection(path: databasePath, options: options)
    }

    /// The connection by which this process writes what programs run on: what happens to people, and what follows. SQLite
    /// forgets all pages that a connection has read when another one has written. Two that write in turn would read
    /// everything from the file again each time.
    func sharedConnection() throws(StoreError) -> Connection {
        let found = shared.withLock { shared -> Result<Connection, StoreError> in
            if let known = shared.connection, !known.hasFailed { return .success(known) }
            return Result { () throws(StoreError) in
                var options = Connection.Options()
                options.isShared = true
                // Runs, orders and events lie by contact: what happens to random people touches random pages of them all.
                options.cacheKibibytes = 65_536
                options.checkpointPages = 16_000
                options.copiesLogEvery = isDurable ? 2_000 : nil
                let connection = try connect(options)
                shared.connection = connection
                return connection
            }
        }
        return try found.get()
    }

    /// Gives every field of a schema its column, so that programs can write it.
    package func prepare(for schema: ContactSchema) throws(StoreError) {
        try SchemaColumns.ensure(for: schema, on: try connect())
    }

    /// The right to send. Never waits. A restored copy has none until somebody says so.
    package func lockRunner(takesCampaigns: Bool) throws(StoreError) -> RunnerLockAttempt {
        let attempt = try RunnerLock.acquire(folder: folder, takesCampaigns: takesCampaigns)
        if case .acquired = attempt, try isCopy() { return .isCopy }
        return attempt
    }

    package func runner() throws(StoreError) -> RunnerHolder? {
        try RunnerLock.holder(folder: folder)
    }

    /// Who sends from a folder that is only looked at.
    package static func runner(of folder: String) throws(StoreError) -> RunnerHolder? {
        FileReading.isFile(folder + "/runner.lock") ? try RunnerLock.holder(folder: folder) : nil
    }

    private func checkKey(_ connection: Connection) throws(StoreError) {
        let fingerprint = StoreKey.fingerprint(key.bytes)
        let known = try connection.text("SELECT value FROM meta WHERE key = 'key_fingerprint'")
        if known == fingerprint { return }
        guard known == nil else {
            throw .unusable("\(folder)/key doesn't belong to this database: put the original file back")
        }
        try connection.transaction { () throws(StoreError) in
            try connection.execute(
                "INSERT INTO meta (key, value) VALUES ('key_fingerprint', '\(fingerprint)') ON CONFLICT DO NOTHING"
            )
        }
    }

    static func makeFolder(_ folder: String) throws(StoreError) {
        if mkdir(folder, 0o700) == 0 || errno == EEXIST { return }
        throw StoreError(errno: errno, "can't create \(folder)")
    }

    /// SQLite gives the write-ahead log the mode of the database file, so that the one mode set here covers all.
    ///
    /// A file that is there is never opened here: to close any descriptor of a file gives back every lock that the
    /// process has on it, SQLite's own among them. Another process would take itself for the last one, and delete the
    /// log that this one goes on writing to.
    static func makeFile(_ path: String) throws(StoreError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        if descriptor < 0, errno == EEXIST { return }
        guard descriptor >= 0 else { throw StoreError(errno: errno, "can't create \(path)") }
        close(descriptor)
    }
}
