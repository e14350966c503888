import RuleEngine
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
                    waiting: waiting, counts: try ledger.counts(of: launch.id)))
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
            reports.append(RunReport(run: run, lines: try lines(of: key), deliveries: try deliveries(of: run)))
        }
        return reports
    }

    private func lines(of run: RunKey) throws(StoreError) -> [RunReport.Line] {
        let statement = try connection.prepare(
            "SELECT at, lines FROM run_trace WHERE contact = ?1 AND program = ?2 AND occurrence = ?3 ORDER BY step")
        store.bind(run, to: statement)
        var lines: [RunReport.Line] = []
        while try statement.step() {
            let at = Timestamp(microseconds: statement.integer(0))
            for line in statement.string(1).split(separator: "\n") {
                if let line = RunReport.Line(line, at: at) { lines.append(line) }
            }
        }
        return lines
    }

    private func deliveries(of run: StoredRun) throws(StoreError) -> [RunReport.Delivery] {
        let first = OrderKey(run: run.key.occurrence, number: 0).occurrence
        let statement = try connection.prepare(
            """
            SELECT step, occurrence, ifnull(channel, ''), not_before, created_at FROM delivery
            WHERE tenant = 1 AND launch = ?1 AND contact = ?2 AND occurrence BETWEEN ?3 AND ?4
            ORDER BY occurrence
            """)
        statement.bind(1, run.launch.rawValue)
        statement.bind(2, run.key.contact.rawValue)
        statement.bind(3, first)
        statement.bind(4, first | 0xFFFF_FFFF)
        var rows: [(key: DeliveryKey, channel: String, notBefore: Int64?, created: Int64)] = []
        while try statement.step() {
            rows.append(
                (
                    DeliveryKey(
                        launch: run.launch, contact: run.key.contact,
                        step: Int32(truncatingIfNeeded: statement.integer(0)), occurrence: statement.integer(1)),
                    statement.string(2), statement.optionalInteger(3), statement.integer(4)
                ))
        }
        var found: [RunReport.Delivery] = []
        for row in rows {
            guard let fate = try store.fate(of: row.key) else { continue }
            found.append(
                RunReport.Delivery(
                    node: Int(row.key.step), channel: row.channel, state: fate.state, reason: fate.reason,
                    notBefore: row.notBefore.map(Timestamp.init(microseconds:)), acceptedAt: fate.acceptedAt,
                    createdAt: Timestamp(microseconds: row.created), news: fate.news))
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
