/// Accounts that are down, and web chat.
extension Migration {
    static let accounts = Migration(
        version: 11,
        statements: [
            """
            CREATE TABLE account_trouble (
                channel TEXT PRIMARY KEY,
                since INTEGER NOT NULL,
                until INTEGER NOT NULL,
                failures INTEGER NOT NULL,
                code TEXT NOT NULL
            ) STRICT, WITHOUT ROWID
            """,
            // Somebody who chats; a contact where the site has proved who it is.
            """
            CREATE TABLE chat_visitor (
                channel TEXT NOT NULL,
                visitor TEXT NOT NULL,
                contact INTEGER,
                page TEXT,
                created_at INTEGER NOT NULL,
                seen_at INTEGER NOT NULL,
                last_seq INTEGER NOT NULL DEFAULT 0,
                delivered_seq INTEGER NOT NULL DEFAULT 0,
                read_seq INTEGER NOT NULL DEFAULT 0,
                PRIMARY KEY (channel, visitor)
            ) STRICT, WITHOUT ROWID
            """,
            // `source`: 0 the visitor, 1 us. `key` is the sender's own, so that the same message twice is one.
            """
            CREATE TABLE chat_message (
                channel TEXT NOT NULL,
                visitor TEXT NOT NULL,
                seq INTEGER NOT NULL,
                source INTEGER NOT NULL,
                key TEXT NOT NULL,
                body TEXT NOT NULL,
                at INTEGER NOT NULL,
                PRIMARY KEY (channel, visitor, seq)
            ) STRICT, WITHOUT ROWID
            """,
            "CREATE UNIQUE INDEX chat_message_key ON chat_message (channel, visitor, source, key)",
        ]
    )
}
