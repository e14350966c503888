package import RuleEngine
package import Runner

/// What is asked of one person again and again, prepared.
struct PersonQuery: Hashable {
    let fields: [String]
    let slots: [Int]
}

final class PersonRead {
    let statement: Statement
    /// By slot: where its value stands, and whether as text.
    let sources: [(slot: Int, column: Int32, isText: Bool)]
    let tableVersion: Int64

    init(statement: Statement, sources: [(slot: Int, column: Int32, isText: Bool)], tableVersion: Int64) {
        self.statement = statement
        self.sources = sources
        self.tableVersion = tableVersion
    }
}

/// One contact: what is known, and what programs write.
extension SQLiteJourneyStore {
    package func facts(
        of contact: ContactKey, schema: ContactSchema, slots: [Int]
    ) throws(StoreError) -> ContactFacts? {
        let read = try personRead(schema, slots)
        let row = read.statement
        row.reset()
        row.bind(1, contact.rawValue)
        defer { row.reset() }
        guard try row.step(), row.integer(3) == 0 else { return nil }
        var page = FactPage(slotCount: schema.fields.count)
        for source in read.sources {
            if row.isNull(source.column) {
                page.columns[source.slot].appendMissing()
            } else if source.isText {
                let text = page.pack(row.textBytes(source.column))
                page.columns[source.slot].append(Int64(bitPattern: text.bits))
            } else {
                page.columns[source.slot].append(row.integer(source.column))
            }
        }
        page.finishRow()
        return ContactFacts(
            page: page, externalID: Array(row.textBytes(0)), timeZone: row.optionalString(1),
            country: row.optionalString(2))
    }

    private func personRead(_ schema: ContactSchema, _ slots: [Int]) throws(StoreError) -> PersonRead {
        let query = PersonQuery(fields: slots.map { schema.fields[$0].name }, slots: slots)
        let version = try tableVersion()
        if let known = personReads[query], known.tableVersion == version { return known }
        let columns = ContactColumns(schema: schema, existing: try table.columns(connection))
        var selected = ["c.external_id", "c.time_zone", "c.country", "c.erased"]
        var sources: [(slot: Int, column: Int32, isText: Bool)] = []
        for slot in slots {
            sources.append((slot, Int32(selected.count), schema.fields[slot].type.type.isStoredAsText))
            selected.append(columns[slot])
        }
        let read = PersonRead(
            statement: try connection.prepareOnce(
                "SELECT \(selected.joined(separator: ", ")) FROM contact c WHERE c.id = ?1"),
            sources: sources, tableVersion: version)
        personReads[query] = read
        return read
    }

    package func history(
        of contact: ContactKey, _ needs: HistoryNeeds, now: Timestamp
    ) throws(StoreError) -> HistoryFacts {
        try HistoryReading(connection: connection).facts(of: contact, needs, now: now)
    }

    package func messages(
        of run: RunKey, launch: LaunchID
    ) throws(StoreError) -> [(node: Int, message: HistoryFacts.Message)] {
        let first = OrderKey(run: run.occurrence, number: 0).occurrence
        let statement = try connection.prepare(
            """
            SELECT d.step, d.accepted_at, \(MessageTimes.delivered("t")), \(MessageTimes.opened("t")), t.clicked_at,
                (SELECT group_concat(e.at) FROM channel_event e WHERE e.contact = d.contact AND e.launch = d.launch
                    AND e.step = d.step AND e.occurrence = d.occurrence AND e.kind = 'inbound'),
                \(LinkClicks.column)
            FROM delivery d
            LEFT JOIN delivery_status t ON t.tenant = 1 AND t.launch = d.launch AND t.contact = d.contact
                AND t.step = d.step AND t.occurrence = d.occurrence
            WHERE d.tenant = 1 AND d.launch = ?1 AND d.contact = ?2 AND d.occurrence BETWEEN ?3 AND ?4
                AND d.accepted_at IS NOT NULL
            ORDER BY d.accepted_at, d.step, d.occurrence
            """)
        statement.bind(1, launch.rawValue)
        statement.bind(2, run.contact.rawValue)
        statement.bind(3, first)
        statement.bind(4, first | 0xFFFF_FFFF)
        defer { statement.reset() }
        var messages: [(node: Int, message: HistoryFacts.Message)] = []
        while try statement.step() {
            func time(_ column: Int32) -> Timestamp? {
                statement.optionalInteger(column).map(Timestamp.init(microseconds:))
            }
            let replies = (statement.optionalString(5) ?? "").split(separator: ",").compactMap { Int64($0) }.sorted()
            messages.append(
                (
                    Int(statement.integer(0)),
                    HistoryFacts.Message(
                        template: nil, sentAt: Timestamp(microseconds: statement.integer(1)), deliveredAt: time(2),
                        openedAt: time(3), clicks: LinkClicks.read(statement.optionalString(6), first: time(4)),
                        replies: replies.map(Timestamp.init(microseconds:)))
                ))
        }
        return messages
    }

