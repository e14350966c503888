import Glibc
package import RuleEngine
package import Runner

/// Looks at a data folder without changing it: no table is made and none is brought up to date.
package struct StoreHealth {
    package enum Depth: Sendable {
        /// Figures alone.
        case figures
        /// With SQLite's own look at the file: the quick one, or at every entry of every index.
        case quick, deep
    }

    private let connection: Connection
    private let folder: String

    package init(folder: String) throws(StoreError) {
        var options = Connection.Options()
        options.isReadOnly = true
        self.folder = folder
        connection = try Connection(path: folder + "/" + BackupFolder.database, options: options)
        try Instance.refuseLoss(connection, folder: folder)
    }

    package func facts(_ depth: Depth, now: Timestamp) throws(StoreError) -> StoreFacts {
        try connection.snapshot { () throws(StoreError) in
            var facts = StoreFacts(
                version: try connection.meta("schema_version") ?? 0,
                newestVersion: Migrations.all.last?.version ?? 0, hasItsKey: try hasItsKey(),
                isCopy: try Instance.isCopy(connection, folder: folder), isSandbox: try connection.meta("sandbox") == 1)
            switch depth {
            case .figures: break
            case .quick: facts.faults = try connection.faults(isDeep: false)
            case .deep: facts.faults = try connection.faults(isDeep: true)
            }
            facts.backedUpAt = try connection.meta("backup_at").map(Timestamp.init(microseconds:))
            measure(&facts)
            // The tables of another version may lack what is asked for here.
            if facts.version == facts.newestVersion { try work(&facts, now) }
            return facts
        }
    }

    private func hasItsKey() throws(StoreError) -> Bool {
        guard let key = FileReading.bytes(of: folder + "/key"), key.count == StoreKey.byteCount else { return false }
        let known = try connection.text("SELECT value FROM meta WHERE key = 'key_fingerprint'")
        return known == StoreKey.fingerprint(key)
    }

    private func measure(_ facts: inout StoreFacts) {
        facts.databaseBytes = Self.size(folder + "/" + BackupFolder.database)
        facts.logBytes = Self.size(folder + "/" + BackupFolder.database + "-wal")
        var disk = statvfs()
        guard statvfs(folder, &disk) == 0 else { return }
        facts.freeBytes = Int64(disk.f_bavail) * Int64(disk.f_frsize)
        facts.diskBytes = Int64(disk.f_blocks) * Int64(disk.f_frsize)
    }

    private static func size(_ path: String) -> Int64 {
        var status = stat()
        return stat(path, &status) == 0 ? Int64(status.st_size) : 0
    }

    private func work(_ facts: inout StoreFacts, _ now: Timestamp) throws(StoreError) {
        facts.newestInstant = [
            try connection.integer("SELECT max(created_at) FROM launch"),
            try connection.integer("SELECT received_at FROM webhook ORDER BY id DESC LIMIT 1"),
        ].compactMap(\.self).max().map(Timestamp.init(microseconds:))
        // 1 is running; a version of a program is that for as long as it takes people in.
        facts.live = Int(try connection.integer("SELECT count(*) FROM launch WHERE state IN (0, 1)") ?? 0)
        // Only launches with intents have a message in sending, and they are marked.
        facts.stuck = try count(
            """
            SELECT count(*), NULL FROM launch l CROSS JOIN delivery d ON d.tenant = 1 AND d.launch = l.id
            WHERE l.epoch > 0 AND d.state = 2 AND d.deadline < ?1
            """, now.adding(seconds: -60)
        ).count
        facts.uncertain = try count(
            """
            SELECT count(*), NULL FROM launch l CROSS JOIN delivery d ON d.tenant = 1 AND d.launch = l.id
            WHERE l.state IN (0, 1, 2) AND d.state = 4 AND ?1 > 0
            """, now
        ).count
        facts.dueRuns = try count(
            """
            SELECT count(*), min(r.due) FROM run r JOIN launch l ON l.id = r.launch
            WHERE r.due IS NOT NULL AND r.due <= ?1 AND r.due > 0 AND l.state = 1
            """, now)
        facts.dueRetries = try count(
            """
            SELECT count(*), min(d.not_before) FROM launch l CROSS JOIN delivery d ON d.tenant = 1 AND d.launch = l.id
            WHERE l.state = 1 AND d.state = 3 AND d.not_before <= ?1
            """, now)
        facts.causes = try count("SELECT count(*), min(at) FROM cause WHERE at <= ?1", now)
        facts.down = try AccountTroubles(connection: connection).all().filter { $0.value.until > now }.keys.sorted()
        facts.unreadWebhooks = try count(
            "SELECT count(*), min(received_at) FROM webhook WHERE state = 0 AND received_at <= ?1", now)
    }

    private func count(_ sql: String, _ now: Timestamp) throws(StoreError) -> StoreFacts.Waiting {
        let statement = try connection.prepare(sql)
        statement.bind(1, now.microseconds)
        defer { statement.reset() }
        guard try statement.step() else { return StoreFacts.Waiting() }
        return StoreFacts.Waiting(
            count: Int(statement.integer(0)), oldest: statement.optionalInteger(1).map(Timestamp.init(microseconds:)))
    }
}
