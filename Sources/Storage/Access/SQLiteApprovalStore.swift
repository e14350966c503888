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
}

extension SQLiteStore {
    package func openApprovals() throws(StoreError) -> any ApprovalStore {
        SQLiteApprovalStore(connection: try connect())
    }
}
