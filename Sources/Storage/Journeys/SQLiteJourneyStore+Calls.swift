package import RuleEngine
package import Runner

/// Calls of outside systems. State 0: to be made; 1: under way; 2: answered well; 3: given up.
extension SQLiteJourneyStore {
    package func insert(_ call: StoredCall) throws(StoreError) {
        let statement = try connection.prepare(
            """
            INSERT INTO call_order (launch, contact, occurrence, number, node, body, not_before, give_up_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING
            """)
        statement.bind(1, call.launch.rawValue)
        statement.bind(2, call.contact.rawValue)
        statement.bind(3, Int64(call.run))
        statement.bind(4, Int64(call.number))
        statement.bind(5, Int64(call.node))
        statement.bindBlob(6, FieldCoding.encode(call.body))
        statement.bind(7, call.notBefore.microseconds)
        statement.bind(8, call.giveUpAt.microseconds)
        try statement.run()
    }

    package func dueCalls(at now: Timestamp, limit: Int) throws(StoreError) -> [StoredCall] {
        let find = try connection.prepare(
            "\(Self.callSelect) WHERE state = 0 AND not_before <= ?1 ORDER BY not_before, id LIMIT ?2")
        find.bind(1, now.microseconds)
        find.bind(2, Int64(limit))
        return try calls(find)
    }

    package func begin(_ call: Int64) throws(StoreError) {
        let statement = try connection.prepare(
            "UPDATE call_order SET state = 1, attempts = attempts + 1 WHERE id = ?1")
        statement.bind(1, call)
        try statement.run()
    }

    package func returnCalls() throws(StoreError) {
        let statement = try connection.prepare(
            "UPDATE call_order SET state = 0, attempts = max(0, attempts - 1) WHERE state = 1")
        try statement.run()
    }

    package func callUnderWay(_ id: Int64) throws(StoreError) -> StoredCall? {
        let find = try connection.prepare("\(Self.callSelect) WHERE id = ?1 AND state = 1")
        find.bind(1, id)
        return try calls(find).first
    }

    package func finish(_ call: Int64, isSuccess: Bool, answer: String) throws(StoreError) {
        let statement = try connection.prepare("UPDATE call_order SET state = ?2, answer = ?3 WHERE id = ?1")
        statement.bind(1, call)
        statement.bind(2, isSuccess ? 2 : 3)
        statement.bind(3, answer)
        try statement.run()
    }

    package func postpone(_ call: Int64, until: Timestamp, answer: String?) throws(StoreError) {
        let statement = try connection.prepare(
            "UPDATE call_order SET state = 0, not_before = ?2, answer = ifnull(?3, answer) WHERE id = ?1")
        statement.bind(1, call)
        statement.bind(2, until.microseconds)
        statement.bind(3, answer)
        try statement.run()
    }

    private static let callSelect =
        """
        SELECT id, launch, contact, occurrence, number, node, body, attempts, not_before, give_up_at FROM call_order
        """

    private func calls(_ statement: Statement) throws(StoreError) -> [StoredCall] {
        defer { statement.reset() }
        var calls: [StoredCall] = []
        while try statement.step() {
            guard let body = try? FieldCoding.decode(statement.blob(6)) else {
                throw .unusable("the body of call \(statement.integer(0)) can't be read")
            }
            calls.append(
                StoredCall(
                    id: statement.integer(0), launch: LaunchID(rawValue: statement.integer(1)),
                    contact: ContactKey(rawValue: statement.integer(2)),
                    run: UInt32(truncatingIfNeeded: statement.integer(3)),
                    number: UInt32(truncatingIfNeeded: statement.integer(4)), node: Int(statement.integer(5)),
                    body: body, attempts: Int(statement.integer(7)),
                    notBefore: Timestamp(microseconds: statement.integer(8)),
                    giveUpAt: Timestamp(microseconds: statement.integer(9))))
        }
        return calls
    }
}
