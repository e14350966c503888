import RuleEngine
package import Runner

/// Versions of templates.
package final class SQLiteTemplateBook: TemplateBook {
    private let connection: Connection

    package init(_ connection: Connection) {
        self.connection = connection
    }

    private static let columns = "template, version, source, at, actor, is_deleted"

    package func versions(of template: String) throws(StoreError) -> [TemplateVersion] {
        let statement = try connection.prepare(
            "SELECT \(Self.columns) FROM template_version WHERE template = ?1 ORDER BY version")
        statement.bind(1, template)
        defer { statement.reset() }
        return try Self.read(statement)
    }

    package func deleted() throws(StoreError) -> [TemplateVersion] {
        let statement = try connection.prepare(
            """
            SELECT \(Self.columns) FROM template_version t
            WHERE is_deleted = 1 AND version = (SELECT max(version) FROM template_version WHERE template = t.template)
            ORDER BY template
            """)
        defer { statement.reset() }
        return try Self.read(statement)
    }

    package func append(_ version: TemplateVersion) throws(StoreError) -> Int64 {
        try connection.transaction { () throws(StoreError) in
            let last = try versions(of: version.template).last
            if let last, last.text == version.text, last.isDeleted == version.isDeleted { return last.number }
            let number = (last?.number ?? 0) + 1
            let statement = try connection.prepare(
                "INSERT INTO template_version (\(Self.columns)) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
            statement.bind(1, version.template)
            statement.bind(2, number)
            statement.bind(3, version.text)
            statement.bind(4, version.at.microseconds)
            statement.bind(5, version.actor)
            statement.bind(6, version.isDeleted ? 1 : 0)
            try statement.run()
            return number
        }
    }

    package func uses(of template: String) throws(StoreError) -> Int {
        let statement = try connection.prepare(
            """
            SELECT count(*) FROM launch_step s
            CROSS JOIN delivery d NOT INDEXED ON d.tenant = 1 AND d.launch = s.launch AND d.step = s.step
            WHERE s.template = ?1 AND d.state = 10
            """)
        statement.bind(1, template)
        defer { statement.reset() }
        return try statement.step() ? Int(statement.integer(0)) : 0
    }

    private static func read(_ row: Statement) throws(StoreError) -> [TemplateVersion] {
        var found: [TemplateVersion] = []
        while try row.step() {
            found.append(
                TemplateVersion(
                    template: row.string(0), number: row.integer(1), text: row.string(2),
                    at: Timestamp(microseconds: row.integer(3)), actor: row.string(4), isDeleted: row.integer(5) != 0))
        }
        return found
    }
}

extension SQLiteStore {
    package func openTemplates() throws(StoreError) -> any TemplateBook {
        SQLiteTemplateBook(try connect())
    }
}
