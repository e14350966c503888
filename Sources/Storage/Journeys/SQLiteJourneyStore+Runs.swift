package import RuleEngine
package import Runner

/// Who is where.
extension SQLiteJourneyStore {
    private static let columns =
        "contact, program, occurrence, launch, key, state, started_at, ended_at, goal_at, steps, trace"

    package func knownRuns(of contact: ContactKey, in program: ProgramKey) throws(StoreError) -> [EntryRule.KnownRun] {
        let statement = try connection.prepare(
            "SELECT occurrence, key, ended_at, ending FROM run WHERE contact = ?1 AND program = ?2")
        statement.bind(1, contact.rawValue)
        statement.bind(2, program.rawValue)
        defer { statement.reset() }
        var runs: [EntryRule.KnownRun] = []
        while try statement.step() {
            runs.append(
                EntryRule.KnownRun(
                    key: try Self.value(statement, 1), occurrence: UInt32(truncatingIfNeeded: statement.integer(0)),
                    ending: statement.isNull(2) ? nil : Self.ending(statement.string(3)),
                    endedAt: statement.optionalInteger(2).map(Timestamp.init(microseconds:))))
        }
        return runs
    }

    package func openRuns(of contact: ContactKey, in program: ProgramKey) throws(StoreError) -> [StoredRun] {
        let statement = try connection.prepare(
            """
            SELECT \(Self.columns) FROM run WHERE contact = ?1 AND program = ?2 AND ended_at IS NULL
            ORDER BY occurrence
            """)
        statement.bind(1, contact.rawValue)
        statement.bind(2, program.rawValue)
        return try all(statement)
    }

    package func run(_ key: RunKey) throws(StoreError) -> StoredRun? {
        let statement = try connection.prepare(
            "SELECT \(Self.columns) FROM run WHERE contact = ?1 AND program = ?2 AND occurrence = ?3")
        bind(key, to: statement)
        return try all(statement).first
    }

    package func dueRuns(
        at now: Timestamp, limit: Int, except: Set<LaunchID>
    ) throws(StoreError) -> [StoredRun] {
        // By the index of versions all runs of all live programs would be looked at.
        let statement = try connection.prepare(
            """
            SELECT \(Self.columns) FROM run INDEXED BY run_due
            WHERE due <= ?1 AND launch IN (SELECT id FROM launch WHERE kind = 1 AND state < 3)
                AND launch NOT IN (SELECT value FROM json_each(?3))
            ORDER BY due LIMIT ?2
            """)
        statement.bind(1, now.microseconds)
        statement.bind(2, Int64(limit))
        statement.bind(3, "[" + except.map { String($0.rawValue) }.sorted().joined(separator: ",") + "]")
        return try all(statement)
    }

    package func openRuns(of launch: LaunchID, after: RunKey?, limit: Int) throws(StoreError) -> [StoredRun] {
        let statement = try connection.prepare(
            """
            SELECT \(Self.columns) FROM run
            WHERE launch = ?1 AND ended_at IS NULL AND (contact, program, occurrence) > (?2, ?5, ?3)
            ORDER BY contact, program, occurrence LIMIT ?4
            """)
        statement.bind(1, launch.rawValue)
        statement.bind(2, after?.contact.rawValue ?? -1)
        statement.bind(3, after.map { Int64($0.occurrence) } ?? -1)
        statement.bind(4, Int64(limit))
        statement.bind(5, after?.program.rawValue ?? -1)
        return try all(statement)
    }

    package func insert(_ run: StoredRun) throws(StoreError) {
        let statement = try connection.prepare(
            """
            INSERT INTO run (
                contact, program, occurrence, launch, key, state, node, due, started_at, ended_at, ending, goal_at, steps,
                trace
            ) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
            """)
        bind(run.key, to: statement)
        statement.bind(4, run.launch.rawValue)
        if let value = run.value {
            statement.bindBlob(5, FieldCoding.encode(["": value]))
        } else {
            statement.bindNull(5)
        }
        bindState(of: run, to: statement)
        statement.bind(9, run.startedAt.microseconds)
        try statement.run()
    }

    package func update(_ run: StoredRun) throws(StoreError) {
        let statement = try connection.prepare(
            """
            UPDATE run SET launch = ?4, state = ?6, node = ?7, due = ?8, ended_at = ?10, ending = ?11, goal_at = ?12,
                steps = ?13, trace = ?14
            WHERE contact = ?1 AND program = ?2 AND occurrence = ?3
            """)
        bind(run.key, to: statement)
        statement.bind(4, run.launch.rawValue)
        bindState(of: run, to: statement)
        try statement.run()
    }

