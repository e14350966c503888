/// People: who they are, how they are reached, what they agreed to and what they refused.
extension Migration {
    static let contacts = Migration(
        version: 1,
        statements: [
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
                UNIQUE (tenant, external_id)
            ) STRICT
            """,
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
            "CREATE INDEX identity_address ON identity (kind, address)",
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
        ]
    )
}
