/// Single messages that somebody has asked for, what other systems call people, and what templates said before.
extension Migration {
    static let messages = Migration(
        version: 16,
        statements: [
            // Beside the ledger's row, which says what became of it.
            """
            CREATE TABLE message (
                id INTEGER PRIMARY KEY,
                launch INTEGER NOT NULL,
                contact INTEGER NOT NULL,
                step INTEGER NOT NULL,
                occurrence INTEGER NOT NULL,
                channel TEXT NOT NULL,
                kind TEXT NOT NULL,
                template TEXT,
                purpose TEXT NOT NULL,
                priority TEXT NOT NULL,
                lead TEXT,
                scheduled_at INTEGER,
                cost_micros INTEGER NOT NULL,
                actor TEXT NOT NULL,
                conversation INTEGER,
                at INTEGER NOT NULL
            ) STRICT
            """,
            "CREATE INDEX message_contact ON message (contact, id)",
            "CREATE INDEX message_conversation ON message (conversation, id) WHERE conversation IS NOT NULL",
            """
            CREATE TABLE lead (
                lead TEXT PRIMARY KEY,
                contact INTEGER NOT NULL,
                at INTEGER NOT NULL
            ) STRICT, WITHOUT ROWID
            """,
            "CREATE INDEX lead_contact ON lead (contact)",
            // What templates said before: the project's files say what they say now.
            """
            CREATE TABLE template_version (
                template TEXT NOT NULL,
                version INTEGER NOT NULL,
                source TEXT NOT NULL,
                at INTEGER NOT NULL,
                actor TEXT NOT NULL,
                is_deleted INTEGER NOT NULL DEFAULT 0,
                PRIMARY KEY (template, version)
            ) STRICT, WITHOUT ROWID
            """,
        ]
    )
}
