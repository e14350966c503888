/// Who looks after conversations, messages that come at times, and contacts that are one person.
extension Migration {
    static let inbox = Migration(
        version: 17,
        statements: [
            // Open, resolved or archived follows from the times: whoever writes again opens it again.
            "ALTER TABLE conversation ADD COLUMN assigned_to TEXT",
            "ALTER TABLE conversation ADD COLUMN priority TEXT NOT NULL DEFAULT 'NORMAL'",
            "ALTER TABLE conversation ADD COLUMN lead TEXT",
            "ALTER TABLE conversation ADD COLUMN read_at INTEGER",
            "ALTER TABLE conversation ADD COLUMN resolved_at INTEGER",
            "ALTER TABLE conversation ADD COLUMN archived_at INTEGER",
            "CREATE INDEX conversation_contact ON conversation (contact) WHERE contact IS NOT NULL",
            "CREATE INDEX channel_event_conversation ON channel_event (conversation, id) WHERE conversation IS NOT NULL",
            """
            CREATE TABLE conversation_tag (
                conversation INTEGER NOT NULL,
                tag TEXT NOT NULL,
                PRIMARY KEY (conversation, tag)
            ) STRICT, WITHOUT ROWID
            """,
            """
            CREATE TABLE conversation_note (
                id INTEGER PRIMARY KEY,
                conversation INTEGER NOT NULL,
                text TEXT NOT NULL,
                actor TEXT NOT NULL,
                at INTEGER NOT NULL
            ) STRICT
            """,
            "CREATE INDEX conversation_note_place ON conversation_note (conversation)",
            """
            CREATE TABLE quick_reply (
                id TEXT PRIMARY KEY,
                text TEXT NOT NULL,
                at INTEGER NOT NULL,
                actor TEXT NOT NULL
            ) STRICT, WITHOUT ROWID
            """,
            """
            CREATE TABLE scheduled_message (
                id INTEGER PRIMARY KEY,
                contact INTEGER NOT NULL,
                rhythm TEXT NOT NULL,
                request TEXT NOT NULL,
                state TEXT NOT NULL,
                next_at INTEGER,
                last_at INTEGER,
                sent INTEGER NOT NULL,
                problem TEXT,
                created_at INTEGER NOT NULL
            ) STRICT
            """,
            "CREATE INDEX scheduled_message_due ON scheduled_message (next_at) WHERE state = 'active'",
            "CREATE INDEX scheduled_message_contact ON scheduled_message (contact)",
            // The addresses of the source are the target's, until it is undone; here they stand as they were.
            """
            CREATE TABLE contact_merge (
                id INTEGER PRIMARY KEY,
                source INTEGER NOT NULL,
                target INTEGER NOT NULL,
                why TEXT NOT NULL,
                actor TEXT NOT NULL,
                at INTEGER NOT NULL,
                undone_at INTEGER,
                target_was_quiet INTEGER NOT NULL DEFAULT 0
            ) STRICT
            """,
            "CREATE INDEX contact_merge_target ON contact_merge (target)",
            "CREATE INDEX contact_merge_source ON contact_merge (source)",
            """
            CREATE TABLE contact_merge_identity (
                merge INTEGER NOT NULL,
                kind TEXT NOT NULL,
                rank INTEGER NOT NULL,
                address TEXT NOT NULL,
                typed TEXT,
                address_key BLOB NOT NULL,
                moved_rank INTEGER NOT NULL,
                PRIMARY KEY (merge, kind, rank)
            ) STRICT, WITHOUT ROWID
            """,
        ]
    )
}
