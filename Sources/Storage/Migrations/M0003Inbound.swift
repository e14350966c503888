/// What providers send back, as it came and as it was understood.
extension Migration {
    static let inbound = Migration(
        version: 3,
        statements: [
            // Written before the provider is answered. State 0: nobody has read it; 1: read; 2: put aside.
            """
            CREATE TABLE webhook (
                id INTEGER PRIMARY KEY,
                tenant INTEGER NOT NULL DEFAULT 1,
                channel TEXT NOT NULL,
                channel_kind TEXT NOT NULL,
                provider TEXT NOT NULL,
                received_at INTEGER NOT NULL,
                fingerprint BLOB NOT NULL,
                method TEXT NOT NULL,
                url TEXT NOT NULL,
                content_type TEXT NOT NULL,
                message_id TEXT NOT NULL,
                body BLOB NOT NULL,
                state INTEGER NOT NULL DEFAULT 0,
                problem TEXT,
                UNIQUE (tenant, channel, fingerprint)
            ) STRICT
            """,
            "CREATE INDEX webhook_unread ON webhook (id) WHERE state = 0",
            "CREATE INDEX webhook_age ON webhook (received_at) WHERE state <> 0",
            // State 0: waits for its delivery; 1: done; 2: no delivery was ever found.
            """
            CREATE TABLE channel_event (
                id INTEGER PRIMARY KEY,
                tenant INTEGER NOT NULL DEFAULT 1,
                channel TEXT NOT NULL,
                event_key TEXT NOT NULL,
                webhook INTEGER NOT NULL,
                kind TEXT NOT NULL,
                at INTEGER NOT NULL,
                received_at INTEGER NOT NULL,
                provider_id TEXT,
                address TEXT,
                address_key BLOB,
                rank INTEGER,
                flags INTEGER NOT NULL DEFAULT 0,
                code TEXT,
                text TEXT,
                meaning TEXT,
                needs_review INTEGER NOT NULL DEFAULT 0,
                detail TEXT,
                state INTEGER NOT NULL,
                launch INTEGER,
                contact INTEGER,
                step INTEGER,
                occurrence INTEGER,
                UNIQUE (tenant, channel, event_key)
            ) STRICT
            """,
            "CREATE INDEX channel_event_waiting ON channel_event (received_at) WHERE state = 0",
            "CREATE INDEX channel_event_contact ON channel_event (contact) WHERE contact IS NOT NULL",
            "CREATE INDEX channel_event_review ON channel_event (id) WHERE needs_review = 1",
            // What became of an accepted message. `rank` only rises, `flags` only grow, times only fall.
            """
            CREATE TABLE delivery_status (
                tenant INTEGER NOT NULL,
                launch INTEGER NOT NULL,
                contact INTEGER NOT NULL,
                step INTEGER NOT NULL,
                occurrence INTEGER NOT NULL,
                rank INTEGER NOT NULL,
                flags INTEGER NOT NULL,
                sent_at INTEGER,
                delivered_at INTEGER,
                read_at INTEGER,
                failed_at INTEGER,
                clicked_at INTEGER,
                last_at INTEGER NOT NULL,
                code TEXT,
                PRIMARY KEY (tenant, launch, contact, step, occurrence)
            ) STRICT, WITHOUT ROWID
            """,
            // In and out by a person's own word; the latest of a lane counts, however they arrive.
            """
            CREATE TABLE opt_event (
                tenant INTEGER NOT NULL,
                address_key BLOB NOT NULL,
                channel TEXT NOT NULL,
                lane INTEGER NOT NULL,
                at INTEGER NOT NULL,
                is_out INTEGER NOT NULL,
                event_key TEXT NOT NULL,
                PRIMARY KEY (tenant, address_key, channel, lane, at, is_out, event_key)
            ) STRICT, WITHOUT ROWID
            """,
            // Short answers that are due once: a confirmation within five minutes, or never.
            """
            CREATE TABLE reply_due (
                id INTEGER PRIMARY KEY,
                tenant INTEGER NOT NULL DEFAULT 1,
                channel TEXT NOT NULL,
                event_key TEXT NOT NULL,
                kind TEXT NOT NULL,
                address TEXT,
                due_before INTEGER NOT NULL,
                state INTEGER NOT NULL DEFAULT 0,
                UNIQUE (tenant, channel, event_key)
            ) STRICT
            """,
            // Providers that echo nothing of ours name messages by their own id.
            "CREATE INDEX delivery_provider ON delivery (provider_id) WHERE provider_id IS NOT NULL",
        ]
    )
}
