import RuleEngine
package import Runner

package final class SQLiteApprovalStore: ApprovalStore {
    private let connection: Connection

    init(connection: Connection) {
        self.connection = connection
    }

    package func approvals(of program: String, version: String) throws(StoreError) -> [Approval] {
        let statement = try connection.prepare(
            "SELECT name, permission, at FROM approval WHERE program = ?1 AND version = ?2 ORDER BY at, name")
        statement.bind(1, program)
        statement.bind(2, version)
        var found: [Approval] = []
        while try statement.step() {
            found.append(
                Approval(
                    program: program, version: version, name: statement.string(0), permission: statement.string(1),
                    at: Timestamp(microseconds: statement.integer(2))))
        }
        return found
    }

    package func approve(_ approval: Approval) throws(StoreError) -> Bool {
        try connection.transaction { () throws(StoreError) in
            let statement = try connection.prepare(
                """
                INSERT INTO approval (program, version, name, permission, at) VALUES (?1, ?2, ?3, ?4, ?5)
                ON CONFLICT DO NOTHING
                """)
            statement.bind(1, approval.program)
            statement.bind(2, approval.version)
            statement.bind(3, approval.name)
            statement.bind(4, approval.permission)
            statement.bind(5, approval.at.microseconds)
            try statement.run()
            return connection.changes == 1
        }
    }

    package func editor(of program: String, version: String) throws(StoreError) -> String? {
        let statement = try connection.prepare("SELECT editor FROM program_edit WHERE program = ?1 AND version = ?2")
        statement.bind(1, program)
        statement.bind(2, version)
        defer { statement.reset() }
        return try statement.step() ? statement.string(0) : nil
    }

    package func note(_ edit: ProgramEdit, replaces: Bool) throws(StoreError) {
        try connection.transaction { () throws(StoreError) in
            let statement = try connection.prepare(
                """
                INSERT INTO program_edit (program, version, editor, at) VALUES (?1, ?2, ?3, ?4)
                ON CONFLICT DO UPDATE SET editor = excluded.editor, at = excluded.at WHERE ?5
                """)
            statement.bind(1, edit.program)
            statement.bind(2, edit.version)
            statement.bind(3, edit.editor)
            statement.bind(4, edit.at.microseconds)
            statement.bind(5, Int64(replaces ? 1 : 0))
            try statement.run()
        }
    }
}

extension SQLiteStore {
    package func openApprovals() throws(StoreError) -> any ApprovalStore {
        SQLiteApprovalStore(connection: try connect())
    }
}
