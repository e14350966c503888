/// People: who they are, how they are reached, what they agreed to and what they refused.
extension Migration {
    static let contacts = Migration(
        version: 1,
        statements: [
            // Declared fields add columns `f_<name>`. `do_not_contact` is 1 where a file said so and 2 where it was
            // said here, which no file takes back. `row_hash` tells whether an imported row changed.
            """
            CREATE TABLE contact (
                id INTEGER PRIMARY KEY,
                tenant INTEGER NOT NULL DEFAULT 1,
                external_id TEXT NOT NULL,
                language TEXT,
                country TEXT,
                time_zone TEXT,
                preferred_channel TEXT,
                tags TEXT NOT NULL DEFAULT '',
                do_not_contact INTEGER NOT NULL DEFAULT 0,
                erased INTEGER NOT NULL DEFAULT 0,
                import_no INTEGER NOT NULL DEFAULT 0,
                created_at INTEGER NOT NULL,
                updated_at INTEGER NOT NULL,
                row_hash BLOB,
                UNIQUE (tenant, external_id)
            ) STRICT
            """,
            // The types of the columns `f_<name>`: a type that changes later must not read old values wrongly.
            """
            CREATE TABLE schema_field (
                name TEXT PRIMARY KEY,
                type TEXT NOT NULL,
                is_inferred INTEGER NOT NULL DEFAULT 0,
                position INTEGER NOT NULL
            ) STRICT, WITHOUT ROWID
            """,
            // `address` is what a message is sent to; `typed` is how it was written, where that differs.
            """
            CREATE TABLE identity (
                contact INTEGER NOT NULL,
                kind TEXT NOT NULL,
                rank INTEGER NOT NULL DEFAULT 0,
                address TEXT NOT NULL,
                typed TEXT,
                address_key BLOB NOT NULL,
                PRIMARY KEY (contact, kind, rank)
            ) STRICT, WITHOUT ROWID
            """,
            // Finding by address goes by its key: one index, in which letter case and spelling don't matter.
            "CREATE INDEX identity_key ON identity (address_key)",
            """
            CREATE TABLE permission (
                contact INTEGER NOT NULL,
                channel TEXT NOT NULL,
                allowed INTEGER NOT NULL,
                PRIMARY KEY (contact, channel)
            ) STRICT, WITHOUT ROWID
            """,
            """
            CREATE TABLE consent (
                contact INTEGER NOT NULL,
                channel TEXT NOT NULL,
                purpose TEXT NOT NULL,
                level INTEGER NOT NULL,
                given_at INTEGER,
                source TEXT,
                wording TEXT,
                expires_at INTEGER,
                revoked_at INTEGER,
                revoked_via TEXT,
                PRIMARY KEY (contact, channel, purpose)
            ) STRICT, WITHOUT ROWID
            """,
            // What the row in `consent` was at any time follows from these; nothing updates or deletes them but
            // the erasure of a person's words.
            """
            CREATE TABLE consent_event (
                id INTEGER PRIMARY KEY,
                contact INTEGER NOT NULL,
                channel TEXT NOT NULL,
                purpose TEXT NOT NULL,
                action TEXT NOT NULL,
                level INTEGER,
                at INTEGER NOT NULL,
                source TEXT,
                wording TEXT,
                actor TEXT,
                recorded_at INTEGER NOT NULL
            ) STRICT
            """,
            "CREATE INDEX consent_event_contact ON consent_event (contact)",
            // By the address's hash alone, so that it outlives the erasure of the person.
            """
            CREATE TABLE suppression (
                tenant INTEGER NOT NULL DEFAULT 1,
                address_key BLOB NOT NULL,
                channel TEXT NOT NULL,
                reason INTEGER NOT NULL,
                marketing_only INTEGER NOT NULL DEFAULT 0,
                at INTEGER NOT NULL,
                source TEXT,
                PRIMARY KEY (tenant, address_key, channel, reason)
            ) STRICT, WITHOUT ROWID
            """,
            """
            CREATE TABLE topic_optout (
                contact INTEGER NOT NULL,
                channel TEXT NOT NULL,
                topic TEXT NOT NULL,
                at INTEGER NOT NULL,
                PRIMARY KEY (contact, channel, topic)
            ) STRICT, WITHOUT ROWID
            """,
            // Columns that no schema names, kept on request.
            """
            CREATE TABLE contact_extra (
                contact INTEGER NOT NULL,
                name TEXT NOT NULL,
                value TEXT NOT NULL,
                PRIMARY KEY (contact, name)
            ) STRICT, WITHOUT ROWID
            """,
        ]
    )
}
