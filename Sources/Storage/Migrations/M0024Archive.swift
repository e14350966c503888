/// What messages said, so that it can be read again.
extension Migration {
    static let archive = Migration(
        version: 24,
        statements: [
            // The constant parts of a text, once for all its recipients; by the hash of what is in it.
            """
            CREATE TABLE message_frame (
                id INTEGER PRIMARY KEY,
                hash BLOB NOT NULL UNIQUE,
                bytes BLOB NOT NULL
            ) STRICT
            """,
            // The rest of each message, beside the ledger's row and in its order. Without content: it was kept for as long
            // as it was to be.
            """
            CREATE TABLE message_archive (
                launch INTEGER NOT NULL,
                contact INTEGER NOT NULL,
                step INTEGER NOT NULL,
                occurrence INTEGER NOT NULL,
                at INTEGER NOT NULL,
                frame INTEGER,
                content BLOB,
                PRIMARY KEY (launch, contact, step, occurrence)
            ) STRICT, WITHOUT ROWID
            """,
        ]
    )
}
