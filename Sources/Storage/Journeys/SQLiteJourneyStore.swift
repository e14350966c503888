import Crypto
package import RuleEngine
package import Runner

/// What runs of sequences and rules need, in SQLite. One thread owns it.
///
/// Its parts: versions (here), causes (`+Causes`), runs (`+Runs`), people (`+People`), orders and the ledger's rows
/// (`+Orders`, `+Deliveries`), clocks (`+Clocks`).
package final class SQLiteJourneyStore: JourneyStore {
    let connection: Connection
    let key: DataKey
    let table = ContactTable()
    let rows: DeliveryStatements
    var programKeys: [String: ProgramKey] = [:]
    var eventNames: [String: Int64] = [:]
    let events: SQLiteEventStore
    /// Reads of one person, by what is asked.
    var personReads: [PersonQuery: PersonRead] = [:]
    var recipientReads: [RecipientReadKey: RecipientRead] = [:]
    /// Of this transaction, once somebody has asked.
    private var knownTableVersion: Int64?

    package init(connection: Connection, key: DataKey) throws(StoreError) {
        self.connection = connection
        self.key = key
        rows = try connection.turn { () throws(StoreError) in try DeliveryStatements(connection, occurrence: "?15") }
        events = SQLiteEventStore(connection)
    }

    package var isAwaited: Bool { connection.isAwaited }

    package func transaction<Value>(_ body: () throws(StoreError) -> Value) throws(StoreError) -> Value {
        knownTableVersion = nil
        do throws(StoreError) {
            return try connection.transaction(body)
        } catch {
            // Names that were made in a transaction that failed aren't there.
            programKeys.removeAll()
            eventNames.removeAll()
            events.forgetNames()
            throw error
        }
    }

    /// Changes with every change of a table. Nobody else changes one within a transaction.
    func tableVersion() throws(StoreError) -> Int64 {
        if let knownTableVersion { return knownTableVersion }
        let version = try connection.integer("PRAGMA schema_version") ?? 0
        knownTableVersion = version
        return version
    }

    // MARK: Versions

    package func liveVersions(of program: String?) throws(StoreError) -> [LaunchRecord] {
        let one = "tenant = 1 AND program = ?1 AND "
        let statement = try connection.prepare(
            """
            SELECT \(LaunchRow.columns) FROM launch WHERE \(program == nil ? "" : one)kind = 1 AND state < 3
            ORDER BY id
            """)
        if let program { statement.bind(1, program) }
        defer { statement.reset() }
        var found: [LaunchRecord] = []
        while try statement.step() { found.append(try LaunchRow.read(statement)) }
        return found
    }

    package func liveStates() throws(StoreError) -> [LaunchID: LaunchState] {
        let statement = try connection.prepare("SELECT id, state FROM launch WHERE kind = 1 AND state < 3")
        defer { statement.reset() }
        var states: [LaunchID: LaunchState] = [:]
        while try statement.step() {
            states[LaunchID(rawValue: statement.integer(0))] = LaunchState(rawValue: Int(statement.integer(1)))
        }
        return states
    }

    package func state(of launch: LaunchID) throws(StoreError) -> LaunchState? {
        let statement = try connection.prepare("SELECT state FROM launch WHERE id = ?1")
        statement.bind(1, launch.rawValue)
        defer { statement.reset() }
        return try statement.step() ? LaunchState(rawValue: Int(statement.integer(0))) : nil
    }

    package func launch(_ id: LaunchID) throws(StoreError) -> LaunchRecord? {
        try LaunchRow.find(id, connection)
    }

    package func programNews() throws(StoreError) -> Int64 {
        try connection.integer("SELECT number FROM program_news") ?? 0
    }

    package func files(of launch: LaunchID) throws(StoreError) -> [SourceFile] {
        let statement = try connection.prepare(
            """
            SELECT f.path, t.bytes FROM launch l
            JOIN snapshot_file f ON f.snapshot = l.snapshot JOIN source_text t ON t.hash = f.hash
            WHERE l.id = ?1 ORDER BY f.path <> 'carillon.yaml', f.path
            """)
        statement.bind(1, launch.rawValue)
        defer { statement.reset() }
        var files: [SourceFile] = []
        while try statement.step() {
            files.append(SourceFile(path: statement.string(0), bytes: statement.blob(1)))
        }
        return files
    }

    package func snapshot(of launch: LaunchID) throws(StoreError) -> Int64? {
        let statement = try connection.prepare("SELECT snapshot FROM launch WHERE id = ?1")
        statement.bind(1, launch.rawValue)
        defer { statement.reset() }
        return try statement.step() ? statement.optionalInteger(0) : nil
    }

    package func activate(
        _ version: LaunchRecord, files: [SourceFile], replacing old: [LaunchID], moves: Bool
    ) throws(StoreError) -> LaunchRecord {
        try connection.transaction { () throws(StoreError) in
            let snapshot = try keep(files)
            let earlier = try connection.prepare(
                "SELECT max(id) FROM launch WHERE tenant = 1 AND kind = 1 AND program = ?1")
            earlier.bind(1, version.program)
            let last = try earlier.step() ? earlier.optionalInteger(0) : nil
            earlier.reset()
            let id = try LaunchRow.insert(version, connection)
            let mark = try connection.prepare("UPDATE launch SET kind = 1, snapshot = ?2 WHERE id = ?1")
            mark.bind(1, id.rawValue)
            mark.bind(2, snapshot)
            try mark.run()
            // Who was in the segment when the last version looked has not come in anew.
            if let last {
                let copy = try connection.prepare(
                    """
                    INSERT INTO schedule_tick (launch, next_at, ticking_at, cursor)
                    SELECT ?1, next_at, ticking_at, cursor FROM schedule_tick WHERE launch = ?2
                    """)
                copy.bind(1, id.rawValue)
                copy.bind(2, last)
                try copy.run()
            }
            for launch in moves ? old : [] { try begin(VersionMove(earlier: launch, launch: id)) }
            _ = try programKey(of: version.program)
            var activated = version
            activated.id = id
            return activated
        }
    }

    package func setState(
        _ state: LaunchState, of launch: LaunchID, note: String?, now: Timestamp
    ) throws(StoreError) {
        try LaunchRow.write(state, note: note, of: launch, at: now, connection)
        if state.isOver { try MessageTexts(connection).forgetEnded(launch) }
    }

    package func programKey(of id: String) throws(StoreError) -> ProgramKey {
        if let known = programKeys[id] { return known }
        let insert = try connection.prepare("INSERT INTO program (name) VALUES (?1) ON CONFLICT DO NOTHING")
        insert.bind(1, id)
        try insert.run()
        let find = try connection.prepare("SELECT id FROM program WHERE name = ?1")
        find.bind(1, id)
        defer { find.reset() }
        guard try find.step() else { throw .unusable("the table program doesn't keep what is written into it") }
        let key = ProgramKey(rawValue: find.integer(0))
        programKeys[id] = key
        return key
    }

    package func openRunCount(of launch: LaunchID) throws(StoreError) -> Int {
        let statement = try connection.prepare("SELECT count(*) FROM run WHERE launch = ?1 AND ended_at IS NULL")
        statement.bind(1, launch.rawValue)
        defer { statement.reset() }
        return try statement.step() ? Int(statement.integer(0)) : 0
    }

    package func abandon(_ launch: LaunchID, why: String, now: Timestamp) throws(StoreError) -> Int {
        func change(_ sql: String) throws(StoreError) -> Int {
            let statement = try connection.prepare(sql)
            statement.bind(1, launch.rawValue)
            statement.bind(2, now.microseconds)
            try statement.run()
            return connection.changes
        }
        _ = try change(
            """
            UPDATE delivery SET state = 14, updated_at = ?2, reason = 'program_ended', not_before = NULL
            WHERE tenant = 1 AND launch = ?1 AND (state = 0 OR state = 1 OR state = 3)
            """)
        _ = try change("DELETE FROM send_order WHERE launch = ?1 AND ?2")
        _ = try change(
            "UPDATE call_order SET state = 3, answer = 'program_ended' WHERE launch = ?1 AND state < 2 AND ?2")
        _ = try change("DELETE FROM contact_tick WHERE launch = ?1 AND ?2")
        let runs = "SELECT contact, program, occurrence FROM run WHERE launch = ?1 AND ended_at IS NULL"
        _ = try change(
            "DELETE FROM waiting_cause WHERE (contact, program, behind) IN (\(runs)) AND ?2")
        _ = try change("DELETE FROM pending_move WHERE (contact, program, occurrence) IN (\(runs)) AND ?2")
        let last = try connection.integer("SELECT ifnull(max(id), 0) FROM trace") ?? 0
        let trace = try connection.prepare(
            """
            INSERT INTO trace (id, earlier, at, lines)
            SELECT ?4 + row_number() OVER (ORDER BY contact, program, occurrence), trace, ?2,
                node || char(9) || char(9) || 'ended' || char(9) || 'cancelled: ' || ?3
            FROM run WHERE launch = ?1 AND ended_at IS NULL
            """)
        trace.bind(1, launch.rawValue)
        trace.bind(2, now.microseconds)
        trace.bind(3, why)
        trace.bind(4, last)
        try trace.run()
        let end = try connection.prepare(
            """
            UPDATE run SET ended_at = ?2, ending = 'cancelled', due = NULL, trace = ended.id
            FROM (SELECT contact, program, occurrence,
                    ?3 + row_number() OVER (ORDER BY contact, program, occurrence) AS id
                FROM run WHERE launch = ?1 AND ended_at IS NULL) AS ended
            WHERE (run.contact, run.program, run.occurrence) = (ended.contact, ended.program, ended.occurrence)
            """)
        end.bind(1, launch.rawValue)
        end.bind(2, now.microseconds)
        end.bind(3, last)
        try end.run()
        return connection.changes
    }

    /// Files by their content: a thousand programs that go live together keep one copy.
    private func keep(_ files: [SourceFile]) throws(StoreError) -> Int64 {
        var whole = SHA256()
        var hashes: [(path: String, hash: [UInt8])] = []
        for file in files {
            let hash = Array(SHA256.hash(data: file.bytes))
            hashes.append((file.path, hash))
            whole.update(data: Array(file.path.utf8) + [0])
            whole.update(data: hash)
        }
        let digest = Array(whole.finalize())
        let find = try connection.prepare("SELECT id FROM snapshot WHERE digest = ?1")
        find.bindBlob(1, digest)
        if try find.step() {
            defer { find.reset() }
            return find.integer(0)
        }
        let insert = try connection.prepare("INSERT INTO snapshot (digest) VALUES (?1)")
        insert.bindBlob(1, digest)
        try insert.run()
        let snapshot = connection.lastInsertedID
        for (file, entry) in zip(files, hashes) {
            let text = try connection.prepare(
                "INSERT INTO source_text (hash, bytes) VALUES (?1, ?2) ON CONFLICT DO NOTHING")
            text.bindBlob(1, entry.hash)
            text.bindBlob(2, file.bytes)
            try text.run()
            let link = try connection.prepare("INSERT INTO snapshot_file (snapshot, path, hash) VALUES (?1, ?2, ?3)")
            link.bind(1, snapshot)
            link.bind(2, entry.path)
            link.bindBlob(3, entry.hash)
            try link.run()
        }
        return snapshot
    }
}

extension SQLiteStore {
    package func openJourneys() throws(StoreError) -> any JourneyStore {
        try SQLiteJourneyStore(connection: try sharedConnection(), key: key)
    }
}
