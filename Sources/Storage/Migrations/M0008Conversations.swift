/// What people write to us beyond key words, our short answers to them, and what providers charge.
extension Migration {
    static let conversations = Migration(
        version: 8,
        statements: [
            // States: 0 due, 1 being sent, 2 not to be sent, 3 accepted, 4 too late, 5 nobody knows, 6 refused. Only a
            // send that provably failed goes from 1 back to 0.
            "ALTER TABLE reply_due ADD COLUMN channel_kind TEXT",
            "ALTER TABLE reply_due ADD COLUMN address_key BLOB",
            "ALTER TABLE reply_due ADD COLUMN attempted_at INTEGER",
            "ALTER TABLE reply_due ADD COLUMN provider_id TEXT",
            "ALTER TABLE reply_due ADD COLUMN problem TEXT",
            "CREATE INDEX reply_open ON reply_due (id) WHERE state IN (0, 1)",
            "CREATE INDEX reply_address ON reply_due (address_key) WHERE address_key IS NOT NULL",
            // One is open for an address of a channel; silence ends it.
            """
            CREATE TABLE conversation (
                id INTEGER PRIMARY KEY,
                tenant INTEGER NOT NULL DEFAULT 1,
                channel TEXT NOT NULL,
                address_key BLOB NOT NULL,
                contact INTEGER,
                opened_at INTEGER NOT NULL,
                last_at INTEGER NOT NULL,
                texts INTEGER NOT NULL
            ) STRICT
            """,
            "CREATE INDEX conversation_address ON conversation (address_key, channel, last_at)",
            "ALTER TABLE channel_event ADD COLUMN conversation INTEGER",
            // What a provider says that a message costs, part by part where it tells of parts. The newest word of a part
            // stands; the delivery's own row is their sum, where the currency is the launch's.
            """
            CREATE TABLE delivery_cost (
                tenant INTEGER NOT NULL,
                launch INTEGER NOT NULL,
                contact INTEGER NOT NULL,
                step INTEGER NOT NULL,
                occurrence INTEGER NOT NULL,
                part TEXT NOT NULL,
                micros INTEGER NOT NULL,
                currency TEXT NOT NULL,
                at INTEGER NOT NULL,
                PRIMARY KEY (tenant, launch, contact, step, occurrence, part)
            ) STRICT, WITHOUT ROWID
            """,
        ]
    )
}