    // MARK: Writing

    package func set(
        _ values: [NamedValue], of contact: ContactKey, schema: ContactSchema, now: Timestamp
    ) throws(StoreError) {
        let existing = try table.columns(connection)
        for value in values {
            guard let column = Self.column(of: value.name, schema: schema, existing: existing) else {
                throw .unusable("the contacts have no column for the field `\(value.name)`: activate the program again")
            }
            let statement = try connection.prepare("UPDATE contact SET \(column) = ?2, updated_at = ?3 WHERE id = ?1")
            statement.bind(1, contact.rawValue)
            switch value.value {
            case .missing: statement.bindNull(2)
            case .bool(let flag): statement.bind(2, flag ? 1 : 0)
            case .number(let number, _): statement.bind(2, number)
            case .text(let text): statement.bindText(2, text)
            case .list(let items):
                var text: [UInt8] = []
                for case .text(let item) in items { text += item + [0x1F] }
                statement.bindText(2, text)
            }
            statement.bind(3, now.microseconds)
            try statement.run()
        }
    }

    private static func column(of field: String, schema: ContactSchema, existing: Set<String>) -> String? {
        switch field {
        case "language", "country", "time_zone", "preferred_channel", "tags": return field
        default:
            let column = "f_" + field
            return existing.contains(column) ? SchemaColumns.column(field) : nil
        }
    }

    package func tag(_ name: String, contact: ContactKey, until: Timestamp?, now: Timestamp) throws(StoreError) {
        // Each tag ends with the separator, so that no tag is found in another one.
        let add = try connection.prepare(
            """
            UPDATE contact SET tags = tags || ?2 || char(31), updated_at = ?3
            WHERE id = ?1 AND instr(char(31) || tags, char(31) || ?2 || char(31)) = 0
            """)
        add.bind(1, contact.rawValue)
        add.bind(2, name)
        add.bind(3, now.microseconds)
        try add.run()
        let lifetime = try connection.prepare(
            until == nil
                ? "DELETE FROM tag_lifetime WHERE contact = ?1 AND tag = ?2"
                : """
                INSERT INTO tag_lifetime (contact, tag, until) VALUES (?1, ?2, ?3)
                ON CONFLICT DO UPDATE SET until = excluded.until
                """)
        lifetime.bind(1, contact.rawValue)
        lifetime.bind(2, name)
        if let until { lifetime.bind(3, until.microseconds) }
        try lifetime.run()
    }

    package func untag(_ name: String, contact: ContactKey, now: Timestamp) throws(StoreError) {
        let remove = try connection.prepare(
            """
            UPDATE contact SET
                tags = substr(replace(char(31) || tags, char(31) || ?2 || char(31), char(31)), 2), updated_at = ?3
            WHERE id = ?1
            """)
        remove.bind(1, contact.rawValue)
        remove.bind(2, name)
        remove.bind(3, now.microseconds)
        try remove.run()
        let forget = try connection.prepare("DELETE FROM tag_lifetime WHERE contact = ?1 AND tag = ?2")
        forget.bind(1, contact.rawValue)
        forget.bind(2, name)
        try forget.run()
    }

    package func expireTags(at now: Timestamp, limit: Int) throws(StoreError) -> [ContactKey] {
        let find = try connection.prepare(
            "SELECT contact, tag FROM tag_lifetime WHERE until <= ?1 ORDER BY until, contact, tag LIMIT ?2")
        find.bind(1, now.microseconds)
        find.bind(2, Int64(limit))
        var over: [(contact: ContactKey, tag: String)] = []
        while try find.step() { over.append((ContactKey(rawValue: find.integer(0)), find.string(1))) }
        for entry in over { try untag(entry.tag, contact: entry.contact, now: now) }
        return over.map(\.contact)
    }

    package func handOver(
        _ run: RunKey, launch: LaunchID, number: UInt32, team: String, note: [UInt8]?, at: Timestamp
    ) throws(StoreError) {
        let statement = try connection.prepare(
            """
            INSERT INTO hand_over (launch, contact, occurrence, number, team, note, at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING
            """)
        statement.bind(1, launch.rawValue)
        statement.bind(2, run.contact.rawValue)
        statement.bind(3, Int64(run.occurrence))
        statement.bind(4, Int64(number))
        statement.bind(5, team)
        if let note { statement.bindText(6, note) } else { statement.bindNull(6) }
        statement.bind(7, at.microseconds)
        try statement.run()
    }
}
