import RuleEngine
package import Runner

/// Messages that somebody asked for, the newest first.
package final class SQLiteMessageSearch: MessageSearching {
    private let connection: Connection

    package init(_ connection: Connection) {
        self.connection = connection
    }

    private static let columns = """
        \(DeliveryRow.columns), l.id, l.program, m.id, m.kind, m.template, m.purpose, m.priority, m.lead, m.scheduled_at,
        m.cost_micros, m.actor, m.at
        """
    private static let source = """
        FROM message m JOIN launch l ON l.id = m.launch
        JOIN delivery d ON d.tenant = 1 AND d.launch = m.launch AND d.contact = m.contact AND d.step = m.step
            AND d.occurrence = m.occurrence
        LEFT JOIN contact c ON c.id = d.contact
        LEFT JOIN delivery_status s ON s.tenant = 1 AND s.launch = d.launch AND s.contact = d.contact
            AND s.step = d.step AND s.occurrence = d.occurrence
        """

    package func messages(_ search: MessageSearch, _ page: PageRequest) throws(StoreError) -> FoundPage<FoundMessage> {
        var conditions = ["1"]
        if page.after != nil { conditions.append("m.id < ?1") }
        if search.contact != nil { conditions.append("m.contact = ?2") }
        if search.channel != nil { conditions.append("m.channel = ?3") }
        if search.template != nil { conditions.append("m.template = ?4") }
        if search.kind != nil { conditions.append("m.kind = ?5") }
        if search.state != nil { conditions.append("d.state = ?6") }
        if search.lead != nil { conditions.append("m.lead = ?7") }
        if search.since != nil { conditions.append("m.at >= ?8") }
        if search.until != nil { conditions.append("m.at < ?9") }
        let statement = try connection.prepareOnce(
            """
            SELECT \(Self.columns) \(Self.source) WHERE \(conditions.joined(separator: " AND "))
            ORDER BY m.id DESC LIMIT ?10 OFFSET ?11
            """)
        if let after = page.after { statement.bind(1, Int64(after) ?? 0) }
        if let contact = search.contact { statement.bind(2, contact.rawValue) }
        if let channel = search.channel { statement.bind(3, channel) }
        if let template = search.template { statement.bind(4, template) }
        if let kind = search.kind { statement.bind(5, kind.rawValue) }
        if let state = search.state { statement.bind(6, Int64(state.rawValue)) }
        if let lead = search.lead { statement.bind(7, lead) }
        if let since = search.since { statement.bind(8, since.microseconds) }
        if let until = search.until { statement.bind(9, until.microseconds) }
        statement.bind(10, Int64(page.limit + 1))
        statement.bind(11, Int64(page.offset))
        var found: [FoundMessage] = []
        while try statement.step() { found.append(try Self.read(statement)) }
        return FoundPage(found, limit: page.limit) { String($0.number) }
    }

    package func count() throws(StoreError) -> Int {
        Int(try connection.integer("SELECT count(*) FROM message") ?? 0)
    }

    package func message(_ key: DeliveryKey) throws(StoreError) -> FoundMessage? {
        let statement = try connection.prepare(
            """
            SELECT \(Self.columns) \(Self.source)
            WHERE m.launch = ?1 AND m.contact = ?2 AND m.step = ?3 AND m.occurrence = ?4
            """)
        statement.bind(1, key.launch.rawValue)
        statement.bind(2, key.contact.rawValue)
        statement.bind(3, Int64(key.step))
        statement.bind(4, key.occurrence)
        defer { statement.reset() }
        return try statement.step() ? try Self.read(statement) : nil
    }

    private static func read(_ row: Statement) throws(StoreError) -> FoundMessage {
        let record = try DeliveryRow.read(row)
        let key = DeliveryKey(
            launch: LaunchID(rawValue: row.integer(26)), contact: record.contact, step: record.step,
            occurrence: record.occurrence)
        return FoundMessage(
            number: row.integer(28),
            delivery: FoundDelivery(key: key, program: row.string(27), record: record), kind: row.string(29),
            template: row.optionalString(30), purpose: row.string(31), priority: row.string(32),
            lead: row.optionalString(33), scheduledAt: row.optionalInteger(34).map(Timestamp.init(microseconds:)),
            costMicros: row.integer(35), actor: row.string(36), at: Timestamp(microseconds: row.integer(37)))
    }
}

extension SQLiteStore {
    package func openMessageSearch() throws(StoreError) -> any MessageSearching {
        SQLiteMessageSearch(try connect())
    }
}
