package import Runner

/// People who go on in a new version.
extension SQLiteJourneyStore {
    func begin(_ move: VersionMove) throws(StoreError) {
        let open = try connection.prepare(
            "INSERT INTO version_move (earlier, launch) VALUES (?1, ?2) ON CONFLICT DO NOTHING")
        open.bind(1, move.earlier.rawValue)
        open.bind(2, move.launch.rawValue)
        try open.run()
    }

    package func keep(_ steps: [EarlierStep], for launch: LaunchID) throws(StoreError) {
        let step = try connection.prepare(
            "INSERT INTO earlier_step (launch, earlier, node, step) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING")
        for entry in steps {
            step.bind(1, launch.rawValue)
            step.bind(2, entry.launch.rawValue)
            step.bind(3, Int64(entry.node))
            step.bind(4, entry.step)
            try step.run()
        }
    }

    package func unfinishedMoves() throws(StoreError) -> [VersionMove] {
        let statement = try connection.prepare(
            "SELECT earlier, launch FROM version_move WHERE is_done = 0 ORDER BY launch, earlier")
        defer { statement.reset() }
        var moves: [VersionMove] = []
        while try statement.step() {
            moves.append(
                VersionMove(
                    earlier: LaunchID(rawValue: statement.integer(0)), launch: LaunchID(rawValue: statement.integer(1)))
            )
        }
        return moves
    }

    package func finish(_ move: VersionMove) throws(StoreError) {
        let statement = try connection.prepare(
            "UPDATE version_move SET is_done = 1 WHERE earlier = ?1 AND launch = ?2")
        statement.bind(1, move.earlier.rawValue)
        statement.bind(2, move.launch.rawValue)
        try statement.run()
    }

    package func earlierSteps(of launch: LaunchID) throws(StoreError) -> [EarlierStep] {
        let statement = try connection.prepare(
            "SELECT earlier, node, step FROM earlier_step WHERE launch = ?1 ORDER BY earlier, node")
        statement.bind(1, launch.rawValue)
        defer { statement.reset() }
        var steps: [EarlierStep] = []
        while try statement.step() {
            steps.append(
                EarlierStep(
                    launch: LaunchID(rawValue: statement.integer(0)), node: Int(statement.integer(1)),
                    step: statement.string(2)))
        }
        return steps
    }

    package func setPendingMove(of run: RunKey, to launch: LaunchID?) throws(StoreError) {
        let statement = try connection.prepare(
            launch == nil
                ? "DELETE FROM pending_move WHERE contact = ?1 AND program = ?2 AND occurrence = ?3"
                : """
                INSERT INTO pending_move (contact, program, occurrence, launch) VALUES (?1, ?2, ?3, ?4)
                ON CONFLICT DO UPDATE SET launch = excluded.launch
                """)
        bind(run, to: statement)
        if let launch { statement.bind(4, launch.rawValue) }
        try statement.run()
    }

    package func pendingMove(of run: RunKey) throws(StoreError) -> LaunchID? {
        let statement = try connection.prepare(
            "SELECT launch FROM pending_move WHERE contact = ?1 AND program = ?2 AND occurrence = ?3")
        bind(run, to: statement)
        defer { statement.reset() }
        return try statement.step() ? LaunchID(rawValue: statement.integer(0)) : nil
    }

    package func hasOpenOrders(_ launch: LaunchID) throws(StoreError) -> Bool {
        let statement = try connection.prepare("SELECT EXISTS (SELECT 1 FROM send_order WHERE launch = ?1)")
        statement.bind(1, launch.rawValue)
        defer { statement.reset() }
        return try statement.step() && statement.integer(0) == 1
    }

    package func externalID(of contact: ContactKey) throws(StoreError) -> String? {
        let statement = try connection.prepare("SELECT external_id FROM contact WHERE id = ?1")
        statement.bind(1, contact.rawValue)
        defer { statement.reset() }
        return try statement.step() ? statement.string(0) : nil
    }
}
