/// Files of the web chat.
extension Migration {
    static let chatFiles = Migration(
        version: 15,
        statements: [
            // `seq` is null until the message comes that names it. The bytes stand last: whatever only looks at the rest
            // doesn't read their pages.
            """
            CREATE TABLE chat_file (
                id TEXT NOT NULL UNIQUE,
                channel TEXT NOT NULL,
                visitor TEXT NOT NULL,
                seq INTEGER,
                source INTEGER NOT NULL,
                name TEXT NOT NULL,
                type TEXT NOT NULL,
                size INTEGER NOT NULL,
                at INTEGER NOT NULL,
                bytes BLOB NOT NULL
            ) STRICT
            """,
            "CREATE INDEX chat_file_visitor ON chat_file (channel, visitor, seq)",
            "CREATE INDEX chat_file_waiting ON chat_file (at) WHERE seq IS NULL",
        ]
    )
}
