package import RuleEngine
package import Runner

/// How far a launch has come, and whose turn with another channel it is.
extension SQLiteLedger {
    package func setPhase(_ phase: LaunchPhase, of launch: LaunchID) throws(StoreError) {
        try connection.transaction { () throws(StoreError) in try LaunchRow.write(phase, of: launch, connection) }
    }

    package func decide(_ launch: LaunchID, _ verdict: ExperimentVerdict, now: Timestamp) throws(StoreError) {
        try connection.transaction { () throws(StoreError) in
            let insert = try connection.prepare(
                """
                INSERT INTO launch_decision (launch, decided_at, winner, ground, share_p, arms)
                VALUES (?1, ?2, ?3, ?4, CAST(?5 AS REAL), ?6) ON CONFLICT DO NOTHING
                """
            )
            insert.bind(1, launch.rawValue)
            insert.bind(2, now.microseconds)
            insert.bind(3, Int64(verdict.winner))
            insert.bind(4, verdict.ground.rawValue)
            insert.bind(5, "\(verdict.shareP)")
            insert.bind(6, VerdictText.text(of: verdict.arms))
            try insert.run()
            // Whatever stands there now is the decision, whoever made it.
            try connection.execute(
                """
                UPDATE launch SET winner = (SELECT winner FROM launch_decision WHERE launch = \(launch.rawValue))
                WHERE id = \(launch.rawValue)
                """
            )
        }
    }

    package func escalate(
        _ launch: LaunchID, unless signal: DeliverySignal, now: Timestamp, limit: Int
    ) throws(StoreError) -> (looked: Int, added: Int) {
        try connection.transaction { () throws(StoreError) in
            let due = try dueForAnother(launch, signal, now: now, limit: limit)
            let letBe = try connection.prepare(
                """
                UPDATE delivery SET not_before = NULL, superseded = ?5
                WHERE tenant = 1 AND launch = ?1 AND contact = ?2 AND step = ?3 AND occurrence = ?4
                """
            )
            let add = try connection.prepare(
                """
                INSERT INTO delivery (
                    tenant, launch, contact, step, occurrence, state, attempts, epoch, cost_micros, created_at, updated_at
                ) VALUES (1, ?1, ?2, ?3, ?4 + 1, 0, 0, 0, 0, ?5, ?5) ON CONFLICT DO NOTHING
                """
            )
            var added = 0
            for row in due {
                bind(row, of: launch, to: letBe)
                letBe.bind(5, row.hasHappened ? 0 : 1)
                try letBe.run()
                guard !row.hasHappened else { continue }
                bind(row, of: launch, to: add)
                add.bind(5, now.microseconds)
                try add.run()
                added += 1
            }
            return (due.count, added)
        }
    }

    private struct DueRow {
        var contact: Int64
        var step: Int64
        var occurrence: Int64
        var hasHappened: Bool
    }

    private func dueForAnother(
        _ launch: LaunchID, _ signal: DeliverySignal, now: Timestamp, limit: Int
    ) throws(StoreError) -> [DueRow] {
        // What was refused or given up has reached nobody, whatever is waited for.
        let statement = try connection.prepare(
            """
            SELECT d.contact, d.step, d.occurrence, d.state = 10 AND (\(Self.happened(signal)))
            FROM delivery d INDEXED BY delivery_next
            LEFT JOIN delivery_status t ON t.tenant = 1 AND t.launch = d.launch AND t.contact = d.contact
                AND t.step = d.step AND t.occurrence = d.occurrence
            WHERE d.tenant = 1 AND d.launch = ?1
                AND (d.state = 10 OR d.state = 12 OR d.state = 13) AND d.not_before IS NOT NULL
                AND d.not_before <= ?2
            ORDER BY d.not_before LIMIT ?3
            """
        )
        statement.bind(1, launch.rawValue)
        statement.bind(2, now.microseconds)
        statement.bind(3, Int64(limit))
        defer { statement.reset() }
        var rows: [DueRow] = []
        while try statement.step() {
            rows.append(
                DueRow(
                    contact: statement.integer(0), step: statement.integer(1), occurrence: statement.integer(2),
                    hasHappened: statement.integer(3) != 0))
        }
        return rows
    }

    /// True where no other channel is to be tried. `t` is the message's status, which may be missing.
    private static func happened(_ signal: DeliverySignal) -> String {
        switch signal {
        case .failed: "NOT (ifnull(t.rank, 0) BETWEEN 25 AND 29 OR ifnull(t.rank, 0) BETWEEN 35 AND 39)"
        case .not_delivered: "\(MessageTimes.delivered("t")) IS NOT NULL"
        case .not_opened: "\(MessageTimes.opened("t")) IS NOT NULL"
        case .not_read: "t.read_at IS NOT NULL"
        case .not_clicked: "t.clicked_at IS NOT NULL"
        case .not_replied:
            """
            EXISTS (SELECT 1 FROM channel_event e WHERE e.contact = d.contact AND e.launch = d.launch
                AND e.step = d.step AND e.kind = 'inbound')
            """
        }
    }

    private func bind(_ row: DueRow, of launch: LaunchID, to statement: Statement) {
        statement.bind(1, launch.rawValue)
        statement.bind(2, row.contact)
        statement.bind(3, row.step)
        statement.bind(4, row.occurrence)
    }
}

/// The figures of a verdict as the database keeps them: `name|people|converted|p`, one line an arm. Names are ids, which
/// hold neither mark.
enum VerdictText {
    static func text(of arms: [ExperimentVerdict.Arm]) -> String {
        arms.map { arm in
            "\(arm.name)|\(arm.result.people)|\(arm.result.converted)|\(arm.pValue.map { "\($0)" } ?? "")"
        }.joined(separator: "\n")
    }

    static func arms(of text: String) -> [ExperimentVerdict.Arm] {
        text.split(separator: "\n").compactMap { line in
            let parts = line.split(separator: "|", omittingEmptySubsequences: false)
            guard parts.count == 4, let people = Int(parts[1]), let converted = Int(parts[2]) else { return nil }
            return ExperimentVerdict.Arm(
                name: String(parts[0]), result: Conversion(people: people, converted: converted),
                pValue: Double(String(parts[3])))
        }
    }
}
