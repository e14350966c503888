import RuleEngine
package import Runner

/// Finds contacts by what lists ask for, and gives out everything about one.
package final class SQLiteContactSearch: ContactSearching {
    private let connection: Connection
    private let directory: SQLiteContactDirectory

    package init(_ connection: Connection, key: DataKey) {
        self.connection = connection
        directory = SQLiteContactDirectory(connection, key: key)
    }

    package func contacts(
        _ search: ContactSearch, _ page: PageRequest
    ) throws(StoreError) -> FoundPage<ContactEntry> {
        let exact = try search.text.map { text throws(StoreError) in try directory.find(text) } ?? nil
        let statement = try connection.prepare(
            """
            SELECT id, external_id, language, country, tags, do_not_contact, updated_at FROM contact
            WHERE tenant = 1 AND erased = 0 AND id > ?1
                AND (?2 IS NULL OR id = ?3 OR (external_id >= ?2 AND external_id < ?2 || char(1114111)))
                AND (?4 IS NULL OR language = ?4) AND (?5 IS NULL OR country = ?5)
                AND (?6 IS NULL OR instr(char(31) || tags || char(31), char(31) || ?6 || char(31)) > 0)
                AND (?7 IS NULL OR (do_not_contact <> 0) = ?7) AND (?8 IS NULL OR updated_at >= ?8)
            ORDER BY id LIMIT ?9 OFFSET ?10
            """)
        statement.bind(1, page.after.flatMap { Int64($0) } ?? 0)
        statement.bind(2, search.text)
        statement.bind(3, exact?.rawValue)
        statement.bind(4, search.language)
        statement.bind(5, search.country)
        statement.bind(6, search.tag)
        statement.bind(7, search.doNotContact.map { $0 ? 1 : 0 })
        statement.bind(8, search.changedSince?.microseconds)
        statement.bind(9, Int64(page.limit + 1))
        statement.bind(10, Int64(page.offset))
        var rows: [ContactEntry] = []
        while try statement.step() {
            rows.append(
                ContactEntry(
                    key: ContactKey(rawValue: statement.integer(0)), externalID: statement.string(1),
                    language: statement.optionalString(2), country: statement.optionalString(3),
                    tags: statement.string(4).split(separator: "\u{1F}").map(String.init),
                    doNotContact: statement.integer(5) != 0,
                    updatedAt: Timestamp(microseconds: statement.integer(6)), addresses: []))
        }
        let addresses = try connection.prepare(
            "SELECT kind, address FROM identity WHERE contact = ?1 ORDER BY kind, rank")
        for index in rows.indices {
            addresses.bind(1, rows[index].key.rawValue)
            while try addresses.step() {
                rows[index].addresses.append((addresses.string(0), addresses.string(1)))
            }
        }
        return FoundPage(rows, limit: page.limit) { String($0.key.rawValue) }
    }

    package func everything(about contact: ContactKey) throws(StoreError) -> JSON {
        try connection.snapshot { () throws(StoreError) in
            var tables: [JSON.Entry] = []
            for table in try tablesOfContacts() {
                let rows = try self.rows(
                    "SELECT * FROM \"\(table.name)\" WHERE \"\(table.column)\" = ?1", contact)
                if !rows.isEmpty { tables.append(JSON.Entry(key: table.name, value: .array(rows))) }
            }
            // A chat's lines name the visitor, and the visitor the contact.
            for table in ["chat_message", "chat_file"] {
                let lines = try rows(
                    """
                    SELECT m.* FROM \(table) m JOIN chat_visitor v ON v.channel = m.channel AND v.visitor = m.visitor
                    WHERE v.contact = ?1
                    """, contact)
                if !lines.isEmpty { tables.append(JSON.Entry(key: table, value: .array(lines))) }
            }
            // What runs decided leads from each entry to the one before it.
            let traces = try rows(
                """
                WITH RECURSIVE own (id) AS (
                    SELECT trace FROM run WHERE contact = ?1 AND trace IS NOT NULL
                    UNION SELECT t.earlier FROM trace t JOIN own ON t.id = own.id WHERE t.earlier IS NOT NULL
                )
                SELECT t.* FROM trace t JOIN own ON t.id = own.id ORDER BY t.id
                """, contact)
            if !traces.isEmpty { tables.append(JSON.Entry(key: "trace", value: .array(traces))) }
            return .object(tables)
        }
    }

    /// Each table with a column `contact`, and the contacts themselves. What messages said is told by `MessageArchive`: here
    /// are numbers only.
    private func tablesOfContacts() throws(StoreError) -> [(name: String, column: String)] {
        let statement = try connection.prepare(
            """
            SELECT t.name, c.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c
            WHERE t.type = 'table' AND t.name <> 'message_archive' AND (c.name = 'contact' OR (t.name = 'contact' AND c.name = 'id'))
            ORDER BY t.name
            """)
        var tables: [(name: String, column: String)] = []
        while try statement.step() { tables.append((statement.string(0), statement.string(1))) }
        return tables
    }

    /// Numbers and texts as they are. What is kept as bytes is the machine's own form of something that stands beside
    /// it, or a hash.
    private func rows(_ sql: String, _ contact: ContactKey) throws(StoreError) -> [JSON] {
        let statement = try connection.prepareOnce(sql)
        statement.bind(1, contact.rawValue)
        var rows: [JSON] = []
        while try statement.step() {
            var members: [JSON.Entry] = []
            for column in 0..<statement.columnCount {
                let value: JSON
                switch statement.kind(column) {
                case .null, .blob: continue
                case .integer: value = .integer(statement.integer(column))
                case .text: value = .string(statement.string(column))
                case .real: value = .written(statement.string(column))
                }
                members.append(JSON.Entry(key: statement.name(column), value: value))
            }
            rows.append(.object(members))
        }
        return rows
    }
}

extension SQLiteStore {
    package func openContactSearch() throws(StoreError) -> any ContactSearching {
        SQLiteContactSearch(try connect(), key: key)
    }
}
