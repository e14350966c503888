package import RuleEngine
package import Runner

extension SQLiteChatStore {
    /// Long enough for whoever chooses a file and then goes on writing.
    private static let waits = Int64(86_400) * 1_000_000

    package func keep(
        _ file: ChatFile, of visitor: ChatVisitor, room: Int, now: Timestamp
    ) throws(StoreError) -> Bool? {
        try connection.transaction { () throws(StoreError) -> Bool? in
            guard try marks(of: visitor) != nil else { return nil }
            let sweep = try connection.prepare("DELETE FROM chat_file WHERE seq IS NULL AND at < ?1")
            sweep.bind(1, now.microseconds - Self.waits)
            try sweep.run()
            let sum = try connection.prepare(
                "SELECT ifnull(sum(size), 0) FROM chat_file WHERE channel = ?1 AND visitor = ?2 AND source = 0")
            bind(visitor, to: sum)
            defer { sum.reset() }
            guard try sum.step(), sum.integer(0) + Int64(file.bytes.count) <= Int64(room) else { return false }
            try insert(file, of: visitor, now: now)
            return true
        }
    }

    func insert(_ file: ChatFile, of visitor: ChatVisitor, now: Timestamp) throws(StoreError) {
        let insert = try connection.prepare(
            """
            INSERT INTO chat_file (channel, visitor, id, source, name, type, size, at, bytes)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
            """
        )
        bind(visitor, to: insert)
        insert.bind(3, file.id)
        insert.bind(4, Int64(file.source.rawValue))
        insert.bind(5, file.name)
        insert.bind(6, file.type.rawValue)
        insert.bind(7, Int64(file.bytes.count))
        insert.bind(8, now.microseconds)
        insert.bindBlob(9, file.bytes)
        try insert.run()
    }

    func tie(_ file: String, to sequence: Int64, of visitor: ChatVisitor) throws(StoreError) {
        let tie = try connection.prepare(
            "UPDATE chat_file SET seq = ?4 WHERE channel = ?1 AND visitor = ?2 AND id = ?3 AND seq IS NULL")
        bind(visitor, to: tie)
        tie.bind(3, file)
        tie.bind(4, sequence)
        try tie.run()
    }

    package func kept(_ id: String, of visitor: ChatVisitor, key: String) throws(StoreError) -> ChatFile? {
        let known = try sequence(of: key, .visitor, visitor)
        let statement = try connection.prepare(
            """
            SELECT id, source, name, type, bytes FROM chat_file
            WHERE channel = ?1 AND visitor = ?2 AND id = ?3 AND source = 0 AND (seq IS NULL OR seq = ?4)
            """
        )
        bind(visitor, to: statement)
        statement.bind(3, id)
        statement.bind(4, known)
        return try file(statement)
    }

    package func file(_ id: String, channel: String) throws(StoreError) -> ChatFile? {
        let statement = try connection.prepare(
            "SELECT id, source, name, type, bytes FROM chat_file WHERE id = ?1 AND channel = ?2")
        statement.bind(1, id)
        statement.bind(2, channel)
        return try file(statement)
    }

    private func file(_ statement: Statement) throws(StoreError) -> ChatFile? {
        defer { statement.reset() }
        // A type that this program doesn't know is not shown.
        guard try statement.step(), let type = MediaType(rawValue: statement.string(3)) else { return nil }
        return ChatFile(
            id: statement.string(0), source: ChatMessage.Source(rawValue: Int(statement.integer(1))) ?? .us,
            name: statement.string(2), type: type, bytes: statement.blob(4))
    }
}
