package import RuleEngine
package import Runner

/// The ledger in SQLite: launches, and a row for each recipient. One thread owns it.
///
/// Its parts lie in files of their own: planning (`+Planning`), waves of outcomes and intents (`+Waves`), and what
/// people and time decide about open rows (`+Settling`).
package final class SQLiteLedger: Ledger {
    let connection: Connection
    let key: DataKey
    let table = ContactTable()
    /// The epoch that this ledger's intents belong to. Nil until one was begun.
    private(set) var epoch: Int64?
    /// Launches that are marked as having intents, and of which epoch.
    var markedLaunches: [LaunchID: Int64] = [:]
    let rows: DeliveryStatements

    package init(connection: Connection, key: DataKey) throws(StoreError) {
        self.connection = connection
        self.key = key
        rows = try DeliveryStatements(connection)
    }

    /// Recovery. Rows in `sending` belong to a sender that is gone: their messages may have left or not, so they
    /// become `uncertain` and never `planned` again. There is no need to wait out their deadlines, because whoever
    /// calls this holds the runner lock, which the kernel gives away only when the older process has ended.
    package func beginEpoch(now: Timestamp) throws(StoreError) -> Int {
        let epoch = try connection.transaction { () throws(StoreError) in try connection.raiseMeta("runner_epoch") }
        self.epoch = epoch
        markedLaunches.removeAll()
        var count = 0
        // A launch is marked with an epoch by its first intent in it, so that recovery needn't read old launches.
        let statement = try connection.prepare("SELECT id FROM launch WHERE epoch BETWEEN 1 AND ? ORDER BY id")
        statement.bind(1, epoch - 1)
        var launches: [LaunchID] = []
        while try statement.step() { launches.append(LaunchID(rawValue: statement.integer(0))) }
        for launch in launches {
            count += try recover(launch, now: now)
        }
        return count
    }

    package func resumeEpoch() throws(StoreError) {
        epoch = try connection.meta("runner_epoch")
    }

    package func latestLaunch(of program: String) throws(StoreError) -> LaunchRecord? {
        try LaunchRow.latest(of: program, connection)
    }

    package func createLaunch(
        _ launch: LaunchRecord, after last: LaunchID?
    ) throws(StoreError) -> LaunchRecord? {
        try connection.transaction { () throws(StoreError) in
            guard try LaunchRow.latest(of: launch.program, connection)?.id == last else { return nil }
            var created = launch
            created.id = try LaunchRow.insert(launch, connection)
            return created
        }
    }

    package func note(_ text: String?, on launch: LaunchID) throws(StoreError) {
        try connection.transaction { () throws(StoreError) in
            let statement = try connection.prepare("UPDATE launch SET note = ?1 WHERE id = ?2 AND state IN (0, 1, 5)")
            statement.bind(1, text)
            statement.bind(2, launch.rawValue)
            try statement.run()
        }
    }

    package func setState(
        _ state: LaunchState, of launch: LaunchID, note: String?, now: Timestamp
    ) throws(StoreError) {
        try connection.transaction { () throws(StoreError) in
            try LaunchRow.write(state, note: note, of: launch, at: now, connection)
        }
    }

    package func setOwner(_ owner: Owner, of launch: LaunchID) throws(StoreError) {
        try connection.transaction { () throws(StoreError) in try LaunchRow.write(owner, of: launch, connection) }
    }

    /// In batches, so that no transaction grows with the launch. The mark goes last: a crash in between repeats it.
    private func recover(_ launch: LaunchID, now: Timestamp) throws(StoreError) -> Int {
        let sweep = DeliverySweep(
            condition: "state = 2 AND epoch < \(epoch ?? 0)", change: "state = 4", reason: "crash"
        )
        let count = try sweep.run(on: launch, now: now, connection)
        try connection.transaction { () throws(StoreError) in
            try connection.execute("UPDATE launch SET epoch = 0 WHERE id = \(launch.rawValue)")
        }
        return count
    }
}

extension SQLiteStore {
    package func openLedger() throws(StoreError) -> any Ledger {
        try SQLiteLedger(connection: try connect(), key: key)
    }
}