    private func bindState(of run: StoredRun, to statement: Statement) {
        statement.bindBlob(6, run.state.encoded)
        statement.bind(7, Int64(run.state.node))
        statement.bind(8, run.state.due?.microseconds)
        statement.bind(10, run.endedAt?.microseconds)
        statement.bind(11, run.state.ending?.text)
        statement.bind(12, run.goalAt?.microseconds)
        statement.bind(13, Int64(run.steps))
        statement.bind(14, run.trace?.rawValue)
    }

    package func append(_ lines: String, behind last: TraceKey?, at: Timestamp) throws(StoreError) -> TraceKey {
        let statement = try connection.prepare("INSERT INTO trace (earlier, at, lines) VALUES (?1, ?2, ?3)")
        statement.bind(1, last?.rawValue)
        statement.bind(2, at.microseconds)
        statement.bind(3, lines)
        try statement.run()
        return TraceKey(rawValue: connection.lastInsertedID)
    }

    package func count(_ passed: [Int: Int], of launch: LaunchID) throws(StoreError) {
        let statement = try connection.prepare(
            """
            INSERT INTO node_count (launch, node, passed) VALUES (?1, ?2, ?3)
            ON CONFLICT DO UPDATE SET passed = passed + excluded.passed
            """)
        for (node, count) in passed {
            statement.bind(1, launch.rawValue)
            statement.bind(2, Int64(node))
            statement.bind(3, Int64(count))
            try statement.run()
        }
    }

    package func nextDue() throws(StoreError) -> Timestamp? {
        let queries = [
            "SELECT 0 FROM cause LIMIT 1",
            "SELECT min(due) FROM run WHERE due IS NOT NULL",
            "SELECT min(check_at) FROM send_order WHERE check_at IS NOT NULL",
            """
            WITH RECURSIVE c (channel) AS (
                SELECT min(channel) FROM delivery WHERE (state = 0 OR state = 1 OR state = 3) AND occurrence > 4294967295
                UNION ALL
                SELECT (SELECT min(channel) FROM delivery
                    WHERE channel > c.channel AND (state = 0 OR state = 1 OR state = 3) AND occurrence > 4294967295)
                FROM c WHERE c.channel IS NOT NULL
            )
            SELECT min(t) FROM (SELECT (SELECT ifnull(not_before, 0) FROM delivery
                WHERE channel = c.channel AND (state = 0 OR state = 1 OR state = 3) AND occurrence > 4294967295
                ORDER BY ifnull(not_before, 0) LIMIT 1) AS t FROM c)
            """,
            "SELECT min(not_before) FROM call_order WHERE state = 0",
            "SELECT min(until) FROM tag_lifetime",
            "SELECT min(at) FROM contact_tick",
        ]
        var next: Int64?
        for query in queries {
            guard let time = try connection.integer(query) else { continue }
            next = min(next ?? time, time)
        }
        return next.map(Timestamp.init(microseconds:))
    }

    // MARK: Rows

    private func all(_ statement: Statement) throws(StoreError) -> [StoredRun] {
        defer { statement.reset() }
        var runs: [StoredRun] = []
        while try statement.step() {
            let state: RunState
            do throws(RunStateError) {
                state = try RunState.decode(statement.blob(5))
            } catch {
                throw .unusable("the state of a run of contact \(statement.integer(0)) can't be read: \(error)")
            }
            runs.append(
                StoredRun(
                    key: RunKey(
                        contact: ContactKey(rawValue: statement.integer(0)),
                        program: ProgramKey(rawValue: statement.integer(1)),
                        occurrence: UInt32(truncatingIfNeeded: statement.integer(2))),
                    launch: LaunchID(rawValue: statement.integer(3)), value: try Self.value(statement, 4), state: state,
                    startedAt: Timestamp(microseconds: statement.integer(6)),
                    endedAt: statement.optionalInteger(7).map(Timestamp.init(microseconds:)),
                    goalAt: statement.optionalInteger(8).map(Timestamp.init(microseconds:)),
                    steps: Int(statement.integer(9)),
                    trace: statement.optionalInteger(10).map(TraceKey.init(rawValue:))))
        }
        return runs
    }

    private static func value(_ row: Statement, _ column: Int32) throws(StoreError) -> Value? {
        if row.isNull(column) { return nil }
        guard let fields = try? FieldCoding.decode(row.blob(column)) else {
            throw .unusable("a run's key can't be read")
        }
        return fields[""]
    }

    /// Which words matter: a run that was replaced was not a whole one.
    private static func ending(_ text: String) -> RunState.Ending {
        switch text {
        case "goal": .goal
        case "held_out": .heldOut
        case "replaced": .replaced
        case "cancelled": .cancelled
        default: text.hasPrefix("exit_when ") ? .exitWhen(0) : .exit(String(text.dropFirst(5)))
        }
    }
}
