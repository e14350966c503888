package import RuleEngine
package import Runner

/// Reads what became of runs.
package final class SQLiteJourneyReader: JourneyReader {
    private let connection: Connection
    private let store: SQLiteJourneyStore
    private let ledger: SQLiteLedgerReader

    package init(connection: Connection, key: DataKey) throws(StoreError) {
        self.connection = connection
        store = try SQLiteJourneyStore(connection: connection, key: key)
        ledger = SQLiteLedgerReader(connection: connection)
    }

    package func status(of program: String) throws(StoreError) -> ProgramStatus? {
        let statement = try connection.prepare(
            "SELECT \(LaunchRow.columns) FROM launch WHERE tenant = 1 AND kind = 1 AND program = ?1 ORDER BY id")
        statement.bind(1, program)
        var launches: [LaunchRecord] = []
        while try statement.step() { launches.append(try LaunchRow.read(statement)) }
        guard !launches.isEmpty else { return nil }
        var versions: [ProgramStatus.Version] = []
        for launch in launches {
            let waiting = try numbers(
                "SELECT node, count(*) FROM run WHERE launch = ?1 AND ended_at IS NULL GROUP BY node", launch.id)
            versions.append(
                ProgramStatus.Version(
                    launch: launch, inside: waiting.values.reduce(0, +), endings: try endings(of: launch.id),
                    goals: try numbers(
                        "SELECT 0, count(*) FROM run WHERE launch = ?1 AND goal_at IS NOT NULL", launch.id)[0] ?? 0,
                    passed: try numbers("SELECT node, passed FROM node_count WHERE launch = ?1", launch.id),
                    waiting: waiting, counts: try ledger.counts(of: launch.id), calls: try calls(of: launch.id)))
        }
        return ProgramStatus(program: program, versions: versions)
    }

    package func runs(of contact: ContactKey, in program: String) throws(StoreError) -> [RunReport] {
        let statement = try connection.prepare(
            "SELECT r.occurrence, p.id FROM run r JOIN program p ON p.id = r.program WHERE r.contact = ?1 AND p.name = ?2 ORDER BY r.occurrence"
        )
        statement.bind(1, contact.rawValue)
        statement.bind(2, program)
        var keys: [RunKey] = []
        while try statement.step() {
            keys.append(
                RunKey(
                    contact: contact, program: ProgramKey(rawValue: statement.integer(1)),
                    occurrence: UInt32(truncatingIfNeeded: statement.integer(0))))
        }
        var reports: [RunReport] = []
        for key in keys {
            guard let run = try store.run(key) else { continue }
            reports.append(
                RunReport(
                    run: run, lines: try lines(of: run), deliveries: try deliveries(of: run, program),
                    calls: try calls(of: run, program)))
        }
        return reports
    }

    package func sends(to contact: ContactKey, since: Timestamp) throws(StoreError) -> [SentMessage] {
        let statement = try connection.prepare(
            """
            SELECT l.program, ifnull(d.channel, l.channel_id), d.started_at
            FROM delivery d JOIN launch l ON l.id = d.launch
            WHERE d.contact = ?1 AND d.started_at > ?2 AND d.state IN (2, 4, 10, 16)
            ORDER BY d.started_at DESC LIMIT 20
            """)
        statement.bind(1, contact.rawValue)
        statement.bind(2, since.microseconds)
        defer { statement.reset() }
        var sends: [SentMessage] = []
        while try statement.step() {
            sends.append(
                SentMessage(
                    program: statement.string(0), channel: statement.string(1),
                    at: Timestamp(microseconds: statement.integer(2))))
        }
        return sends
    }

    private func lines(of run: StoredRun) throws(StoreError) -> [RunReport.Line] {
        let statement = try connection.prepare(
            """
            WITH RECURSIVE entry (id, earlier, at, lines) AS (
                SELECT id, earlier, at, lines FROM trace WHERE id = ?1
                UNION ALL
                SELECT t.id, t.earlier, t.at, t.lines FROM entry e JOIN trace t ON t.id = e.earlier
            )
            SELECT at, lines FROM entry ORDER BY id
            """)
        statement.bind(1, run.trace?.rawValue)
        var lines: [RunReport.Line] = []
        while try statement.step() {
            let at = Timestamp(microseconds: statement.integer(0))
            for line in statement.string(1).split(separator: "\n") {
                if let line = RunReport.Line(line, at: at) { lines.append(line) }
            }
        }
        return lines
    }

    /// In whichever version of the program it was when it called.
    private func calls(of run: StoredRun, _ program: String) throws(StoreError) -> [RunReport.Call] {
        let statement = try connection.prepare(
            """
            SELECT node, state, attempts, not_before, answer FROM call_order
            WHERE launch IN (SELECT id FROM launch WHERE tenant = 1 AND program = ?1) AND contact = ?2
                AND occurrence = ?3
            ORDER BY number
            """)
        statement.bind(1, program)
        statement.bind(2, run.key.contact.rawValue)
        statement.bind(3, Int64(run.key.occurrence))
        var calls: [RunReport.Call] = []
        while try statement.step() {
            calls.append(
                RunReport.Call(
                    node: Int(statement.integer(0)),
                    state: RunReport.Call.State(rawValue: Int(statement.integer(1))) ?? .waiting,
                    attempts: Int(statement.integer(2)),
                    notBefore: Timestamp(microseconds: statement.integer(3)), answer: statement.optionalString(4)))
        }
        return calls
    }

    private func calls(of launch: LaunchID) throws(StoreError) -> [RunReport.Call.State: Int] {
        let counts = try numbers("SELECT state, count(*) FROM call_order WHERE launch = ?1 GROUP BY state", launch)
        var calls: [RunReport.Call.State: Int] = [:]
        for (state, count) in counts { if let state = RunReport.Call.State(rawValue: state) { calls[state] = count } }
        return calls
    }

    /// In whichever version of the program it was when it ordered them.
    private func deliveries(of run: StoredRun, _ program: String) throws(StoreError) -> [RunReport.Delivery] {
        let first = OrderKey(run: run.key.occurrence, number: 0).occurrence
        let statement = try connection.prepare(
            """
            SELECT step, occurrence, ifnull(channel, ''), not_before, created_at, launch, updated_at FROM delivery
            WHERE tenant = 1 AND launch IN (SELECT id FROM launch WHERE tenant = 1 AND program = ?1) AND contact = ?2 AND occurrence BETWEEN ?3 AND ?4
            ORDER BY occurrence
            """)
        statement.bind(1, program)
        statement.bind(2, run.key.contact.rawValue)
        statement.bind(3, first)
        statement.bind(4, first | 0xFFFF_FFFF)
        var rows: [(key: DeliveryKey, channel: String, notBefore: Int64?, created: Int64, updated: Int64)] = []
        while try statement.step() {
            rows.append(
                (
                    DeliveryKey(
                        launch: LaunchID(rawValue: statement.integer(5)), contact: run.key.contact,
                        step: Int32(truncatingIfNeeded: statement.integer(0)), occurrence: statement.integer(1)),
                    statement.string(2), statement.optionalInteger(3), statement.integer(4), statement.integer(6)
                ))
        }
        var found: [RunReport.Delivery] = []
        for row in rows {
            guard let fate = try store.fate(of: row.key) else { continue }
            found.append(
                RunReport.Delivery(
                    launch: row.key.launch, node: Int(row.key.step), channel: row.channel, state: fate.state,
                    reason: fate.reason,
                    notBefore: row.notBefore.map(Timestamp.init(microseconds:)), acceptedAt: fate.acceptedAt,
                    createdAt: Timestamp(microseconds: row.created), updatedAt: Timestamp(microseconds: row.updated),
                    news: fate.news))
        }
        return found
    }

    private func endings(of launch: LaunchID) throws(StoreError) -> [String: Int] {
        let statement = try connection.prepare(
            "SELECT ending, count(*) FROM run WHERE launch = ?1 AND ended_at IS NOT NULL GROUP BY ending")
        statement.bind(1, launch.rawValue)
        var endings: [String: Int] = [:]
        while try statement.step() { endings[statement.string(0)] = Int(statement.integer(1)) }
        return endings
    }

    private func numbers(_ sql: String, _ launch: LaunchID) throws(StoreError) -> [Int: Int] {
        let statement = try connection.prepare(sql)
        statement.bind(1, launch.rawValue)
        var numbers: [Int: Int] = [:]
        while try statement.step() { numbers[Int(statement.integer(0))] = Int(statement.integer(1)) }
        return numbers
    }
}

extension SQLiteStore {
    package func openJourneyReader() throws(StoreError) -> any JourneyReader {
        try SQLiteJourneyReader(connection: try connect(), key: key)
    }
}
