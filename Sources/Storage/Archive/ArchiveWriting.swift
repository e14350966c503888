import Runner

/// Keeps what messages say, within the transaction that writes their intents. Make one a transaction: what it knows of frames
/// is rolled back with it.
struct ArchiveWriting {
    private let connection: Connection
    private var frames: [[UInt8]: Int64] = [:]

    init(_ connection: Connection) {
        self.connection = connection
    }

    /// A later attempt of a row takes the place of the one before it: what that one said reached nobody.
    mutating func write(_ message: ArchivedMessage, of key: DeliveryKey, now: Int64) throws(StoreError) {
        let frame = try number(of: message.frame)
        let statement = try connection.prepare(
            """
            INSERT INTO message_archive (launch, contact, step, occurrence, at, frame, content)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
            ON CONFLICT DO UPDATE SET at = excluded.at, frame = excluded.frame, content = excluded.content
            """)
        statement.bind(1, key.launch.rawValue)
        statement.bind(2, key.contact.rawValue)
        statement.bind(3, Int64(key.step))
        statement.bind(4, key.occurrence)
        statement.bind(5, now)
        statement.bind(6, frame)
        statement.bindBlob(7, message.content)
        try statement.run()
    }

    private mutating func number(of frame: MessageFrame) throws(StoreError) -> Int64 {
        if let known = frames[frame.hash] { return known }
        let find = try connection.prepare("SELECT id FROM message_frame WHERE hash = ?1")
        find.bindBlob(1, frame.hash)
        var number = try find.step() ? find.integer(0) : nil
        find.reset()
        if number == nil {
            let insert = try connection.prepare(
                "INSERT INTO message_frame (hash, bytes) VALUES (?1, ?2) RETURNING id")
            insert.bindBlob(1, frame.hash)
            insert.bindBlob(2, frame.bytes)
            number = try insert.step() ? insert.integer(0) : nil
            insert.reset()
        }
        guard let number else { preconditionFailure("an inserted row has a number") }
        frames[frame.hash] = number
        return number
    }
}
