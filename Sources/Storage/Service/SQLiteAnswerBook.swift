package import RuleEngine
package import Runner

/// Answers by the names of requests, in the database.
package final class SQLiteAnswerBook: AnswerBook {
    private let connection: Connection

    package init(_ connection: Connection) {
        self.connection = connection
    }

    package func claim(
        _ request: RequestName, digest: [UInt8], holder: String, now: Timestamp
    ) throws(StoreError) -> RequestClaim {
        try connection.transaction { () throws(StoreError) in
            let insert = try connection.prepare(
                """
                INSERT INTO kept_answer (caller, route, name, digest, holder, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                ON CONFLICT DO NOTHING
                """)
            Self.bind(request, to: insert)
            insert.bindBlob(4, digest)
            insert.bind(5, holder)
            insert.bind(6, now.microseconds)
            try insert.run()
            if connection.changes == 1 { return .new }
            let find = try connection.prepare(
                """
                SELECT digest, holder, status, type, body FROM kept_answer
                WHERE caller = ?1 AND route = ?2 AND name = ?3
                """)
            Self.bind(request, to: find)
            defer { find.reset() }
            guard try find.step() else { throw .unusable("an answer was kept and is gone") }
            guard find.blob(0) == digest else { return .otherBody }
            if let status = find.optionalInteger(2) {
                return .answered(KeptAnswer(status: Int(status), type: find.string(3), body: find.string(4)))
            }
            guard find.string(1) != holder else { return .underWay }
            find.reset()
            let take = try connection.prepare(
                "UPDATE kept_answer SET holder = ?4 WHERE caller = ?1 AND route = ?2 AND name = ?3")
            Self.bind(request, to: take)
            take.bind(4, holder)
            try take.run()
            return .new
        }
    }

    package func keep(_ answer: KeptAnswer, for request: RequestName) throws(StoreError) {
        try connection.transaction { () throws(StoreError) in
            try Self.keep(answer, for: request, on: connection)
        }
    }

    /// In the transaction of what is answered.
    static func keep(
        _ answer: KeptAnswer, for request: RequestName, on connection: Connection
    ) throws(StoreError) {
        let statement = try connection.prepare(
            """
            UPDATE kept_answer SET status = ?4, type = ?5, body = ?6
            WHERE caller = ?1 AND route = ?2 AND name = ?3
            """)
        bind(request, to: statement)
        statement.bind(4, Int64(answer.status))
        statement.bind(5, answer.type)
        statement.bind(6, answer.body)
        try statement.run()
    }

    package func release(_ request: RequestName) throws(StoreError) {
        try connection.transaction { () throws(StoreError) in
            let statement = try connection.prepare(
                "DELETE FROM kept_answer WHERE caller = ?1 AND route = ?2 AND name = ?3 AND status IS NULL")
            Self.bind(request, to: statement)
            try statement.run()
        }
    }

    package func forget(before: Timestamp) throws(StoreError) {
        try connection.transaction { () throws(StoreError) in
            let statement = try connection.prepare("DELETE FROM kept_answer WHERE at < ?1")
            statement.bind(1, before.microseconds)
            try statement.run()
        }
    }

    private static func bind(_ request: RequestName, to statement: Statement) {
        statement.bind(1, request.caller)
        statement.bind(2, request.route)
        statement.bind(3, request.name)
    }
}

extension SQLiteStore {
    package func openAnswers() throws(StoreError) -> any AnswerBook {
        SQLiteAnswerBook(try connect())
    }
}
