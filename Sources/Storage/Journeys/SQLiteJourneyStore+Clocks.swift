package import RuleEngine
package import Runner

/// Schedules and segments.
extension SQLiteJourneyStore {
    package func tick(of launch: LaunchID) throws(StoreError) -> ScheduleTick? {
        let statement = try connection.prepare(
            "SELECT next_at, ticking_at, cursor FROM schedule_tick WHERE launch = ?1")
        statement.bind(1, launch.rawValue)
        defer { statement.reset() }
        guard try statement.step() else { return nil }
        return ScheduleTick(
            nextAt: statement.optionalInteger(0).map(Timestamp.init(microseconds:)),
            tickingAt: statement.optionalInteger(1).map(Timestamp.init(microseconds:)),
            cursor: ContactKey(rawValue: statement.integer(2)))
    }

    package func setTick(_ tick: ScheduleTick, of launch: LaunchID) throws(StoreError) {
        let statement = try connection.prepare(
            """
            INSERT INTO schedule_tick (launch, next_at, ticking_at, cursor) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT DO UPDATE SET next_at = excluded.next_at, ticking_at = excluded.ticking_at,
                cursor = excluded.cursor
            """)
        statement.bind(1, launch.rawValue)
        statement.bind(2, tick.nextAt?.microseconds)
        statement.bind(3, tick.tickingAt?.microseconds)
        statement.bind(4, tick.cursor.rawValue)
        try statement.run()
    }

    package func insertTick(of launch: LaunchID, contact: ContactKey, at: Timestamp) throws(StoreError) {
        let statement = try connection.prepare(
            "INSERT INTO contact_tick (at, launch, contact) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")
        statement.bind(1, at.microseconds)
        statement.bind(2, launch.rawValue)
        statement.bind(3, contact.rawValue)
        try statement.run()
    }

    package func takeTicks(
        at now: Timestamp, limit: Int
    ) throws(StoreError) -> [(launch: LaunchID, contact: ContactKey, at: Timestamp)] {
        let find = try connection.prepare(
            "SELECT launch, contact, at FROM contact_tick WHERE at <= ?1 ORDER BY at, launch, contact LIMIT ?2")
        find.bind(1, now.microseconds)
        find.bind(2, Int64(limit))
        var ticks: [(launch: LaunchID, contact: ContactKey, at: Timestamp)] = []
        while try find.step() {
            ticks.append(
                (
                    LaunchID(rawValue: find.integer(0)), ContactKey(rawValue: find.integer(1)),
                    Timestamp(microseconds: find.integer(2))
                ))
        }
        let remove = try connection.prepare("DELETE FROM contact_tick WHERE at = ?1 AND launch = ?2 AND contact = ?3")
        for tick in ticks {
            remove.bind(1, tick.at.microseconds)
            remove.bind(2, tick.launch.rawValue)
            remove.bind(3, tick.contact.rawValue)
            try remove.run()
        }
        return ticks
    }

    package func contacts(after: ContactKey, limit: Int) throws(StoreError) -> [ContactKey] {
        let statement = try connection.prepare(
            "SELECT id FROM contact WHERE id > ?1 AND tenant = 1 AND erased = 0 ORDER BY id LIMIT ?2")
        statement.bind(1, after.rawValue)
        statement.bind(2, Int64(limit))
        return try keys(statement)
    }

    package func crossings(
        of segment: CheckedSegment, program: String, schema: ContactSchema, offices: OfficeClocks,
        after: ContactKey, limit: Int, now: Timestamp
    ) throws(StoreError) -> (entered: [ContactKey], left: [ContactKey], next: ContactKey?) {
        let page = try contacts(after: after, limit: limit)
        // Behind the last one nobody is left: who was erased since has left as well.
        let end = page.count == limit ? page.last : nil
        let upper = end?.rawValue ?? Int64.max
        let columns = ContactColumns(schema: schema, existing: try table.columns(connection))
        let query = AudienceQuery(
            audience: CheckedAudience(include: [segment], exclude: [], conditions: [], expect: nil),
            recipients: RecipientQuery(
                channelKind: "email", purpose: .transactional, topic: nil, slots: [], schema: schema),
            now: now, offices: offices)
        let audience = AudienceSQL(query, columns: columns)
        func find(_ sql: String) throws(StoreError) -> [ContactKey] {
            let statement = try connection.prepareOnce(sql)
            statement.bind(1, program)
            statement.bind(2, after.rawValue)
            statement.bind(3, upper)
            audience.bind(to: statement, from: 4)
            return try keys(statement)
        }
        let inside =
            "SELECT c.id FROM contact c NOT INDEXED WHERE c.id > ?2 AND c.id <= ?3 AND c.tenant = 1 AND c.erased = 0 AND \(audience.text)"
        let known = "SELECT contact FROM segment_member WHERE segment = ?1 AND contact > ?2 AND contact <= ?3"
        let entered = try find("\(inside) AND c.id NOT IN (\(known)) ORDER BY c.id")
        let left = try find("\(known) AND contact NOT IN (\(inside)) ORDER BY contact")
        let insert = try connection.prepare("INSERT INTO segment_member (segment, contact) VALUES (?1, ?2)")
        for contact in entered {
            insert.bind(1, program)
            insert.bind(2, contact.rawValue)
            try insert.run()
        }
        let remove = try connection.prepare("DELETE FROM segment_member WHERE segment = ?1 AND contact = ?2")
        for contact in left {
            remove.bind(1, program)
            remove.bind(2, contact.rawValue)
            try remove.run()
        }
        return (entered, left, end)
    }

    private func keys(_ statement: Statement) throws(StoreError) -> [ContactKey] {
        defer { statement.reset() }
        var keys: [ContactKey] = []
        while try statement.step() { keys.append(ContactKey(rawValue: statement.integer(0))) }
        return keys
    }
}
