import RuleEngine
package import Runner

/// Changes, read from the records that are only ever added to.
package final class SQLiteChangeFeed: ChangeFeed {
    private let connection: Connection
    private let sealer: ReferenceSealer

    package init(_ connection: Connection, key: DataKey) {
        self.connection = connection
        sealer = ReferenceSealer(key)
    }

    package func end() throws(StoreError) -> ChangeCursor {
        try connection.snapshot { () throws(StoreError) in
            var cursor = ChangeCursor()
            cursor.consents = try connection.integer("SELECT coalesce(max(id), 0) FROM consent_event") ?? 0
            cursor.messages = try connection.integer("SELECT coalesce(max(id), 0) FROM channel_event") ?? 0
            cursor.audit = try connection.integer("SELECT coalesce(max(number), 0) FROM audit_entry") ?? 0
            cursor.launches = try connection.integer("SELECT coalesce(max(finished_at), 0) FROM launch") ?? 0
            return cursor
        }
    }

    package func changes(after cursor: ChangeCursor, limit: Int) throws(StoreError) -> [Change] {
        let found = try connection.snapshot { () throws(StoreError) in
            try consents(cursor, limit) + messages(cursor, limit) + audit(cursor, limit) + launches(cursor, limit)
        }
        // One record's own order stays; between records the time of writing puts them in order.
        var cursor = cursor
        return found.sorted { ($0.at, $0.rank) < ($1.at, $1.rank) }.prefix(limit).map { found in
            found.move(&cursor)
            return Change(cursor: cursor, type: found.type, at: Timestamp(microseconds: found.at), data: found.data)
        }
    }

    private struct Found {
        /// When it was written down: rises within a record, as its rows do.
        var at: Int64
        /// Which of the records, and its row.
        var rank: Int64
        var type: String
        var data: JSON
        var move: (inout ChangeCursor) -> Void
    }

    private func consents(_ cursor: ChangeCursor, _ limit: Int) throws(StoreError) -> [Found] {
        let statement = try connection.prepare(
            """
            SELECT e.id, e.recorded_at, e.action, e.channel, e.purpose, c.external_id
            FROM consent_event e LEFT JOIN contact c ON c.id = e.contact WHERE e.id > ?1 ORDER BY e.id LIMIT ?2
            """)
        return try rows(statement, cursor.consents, limit) { row, id in
            Found(
                at: row.integer(1), rank: id, type: "consent." + row.string(2),
                data: [
                    "contact": JSON(row.optionalString(5)), "channel": .string(row.string(3)),
                    "purpose": .string(row.string(4)),
                ], move: { $0.consents = id })
        }
    }

    private func messages(_ cursor: ChangeCursor, _ limit: Int) throws(StoreError) -> [Found] {
        let statement = try connection.prepare(
            """
            SELECT e.id, e.received_at, e.kind, e.channel, c.external_id, e.launch, e.contact, e.step, e.occurrence,
                l.program
            FROM channel_event e LEFT JOIN contact c ON c.id = e.contact LEFT JOIN launch l ON l.id = e.launch
            WHERE e.id > ?1 ORDER BY e.id LIMIT ?2
            """)
        return try rows(statement, cursor.messages, limit) { row, id in
            let delivery = row.isNull(5) || row.isNull(7) ? nil : DeliveryMatch.key(row, first: 5)
            return Found(
                at: row.integer(1), rank: id, type: "message." + row.string(2),
                data: [
                    "contact": JSON(row.optionalString(4)), "channel": .string(row.string(3)),
                    "program": JSON(row.optionalString(9)), "delivery": JSON(delivery.map { self.sealer.seal($0) }),
                ], move: { $0.messages = id })
        }
    }

    private func audit(_ cursor: ChangeCursor, _ limit: Int) throws(StoreError) -> [Found] {
        let statement = try connection.prepare(
            """
            SELECT number, at, action, actor, object FROM audit_entry WHERE number > ?1 ORDER BY number LIMIT ?2
            """)
        return try rows(statement, cursor.audit, limit) { row, number in
            Found(
                at: row.integer(1), rank: number, type: "audit." + row.string(2),
                data: ["actor": .string(row.string(3)), "object": .string(row.string(4)), "number": JSON(number)],
                move: { $0.audit = number })
        }
    }

    private func launches(_ cursor: ChangeCursor, _ limit: Int) throws(StoreError) -> [Found] {
        let statement = try connection.prepare(
            """
            SELECT finished_at, program, state, id FROM launch WHERE finished_at > ?1 AND kind = 0
            ORDER BY finished_at, id LIMIT ?2
            """)
        return try rows(statement, cursor.launches, limit) { row, at in
            let state = LaunchState(rawValue: Int(row.integer(2)))
            return Found(
                at: at, rank: row.integer(3), type: state == .finished ? "campaign.completed" : "campaign.cancelled",
                data: ["campaign": .string(row.string(1)), "launch": JSON(row.integer(3))], move: { $0.launches = at })
        }
    }

    /// - Parameter make: is given the first column beside the row.
    private func rows(
        _ statement: Statement, _ after: Int64, _ limit: Int, _ make: (Statement, Int64) -> Found
    ) throws(StoreError) -> [Found] {
        statement.bind(1, after)
        statement.bind(2, Int64(limit))
        var found: [Found] = []
        while try statement.step() {
            var row = make(statement, statement.integer(0))
            // Clocks may go back; a record's order may not.
            if let last = found.last, row.at < last.at { row.at = last.at }
            found.append(row)
        }
        return found
    }
}

extension SQLiteStore {
    package func openChanges() throws(StoreError) -> any ChangeFeed {
        SQLiteChangeFeed(try connect(), key: key)
    }
}
