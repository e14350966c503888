package import RuleEngine
package import Runner

/// What happened and nobody has looked at yet.
extension SQLiteJourneyStore {
    package func enqueue(_ cause: QueuedCause) throws(StoreError) {
        try CauseRow.insert(cause, connection)
    }

    package func causes(after sequence: Int64, limit: Int) throws(StoreError) -> [QueuedCause] {
        let statement = try connection.prepare(
            "SELECT \(CauseRow.columns) FROM cause WHERE seq > ?1 ORDER BY seq LIMIT ?2")
        statement.bind(1, sequence)
        statement.bind(2, Int64(limit))
        return try all(statement)
    }

    package func newestCause() throws(StoreError) -> Int64 {
        try connection.integer("SELECT max(seq) FROM cause") ?? 0
    }

    package func remove(_ causes: [QueuedCause]) throws(StoreError) {
        let statement = try connection.prepare("DELETE FROM cause WHERE seq = ?1")
        for cause in causes {
            statement.reset()
            statement.bind(1, cause.sequence)
            try statement.run()
        }
    }

    package func wait(_ cause: QueuedCause, behind run: RunKey) throws(StoreError) {
        let statement = try connection.prepare(
            """
            INSERT INTO waiting_cause (contact, kind, name, event, at, fields, program, behind, seq)
            SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ifnull(max(seq) + 1, 0) FROM waiting_cause
            WHERE contact = ?1 AND program = ?7 AND behind = ?8
            """)
        CauseRow.bind(cause, to: statement)
        statement.bind(7, run.program.rawValue)
        statement.bind(8, Int64(run.occurrence))
        try statement.run()
    }

    package func takeCauses(behind run: RunKey) throws(StoreError) -> [QueuedCause] {
        let find = try connection.prepare(
            "SELECT \(CauseRow.columns) FROM waiting_cause WHERE contact = ?1 AND program = ?2 AND behind = ?3 ORDER BY seq"
        )
        bind(run, to: find)
        let causes = try all(find)
        guard !causes.isEmpty else { return [] }
        let remove = try connection.prepare(
            "DELETE FROM waiting_cause WHERE contact = ?1 AND program = ?2 AND behind = ?3")
        bind(run, to: remove)
        try remove.run()
        return causes
    }

    package func lastInbound(from contact: ContactKey, channel: String) throws(StoreError) -> Timestamp? {
        try connection.lastInbound(from: contact, channel: channel)
    }

    package func emit(_ event: NewEvent, now: Timestamp) throws(StoreError) -> Bool {
        try events.beginBatch()
        return try events.append(event, now: now) == .appended
    }

    package func events(
        of contact: ContactKey, named names: Set<String>, since: Timestamp
    ) throws(StoreError) -> [RunEvent] {
        var found: [RunEvent] = []
        for name in names.sorted() {
            guard let number = try eventName(name) else { continue }
            let statement = try connection.prepare(
                """
                SELECT e.id, e.occurred_at, e.seq, j.key, j.value FROM event e LEFT JOIN json_each(e.fields) j
                WHERE e.contact = ?1 AND e.name = ?2 AND e.occurred_at >= ?3 AND e.id IS NOT NULL
                ORDER BY e.occurred_at, e.seq
                """)
            statement.bind(1, contact.rawValue)
            statement.bind(2, number)
            statement.bind(3, since.microseconds)
            var last: (id: Int64, at: Int64, fields: [String: Value])?
            while try statement.step() {
                if last?.id != statement.integer(0) {
                    if let last { found.append(Self.event(name, last)) }
                    last = (statement.integer(0), statement.integer(1), [:])
                }
                if !statement.isNull(3), let field = EventFields.field(statement.string(3), statement, 4) {
                    last?.fields[field.name] = field.value
                }
            }
            if let last { found.append(Self.event(name, last)) }
        }
        return found.sorted { ($0.at, $0.id?.rawValue ?? 0) < ($1.at, $1.id?.rawValue ?? 0) }
    }

    private static func event(_ name: String, _ row: (id: Int64, at: Int64, fields: [String: Value])) -> RunEvent {
        RunEvent(id: EventID(rawValue: row.id), name: name, fields: row.fields, at: Timestamp(microseconds: row.at))
    }

    private func eventName(_ name: String) throws(StoreError) -> Int64? {
        if let known = eventNames[name] { return known }
        let find = try connection.prepare("SELECT id FROM event_name WHERE name = ?1")
        find.bind(1, name)
        defer { find.reset() }
        guard try find.step() else { return nil }
        eventNames[name] = find.integer(0)
        return find.integer(0)
    }

    package func watch(_ fields: [String: Bool], inPlaceOfOthers: Bool) throws(StoreError) {
        if inPlaceOfOthers { try connection.execute("DELETE FROM watched_field") }
        let statement = try connection.prepare(
            """
            INSERT INTO watched_field (name, is_entrance) VALUES (?1, ?2)
            ON CONFLICT DO UPDATE SET is_entrance = max(is_entrance, excluded.is_entrance)
            """)
        for (name, isEntrance) in fields {
            statement.bind(1, name)
            statement.bind(2, isEntrance ? 1 : 0)
            try statement.run()
        }
    }

    private func all(_ statement: Statement) throws(StoreError) -> [QueuedCause] {
        defer { statement.reset() }
        var causes: [QueuedCause] = []
        while try statement.step() { causes.append(try CauseRow.read(statement)) }
        return causes
    }

    /// Parameters 1 to 3.
    func bind(_ run: RunKey, to statement: Statement) {
        statement.bind(1, run.contact.rawValue)
        statement.bind(2, run.program.rawValue)
        statement.bind(3, Int64(run.occurrence))
    }
}
