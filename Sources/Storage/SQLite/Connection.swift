import CSystemSQLite
import Glibc
package import Runner

/// One connection to the database, owned by one thread, or shared by several that take turns.
///
/// One that isn't shared is opened without SQLite's own mutexes, so that handing it to another thread while it is in use
/// is a fault.
package final class Connection {
    let handle: OpaquePointer
    private var statements: [String: Statement] = [:]
    /// Set by the first write that the disk refused. After a failed fsync the kernel may have dropped the pages it
    /// could not write, so that a second attempt would succeed without being durable: only a new connection, which
    /// reads back what is really there, may write again.
    private var failure: StoreError?
    private let writers: WriteQueue
    private let busyTimeout: Int32
    private let isShared: Bool
    private var copier: LogCopier?
    /// Numbers of the table `meta` as this transaction knows them. Nobody else changes them within it.
    var counters: [String: Counter]?

    /// How the file is opened. `busyTimeout` is how long a lock of another process is waited for.
    package struct Options: Sendable {
        package var busyTimeoutMilliseconds: Int32 = 5_000
        package var cacheKibibytes: Int32 = 4_096
        /// How many pages are written to the log before they are copied into the database, each once.
        package var checkpointPages = 2_000
        package var isReadOnly = false
        /// False for data that nobody would miss: a simulation's. Nothing is sent from it.
        package var isDurable = true
        /// Somebody else copies the log, each time that so many pages have come; nil: the writer itself, at its limit alone.
        package var copiesLogEvery: Int?
        /// Several threads use it, each inside of `transaction`, `snapshot` or `turn`, and never nested.
        package var isShared = false

        package init() {}
    }

    package init(path: String, options: Options = Options()) throws(StoreError) {
        var opened: OpaquePointer?
        let access = options.isReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE
        // Who drops its last reference to a statement may do so while another thread has the turn.
        let mutex = options.isShared ? SQLITE_OPEN_FULLMUTEX : SQLITE_OPEN_NOMUTEX
        let code = sqlite3_open_v2(path, &opened, access | mutex | SQLITE_OPEN_EXRESCODE, nil)
        guard let opened, code == SQLITE_OK else {
            let error = opened.map { StoreError(code: code, database: $0) }
            sqlite3_close_v2(opened)
            throw error ?? .failed("no memory for a database connection")
        }
        handle = opened
        writers = WriteQueue.of(path)
        busyTimeout = options.busyTimeoutMilliseconds
        isShared = options.isShared
        sqlite3_busy_handler(
            handle, { timeout, count in Connection.pause(Int(bitPattern: timeout), before: Int(count)) },
            UnsafeMutableRawPointer(bitPattern: Int(busyTimeout)))
        try configure(options)
        if let step = options.copiesLogEvery {
            let copier = LogCopier(path: path, step: step, limit: options.checkpointPages)
            copier.follow(self)
            self.copier = copier
        }
    }

    deinit {
        statements.removeAll()
        sqlite3_close_v2(handle)
    }

    /// A statement that is compiled once and kept. The caller resets it, or runs it to its end.
    package func prepare(_ sql: String) throws(StoreError) -> Statement {
        if let kept = statements[sql] {
            kept.reset()
            return kept
        }
        let statement = try Statement(sql, on: handle, isKept: true)
        statements[sql] = statement
        return statement
    }

    /// A statement that goes away with its last reference: for SQL that depends on what the author wrote.
    package func prepareOnce(_ sql: String) throws(StoreError) -> Statement {
        try Statement(sql, on: handle, isKept: false)
    }

    /// Runs one or more statements without parameters.
    package func execute(_ sql: String) throws(StoreError) {
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw StoreError(code: code, database: handle) }
    }

    /// Rows that the last statement changed.
    package var changes: Int {
        Int(sqlite3_changes64(handle))
    }

    /// The key that the last insert into a table with a row id gave.
    package var lastInsertedID: Int64 {
        sqlite3_last_insert_rowid(handle)
    }

    /// Whether a transaction is open.
    package var isInTransaction: Bool {
        sqlite3_get_autocommit(handle) == 0
    }

    /// Writes all of it or nothing. What was written is on disk when this returns.
    ///
    /// `BEGIN IMMEDIATE`: a transaction that reads first and writes later would be refused at once, without waiting,
    /// if another connection wrote in between.
    package func transaction<Value>(_ body: () throws(StoreError) -> Value) throws(StoreError) -> Value {
        try turn { () throws(StoreError) in try write(body) }
    }

    private func write<Value>(_ body: () throws(StoreError) -> Value) throws(StoreError) -> Value {
        if let failure { throw failure }
        defer { counters = nil }
        do {
            try execute("BEGIN IMMEDIATE")
            counters = [:]
            let value = try body()
            try writeCounters()
            try execute("COMMIT")
            writers.committed()
            return value
        } catch {
            // Full disks and I/O errors have rolled back by themselves already; a busy COMMIT has not.
            if isInTransaction { try? execute("ROLLBACK") }
            if case .failed = error { failure = error }
            throw error
        }
    }

    /// Nobody else of this process writes in between, or uses a connection that is shared.
    package func turn<Value>(_ body: () throws(StoreError) -> Value) throws(StoreError) -> Value {
        guard writers.turns.enter(within: busyTimeout) else { throw .busy }
        defer { writers.turns.leave() }
        return try body()
    }

    /// Another thread of this process waits for its turn.
    var isAwaited: Bool { writers.turns.isAwaited }

    /// It refuses to write, because the disk has.
    var hasFailed: Bool { failure != nil }

    /// Another process holds the lock. SQLite's own pauses grow to a tenth of a second, in which thousands of rows could be
    /// written; ours go from 0.2 to 5 ms. 0 when the time is over.
    private static func pause(_ timeout: Int, before attempt: Int) -> Int32 {
        let doublings = 5
        guard max(0, attempt - doublings) * 5 < timeout else { return 0 }
        usleep(attempt < doublings ? 200 << UInt32(attempt) : 5_000)
        return 1
    }

    /// Reads all of it from one snapshot.
    package func snapshot<Value>(_ body: () throws(StoreError) -> Value) throws(StoreError) -> Value {
        isShared ? try turn { () throws(StoreError) in try read(body) } : try read(body)
    }

    private func read<Value>(_ body: () throws(StoreError) -> Value) throws(StoreError) -> Value {
        try execute("BEGIN")
        defer { if isInTransaction { try? execute("COMMIT") } }
        return try body()
    }

    /// The single integer that a query gives, or nil for no row or NULL.
    package func integer(_ sql: String) throws(StoreError) -> Int64? {
        let statement = try prepare(sql)
        defer { statement.reset() }
        guard try statement.step() else { return nil }
        return statement.optionalInteger(0)
    }

    /// The single text that a query gives, or nil for no row or NULL.
    package func text(_ sql: String) throws(StoreError) -> String? {
        let statement = try prepare(sql)
        defer { statement.reset() }
        guard try statement.step() else { return nil }
        return statement.optionalString(0)
    }

    private func configure(_ options: Options) throws(StoreError) {
        // The page size counts only for a file that is still empty, and before WAL is switched on.
        if !options.isReadOnly {
            try execute("PRAGMA page_size = 4096")
            guard try text("PRAGMA journal_mode = WAL") == "wal" else {
                throw .unusable("the database can't keep a write-ahead log where it lies")
            }
        }
        try execute(
            """
            PRAGMA synchronous = \(options.isDurable ? "FULL" : "OFF");
            PRAGMA foreign_keys = OFF;
            PRAGMA mmap_size = 0;
            PRAGMA cache_size = -\(options.cacheKibibytes);
            PRAGMA wal_autocheckpoint = \(options.checkpointPages);
            PRAGMA journal_size_limit = 67108864;
            """
        )
        // What is deleted or changed is overwritten in the file, whoever does it: what has become free could be forgotten
        // by nobody later. Debian's SQLite does so by itself, others don't.
        if !options.isReadOnly { try execute("PRAGMA secure_delete = ON") }
        // With NORMAL a committed intent can vanish in a power cut, and the message be sent a second time. So the
        // setting is read back, and nothing works without it.
        guard try integer("PRAGMA synchronous") == (options.isDurable ? 2 : 0) else {
            throw .unusable("the database refuses synchronous=FULL, so that a commit wouldn't be durable")
        }
        let registered = ConditionFunctions.register(on: handle)
        guard registered == SQLITE_OK else { throw StoreError(code: registered, database: handle) }
        statements.removeAll()
    }
}
