import RuleEngine
package import Runner

/// What messages said, put together again from their frames and the rest.
package final class SQLiteMessageArchive: MessageArchive {
    private let connection: Connection
    /// Most messages that are asked for together have one.
    private var frames: [Int64: [UInt8]] = [:]

    package init(_ connection: Connection) {
        self.connection = connection
    }

    private static let columns = """
        d.launch, d.contact, d.step, d.occurrence, l.program, c.external_id, ifnull(d.channel, l.channel_id),
        ifnull((SELECT kind FROM launch_channel k WHERE k.launch = l.id AND k.channel = d.channel), l.channel_kind),
        d.state, d.started_at, d.accepted_at, d.address, c.erased, a.launch, a.frame, a.content
        """
    private static let joins = """
        JOIN launch l ON l.id = d.launch JOIN contact c ON c.id = d.contact
        LEFT JOIN message_archive a ON a.launch = d.launch AND a.contact = d.contact AND a.step = d.step
            AND a.occurrence = d.occurrence
        """

    package func messages(to contact: ContactKey, of program: String?) throws(StoreError) -> [KeptMessage] {
        let statement = try connection.prepare(
            """
            WITH who (contact) AS (
                SELECT ?1 UNION SELECT source FROM contact_merge WHERE target = ?1 AND undone_at IS NULL
            )
            SELECT \(Self.columns) FROM who
            JOIN delivery d INDEXED BY delivery_contact ON d.contact = who.contact AND d.started_at IS NOT NULL
            \(Self.joins)
            WHERE d.tenant = 1 AND (?2 IS NULL OR l.program = ?2)
            ORDER BY d.started_at, d.launch, d.step, d.occurrence
            """)
        statement.bind(1, contact.rawValue)
        statement.bind(2, program)
        defer { statement.reset() }
        var found: [KeptMessage] = []
        while try statement.step() { found.append(try read(statement)) }
        return found
    }

    package func message(_ key: DeliveryKey) throws(StoreError) -> KeptMessage? {
        let statement = try connection.prepare(
            """
            SELECT \(Self.columns) FROM delivery d \(Self.joins)
            WHERE d.tenant = 1 AND d.launch = ?1 AND d.contact = ?2 AND d.step = ?3 AND d.occurrence = ?4
            """)
        statement.bind(1, key.launch.rawValue)
        statement.bind(2, key.contact.rawValue)
        statement.bind(3, Int64(key.step))
        statement.bind(4, key.occurrence)
        defer { statement.reset() }
        return try statement.step() ? try read(statement) : nil
    }

    private func read(_ row: Statement) throws(StoreError) -> KeptMessage {
        guard let state = DeliveryState(rawValue: Int(row.integer(8))) else {
            throw .unusable("a delivery's state is \(row.integer(8)), which this program doesn't know")
        }
        return KeptMessage(
            key: DeliveryKey(
                launch: LaunchID(rawValue: row.integer(0)), contact: ContactKey(rawValue: row.integer(1)),
                step: Int32(truncatingIfNeeded: row.integer(2)), occurrence: row.integer(3)),
            program: row.string(4), contact: row.string(5), channel: row.string(6), kind: row.string(7), state: state,
            startedAt: row.optionalInteger(9).map(Timestamp.init(microseconds:)),
            acceptedAt: row.optionalInteger(10).map(Timestamp.init(microseconds:)), address: row.optionalString(11),
            content: try content(row))
    }

    private func content(_ row: Statement) throws(StoreError) -> KeptMessage.Content {
        if row.integer(12) != 0 { return .erased }
        guard row.optionalInteger(9) != nil else { return .notSent }
        guard row.optionalInteger(13) != nil else { return .older }
        guard let number = row.optionalInteger(14) else { return .removed }
        guard let content = ArchivedContent(kept: row.blob(15), frame: try frame(number)) else { return .damaged }
        return .kept(content)
    }

    private func frame(_ number: Int64) throws(StoreError) -> [UInt8] {
        if let known = frames[number] { return known }
        let statement = try connection.prepare("SELECT bytes FROM message_frame WHERE id = ?1")
        statement.bind(1, number)
        defer { statement.reset() }
        let bytes = try statement.step() ? statement.blob(0) : []
        if frames.count >= 100 { frames.removeAll() }
        frames[number] = bytes
        return bytes
    }
}

extension SQLiteStore {
    package func openArchive() throws(StoreError) -> any MessageArchive {
        SQLiteMessageArchive(try connect())
    }
}
