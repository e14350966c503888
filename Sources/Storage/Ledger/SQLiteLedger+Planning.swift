package import RuleEngine
package import Runner

/// Writing down whom a launch is for.
extension SQLiteLedger {
    /// How many contacts one transaction looks at, so that a narrow audience in a large store doesn't hold the lock.
    private static let span: Int64 = 250_000

    package func materialise(
        _ launch: LaunchID, _ query: AudienceQuery, step: Int32, limit: Int, now: Timestamp
    ) throws(StoreError) -> Bool {
        try connection.transaction { () throws(StoreError) in
            let cursor = try planCursor(of: launch)
            let last = try connection.integer("SELECT max(id) FROM contact") ?? 0
            let end = min(cursor + Self.span, last)
            let columns = ContactColumns(schema: query.recipients.schema, existing: try table.columns(connection))
            let audience = AudienceSQL(query, columns: columns)
            let insert = try connection.prepare(Self.insertSQL(audience, limit: limit))
            insert.bind(1, launch.rawValue)
            insert.bind(2, Int64(step))
            insert.bind(3, now.microseconds)
            insert.bind(4, cursor)
            insert.bind(5, end)
            audience.bind(to: insert, from: 6)
            try insert.run()
            // A page that isn't full has seen the whole span.
            let reached = connection.changes < limit ? end : try lastContact(of: launch)
            try setPlanCursor(reached, isPlanned: reached >= last, of: launch)
            return reached < last
        }
    }

    /// A row that exists already counts as a change without being changed, so that a full page is known as full.
    private static func insertSQL(_ audience: AudienceSQL, limit: Int) -> String {
        """
        INSERT INTO delivery (
            tenant, launch, contact, step, occurrence, state, attempts, epoch, cost_micros, created_at, updated_at
        )
        SELECT 1, ?1, c.id, ?2, 0, 0, 0, 0, 0, ?3, ?3
        FROM contact c NOT INDEXED
        WHERE c.id > ?4 AND c.id <= ?5 AND c.tenant = 1 AND \(audience.text)
        ORDER BY c.id LIMIT \(limit)
        ON CONFLICT DO UPDATE SET updated_at = updated_at
        """
    }

    private func planCursor(of launch: LaunchID) throws(StoreError) -> Int64 {
        let statement = try connection.prepare("SELECT plan_cursor FROM launch WHERE id = ?")
        statement.bind(1, launch.rawValue)
        defer { statement.reset() }
        guard try statement.step() else { throw .unusable("launch \(launch.rawValue) isn't in the database") }
        return statement.integer(0)
    }

    private func lastContact(of launch: LaunchID) throws(StoreError) -> Int64 {
        let statement = try connection.prepare(
            "SELECT contact FROM delivery WHERE tenant = 1 AND launch = ? ORDER BY contact DESC LIMIT 1"
        )
        statement.bind(1, launch.rawValue)
        defer { statement.reset() }
        return try statement.step() ? statement.integer(0) : 0
    }

    private func setPlanCursor(_ cursor: Int64, isPlanned: Bool, of launch: LaunchID) throws(StoreError) {
        let statement = try connection.prepare("UPDATE launch SET plan_cursor = ?, is_planned = ? WHERE id = ?")
        statement.bind(1, cursor)
        statement.bind(2, isPlanned ? 1 : 0)
        statement.bind(3, launch.rawValue)
        try statement.run()
    }
}
