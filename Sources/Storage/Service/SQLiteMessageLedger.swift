package import RuleEngine
package import Runner

/// Messages that somebody asks for, by the connection of the journeys.
package final class SQLiteMessageLedger: MessageLedger {
    private let connection: Connection

    package init(_ connection: Connection) {
        self.connection = connection
    }

    package func nextRun(of contact: ContactKey, in program: ProgramKey) throws(StoreError) -> UInt32 {
        let statement = try connection.prepare(
            "SELECT max(occurrence) FROM run WHERE contact = ?1 AND program = ?2")
        statement.bind(1, contact.rawValue)
        statement.bind(2, program.rawValue)
        defer { statement.reset() }
        guard try statement.step(), let last = statement.optionalInteger(0) else { return 0 }
        return UInt32(truncatingIfNeeded: last) + 1
    }

    package func insert(_ message: StoredMessage) throws(StoreError) {
        let statement = try connection.prepare(
            """
            INSERT INTO message (
                launch, contact, step, occurrence, channel, kind, template, purpose, priority, lead, scheduled_at,
                cost_micros, actor, conversation, at
            ) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
            """)
        let request = message.request
        statement.bind(1, message.key.launch.rawValue)
        statement.bind(2, message.key.contact.rawValue)
        statement.bind(3, Int64(message.key.step))
        statement.bind(4, message.key.occurrence)
        statement.bind(5, request.channel)
        statement.bind(6, request.kind.rawValue)
        statement.bind(7, request.template)
        statement.bind(8, message.purpose.rawValue)
        statement.bind(9, request.priority.rawValue)
        statement.bind(10, request.lead)
        statement.bind(11, request.scheduledAt?.microseconds)
        statement.bind(12, message.costMicros)
        statement.bind(13, request.actor)
        statement.bind(14, request.conversation)
        statement.bind(15, message.at.microseconds)
        try statement.run()
    }

    package func keep(_ answer: KeptAnswer, for request: RequestName) throws(StoreError) {
        try SQLiteAnswerBook.keep(answer, for: request, on: connection)
    }

    package func set(_ notBefore: Timestamp, of key: DeliveryKey) throws(StoreError) {
        let statement = try connection.prepare(
            """
            UPDATE delivery SET not_before = ?5
            WHERE tenant = 1 AND launch = ?1 AND contact = ?2 AND step = ?3 AND occurrence = ?4 AND state = 0
            """)
        statement.bind(1, key.launch.rawValue)
        statement.bind(2, key.contact.rawValue)
        statement.bind(3, Int64(key.step))
        statement.bind(4, key.occurrence)
        statement.bind(5, notBefore.microseconds)
        try statement.run()
    }

    package func contact(ofLead lead: String) throws(StoreError) -> ContactKey? {
        let statement = try connection.prepare("SELECT contact FROM lead WHERE lead = ?1")
        statement.bind(1, lead)
        defer { statement.reset() }
        return try statement.step() ? ContactKey(rawValue: statement.integer(0)) : nil
    }

    package func link(lead: String, to contact: ContactKey, now: Timestamp) throws(StoreError) {
        let statement = try connection.prepare("INSERT INTO lead (lead, contact, at) VALUES (?1, ?2, ?3)")
        statement.bind(1, lead)
        statement.bind(2, contact.rawValue)
        statement.bind(3, now.microseconds)
        try statement.run()
    }
}

extension SQLiteStore {
    package func openMessageLedger() throws(StoreError) -> any MessageLedger {
        SQLiteMessageLedger(try sharedConnection())
    }
}
