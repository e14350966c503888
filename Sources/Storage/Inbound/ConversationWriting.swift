import RuleEngine
import Runner

/// Opens conversations and continues them. Inside a transaction of the inbox.
struct ConversationWriting {
    let connection: Connection

    /// After so much silence a text begins a new one.
    private static let silence: Int64 = 72 * 3_600_000_000

    struct Place {
        var id: Int64
        var opens: Bool
    }

    /// The conversation that a text belongs to. Texts may arrive in any order; the gap is taken in both directions.
    func place(channel: String, addressKey: [UInt8], contact: Int64?, at: Timestamp) throws(StoreError) -> Place {
        let find = try connection.prepare(
            """
            SELECT id FROM conversation
            WHERE address_key = ?1 AND channel = ?2 AND last_at >= ?3 - ?4 AND opened_at <= ?3 + ?4
            ORDER BY last_at DESC LIMIT 1
            """
        )
        find.bindBlob(1, addressKey)
        find.bind(2, channel)
        find.bind(3, at.microseconds)
        find.bind(4, Self.silence)
        let known: Int64? = try find.step() ? find.integer(0) : nil
        find.reset()
        if let known {
            let statement = try connection.prepare(
                """
                UPDATE conversation SET last_at = max(last_at, ?2), opened_at = min(opened_at, ?2), texts = texts + 1,
                    contact = coalesce(contact, ?3)
                WHERE id = ?1
                """
            )
            statement.bind(1, known)
            statement.bind(2, at.microseconds)
            statement.bind(3, contact)
            try statement.run()
            return Place(id: known, opens: false)
        }
        let statement = try connection.prepare(
            """
            INSERT INTO conversation (channel, address_key, contact, opened_at, last_at, texts)
            VALUES (?1, ?2, ?3, ?4, ?4, 1) RETURNING id
            """
        )
        statement.bind(1, channel)
        statement.bindBlob(2, addressKey)
        statement.bind(3, contact)
        statement.bind(4, at.microseconds)
        guard try statement.step() else { throw .failed("a conversation was not written") }
        let id = statement.integer(0)
        _ = try statement.step()
        return Place(id: id, opens: true)
    }
}
