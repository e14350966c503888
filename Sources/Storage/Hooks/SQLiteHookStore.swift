package import RuleEngine
package import Runner

/// Outgoing webhooks in the database.
package final class SQLiteHookStore: HookStore {
    private let connection: Connection
    private let folder: String
    /// What was taken is kept for a week, for those who look.
    private static let memory: Int64 = 7 * 86_400_000_000

    package init(_ connection: Connection, folder: String) {
        self.connection = connection
        self.folder = folder
    }

    package func isOfCopy() throws(StoreError) -> Bool { try Instance.isCopy(connection, folder: folder) }

    package func endpoints() throws(StoreError) -> [HookEndpoint] {
        let statement = try connection.prepare(
            """
            SELECT id, url, types, created_at, paused, generation, overlap_until, cursor FROM hook_endpoint
            ORDER BY created_at, id
            """)
        var found: [HookEndpoint] = []
        while try statement.step() {
            found.append(
                HookEndpoint(
                    id: statement.string(0), url: statement.string(1),
                    types: statement.string(2).split(separator: " ").map(String.init),
                    createdAt: Timestamp(microseconds: statement.integer(3)), isPaused: statement.integer(4) == 1,
                    generation: statement.integer(5), overlapUntil: statement.timestamp(6),
                    cursor: ChangeCursor(statement.string(7)) ?? ChangeCursor()))
        }
        return found
    }

    package func put(_ endpoint: HookEndpoint) throws(StoreError) {
        try connection.transaction { () throws(StoreError) in
            // The cursor is moved by whoever sends, and by nobody else.
            let statement = try connection.prepare(
                """
                INSERT INTO hook_endpoint (id, url, types, created_at, paused, generation, overlap_until, cursor)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                ON CONFLICT DO UPDATE SET url = excluded.url, types = excluded.types, paused = excluded.paused,
                    generation = excluded.generation, overlap_until = excluded.overlap_until
                """)
            statement.bind(1, endpoint.id)
            statement.bind(2, endpoint.url)
            statement.bind(3, endpoint.types.joined(separator: " "))
            statement.bind(4, endpoint.createdAt.microseconds)
            statement.bind(5, endpoint.isPaused ? 1 : 0)
            statement.bind(6, endpoint.generation)
            statement.bind(7, endpoint.overlapUntil?.microseconds)
            statement.bind(8, endpoint.cursor.text)
            try statement.run()
        }
    }

    package func remove(_ id: String) throws(StoreError) -> Bool {
        try connection.transaction { () throws(StoreError) in
            let rest = try connection.prepare("DELETE FROM hook_delivery WHERE endpoint = ?1")
            rest.bind(1, id)
            try rest.run()
            let statement = try connection.prepare("DELETE FROM hook_endpoint WHERE id = ?1")
            statement.bind(1, id)
            try statement.run()
            return connection.changes == 1
        }
    }

    package func enqueue(
        _ changes: [Change], for endpoint: HookEndpoint, upTo cursor: ChangeCursor, now: Timestamp
    ) throws(StoreError) {
        try connection.transaction { () throws(StoreError) in
            // Two processes may look at the same time: one of them has moved the cursor.
            let move = try connection.prepare("UPDATE hook_endpoint SET cursor = ?2 WHERE id = ?1 AND cursor = ?3")
            move.bind(1, endpoint.id)
            move.bind(2, cursor.text)
            move.bind(3, endpoint.cursor.text)
            try move.run()
            guard connection.changes == 1 else { return }
            let insert = try connection.prepare(
                """
                INSERT INTO hook_delivery (endpoint, message, body, next_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?4)
                """)
            for change in changes {
                insert.bind(1, endpoint.id)
                insert.bind(2, "chg_" + change.cursor.text)
                insert.bind(3, change.json.compactText)
                insert.bind(4, now.microseconds)
                try insert.run()
            }
            let old = try connection.prepare("DELETE FROM hook_delivery WHERE state = 1 AND updated_at < ?1")
            old.bind(1, now.microseconds - Self.memory)
            try old.run()
        }
    }

    package func waiting(of endpoint: String) throws(StoreError) -> Int {
        let statement = try connection.prepare("SELECT count(*) FROM hook_delivery WHERE endpoint = ?1 AND state = 0")
        statement.bind(1, endpoint)
        defer { statement.reset() }
        return try statement.step() ? Int(statement.integer(0)) : 0
    }

    private static let columns = "d.id, d.endpoint, d.message, d.body, d.state, d.attempts, d.next_at, d.outcome"

    package func due(now: Timestamp, limit: Int) throws(StoreError) -> [HookDelivery] {
        let statement = try connection.prepare(
            """
            SELECT \(Self.columns) FROM hook_delivery d JOIN hook_endpoint e ON e.id = d.endpoint
            WHERE d.state = 0 AND d.next_at <= ?1 AND e.paused = 0 ORDER BY d.next_at, d.id LIMIT ?2
            """)
        statement.bind(1, now.microseconds)
        statement.bind(2, Int64(limit))
        var found: [HookDelivery] = []
        while try statement.step() { found.append(Self.read(statement)) }
        return found
    }

    package func settle(_ delivery: HookDelivery, now: Timestamp) throws(StoreError) {
        try connection.transaction { () throws(StoreError) in
            let statement = try connection.prepare(
                """
                UPDATE hook_delivery SET state = ?2, attempts = ?3, next_at = ?4, outcome = ?5, updated_at = ?6
                WHERE id = ?1
                """)
            statement.bind(1, delivery.id)
            statement.bind(2, Int64(delivery.state.rawValue))
            statement.bind(3, Int64(delivery.attempts))
            statement.bind(4, delivery.nextAt.microseconds)
            statement.bind(5, delivery.outcome)
            statement.bind(6, now.microseconds)
            try statement.run()
        }
    }

    package func deliveries(
        state: HookDelivery.State?, endpoint: String?, _ page: PageRequest
    ) throws(StoreError) -> FoundPage<HookDelivery> {
        let statement = try connection.prepare(
            """
            SELECT \(Self.columns) FROM hook_delivery d
            WHERE (?1 IS NULL OR d.id < ?1) AND (?2 IS NULL OR d.state = ?2) AND (?3 IS NULL OR d.endpoint = ?3)
            ORDER BY d.id DESC LIMIT ?4 OFFSET ?5
            """)
        statement.bind(1, page.after.flatMap { Int64($0) })
        statement.bind(2, state.map { Int64($0.rawValue) })
        statement.bind(3, endpoint)
        statement.bind(4, Int64(page.limit + 1))
        statement.bind(5, Int64(page.offset))
        var rows: [HookDelivery] = []
        while try statement.step() { rows.append(Self.read(statement)) }
        return FoundPage(rows, limit: page.limit) { String($0.id) }
    }

    package func replay(_ id: Int64?, endpoint: String, now: Timestamp) throws(StoreError) -> Int {
        try connection.transaction { () throws(StoreError) in
            let statement = try connection.prepare(
                """
                UPDATE hook_delivery SET state = 0, attempts = 0, next_at = ?3, updated_at = ?3
                WHERE endpoint = ?1 AND (id = ?2 OR (?2 IS NULL AND state = 2))
                """)
            statement.bind(1, endpoint)
            statement.bind(2, id)
            statement.bind(3, now.microseconds)
            try statement.run()
            return connection.changes
        }
    }

    private static func read(_ row: Statement) -> HookDelivery {
        HookDelivery(
            id: row.integer(0), endpoint: row.string(1), message: row.string(2), body: row.string(3),
            state: HookDelivery.State(rawValue: Int(row.integer(4))) ?? .dead, attempts: Int(row.integer(5)),
            nextAt: Timestamp(microseconds: row.integer(6)), outcome: row.optionalString(7))
    }
}

extension SQLiteStore {
    package func openHooks() throws(StoreError) -> any HookStore {
        SQLiteHookStore(try connect(), folder: folder)
    }
}
