import Crypto
package import RuleEngine
package import Runner

/// What happened to contacts, in the database.
package final class SQLiteEventStore: EventStore {
    private let connection: Connection
    private var names: [String: Int64] = [:]
    /// Something runs sequences or rules here, as far as this transaction knows.
    private var hasPrograms = false

    package init(_ connection: Connection) {
        self.connection = connection
    }

    package func append(_ events: [NewEvent], now: Timestamp) throws(StoreError) -> [EventOutcome] {
        do throws(StoreError) {
            return try connection.transaction { () throws(StoreError) in
                var outcomes: [EventOutcome] = []
                try beginBatch()
                for event in events { outcomes.append(try append(event, now: now)) }
                return outcomes
            }
        } catch {
            // A name that was made in a transaction that failed isn't there.
            forgetNames()
            throw error
        }
    }

    package func history(
        of contact: ContactKey, _ needs: HistoryNeeds, now: Timestamp
    ) throws(StoreError) -> HistoryFacts {
        try connection.snapshot { () throws(StoreError) in
            try HistoryReading(connection: connection).facts(of: contact, needs, now: now)
        }
    }

    package func forget(before: Timestamp, progress: (Int) -> Void) throws(StoreError) -> Int {
        var count = 0
        var contact: Int64 = 0
        // By contacts, because that is how the events lie: each transaction reads one stretch of the table.
        while let end = try lastContact(after: contact) {
            count += try connection.transaction { () throws(StoreError) in
                let statement = try connection.prepare(
                    "DELETE FROM event WHERE contact > ?1 AND contact <= ?2 AND occurred_at < ?3")
                statement.bind(1, contact)
                statement.bind(2, end)
                statement.bind(3, before.microseconds)
                try statement.run()
                return connection.changes
            }
            contact = end
            progress(count)
        }
        try connection.transaction { () throws(StoreError) in
            let statement = try connection.prepare("DELETE FROM event_key WHERE occurred_at < ?1")
            statement.bind(1, before.microseconds)
            try statement.run()
        }
        return count
    }

    /// The end of a stretch of ten thousand contacts' numbers; nil behind the last contact that has events.
    private func lastContact(after contact: Int64) throws(StoreError) -> Int64? {
        try connection.snapshot { () throws(StoreError) in
            let statement = try connection.prepare(
                "SELECT contact FROM event WHERE contact > ?1 ORDER BY contact LIMIT 1")
            statement.bind(1, contact)
            defer { statement.reset() }
            return try statement.step() ? statement.integer(0) + 9_999 : nil
        }
    }

    // MARK: One event

    func forgetNames() {
        names.removeAll()
    }

    /// Before the first event of a transaction.
    func beginBatch() throws(StoreError) {
        hasPrograms = try connection.integer("SELECT EXISTS (SELECT 1 FROM launch WHERE kind = 1 AND state < 3)") == 1
    }

    /// Inside of a transaction.
    func append(_ event: NewEvent, now: Timestamp) throws(StoreError) -> EventOutcome {
        let name = try id(of: event.name)
        let keys = event.keys.map { key in
            // Half of a SHA-256 tells apart all the events that there will ever be.
            Array(SHA256.hash(data: Array("\(key.kind)\u{0}\(key.value)".utf8)).prefix(16))
        }
        for key in keys where try isKnown(name, key) { return .repeated }
        for key in keys { try insert(key, name, event) }
        let id = try connection.raiseMeta("event_id")
        let statement = try connection.prepare(
            """
            INSERT INTO event (contact, name, occurred_at, seq, received_at, fields, id)
            SELECT ?1, ?2, ?3, ifnull(max(seq) + 1, 0), ?4, ?5, ?6 FROM event
            WHERE contact = ?1 AND name = ?2 AND occurred_at = ?3
            """
        )
        statement.bind(1, event.contact.rawValue)
        statement.bind(2, name)
        statement.bind(3, event.at.microseconds)
        statement.bind(4, now.microseconds)
        statement.bindText(5, EventFields.json(event.fields))
        statement.bind(6, id)
        try statement.run()
        if hasPrograms {
            // What a sender dates later than now happened now, once and for all.
            try CauseRow.insert(
                QueuedCause(
                    contact: event.contact, kind: .event, name: event.name, event: EventID(rawValue: id),
                    at: min(event.at, now), fields: event.fields), connection)
        }
        return .appended
    }

    private func isKnown(_ name: Int64, _ key: [UInt8]) throws(StoreError) -> Bool {
        let statement = try connection.prepare("SELECT 1 FROM event_key WHERE name = ?1 AND key = ?2")
        statement.bind(1, name)
        statement.bindBlob(2, key)
        defer { statement.reset() }
        return try statement.step()
    }

    private func insert(_ key: [UInt8], _ name: Int64, _ event: NewEvent) throws(StoreError) {
        // Two fields of one event may have the same value and kind only if they are the same key.
        let statement = try connection.prepare(
            "INSERT INTO event_key (name, key, contact, occurred_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING")
        statement.bind(1, name)
        statement.bindBlob(2, key)
        statement.bind(3, event.contact.rawValue)
        statement.bind(4, event.at.microseconds)
        try statement.run()
    }

    private func id(of name: String) throws(StoreError) -> Int64 {
        if let known = names[name] { return known }
        let insert = try connection.prepare("INSERT INTO event_name (name) VALUES (?1) ON CONFLICT DO NOTHING")
        insert.bind(1, name)
        try insert.run()
        let find = try connection.prepare("SELECT id FROM event_name WHERE name = ?1")
        find.bind(1, name)
        defer { find.reset() }
        guard try find.step() else { throw .unusable("the table event_name doesn't keep what is written into it") }
        names[name] = find.integer(0)
        return find.integer(0)
    }
}

extension SQLiteStore {
    package func openEvents() throws(StoreError) -> any EventStore {
        SQLiteEventStore(try sharedConnection())
    }
}
