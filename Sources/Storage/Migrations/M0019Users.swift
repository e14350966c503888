/// People who log in, and who changed what.
extension Migration {
    static let users = Migration(
        version: 19,
        statements: [
            "ALTER TABLE api_key ADD COLUMN created_by TEXT NOT NULL DEFAULT 'operator'",
            // `password` is cost, salt and scrypt's code; the invitation is known by a keyed hash of its secret.
            """
            CREATE TABLE app_user (
                name TEXT PRIMARY KEY,
                role TEXT NOT NULL,
                scopes TEXT NOT NULL,
                created_at INTEGER NOT NULL,
                created_by TEXT NOT NULL,
                disabled_at INTEGER,
                password BLOB,
                failures INTEGER NOT NULL DEFAULT 0,
                locked_until INTEGER,
                invitation TEXT UNIQUE,
                invitation_code BLOB,
                invitation_until INTEGER
            ) STRICT, WITHOUT ROWID
            """,
            """
            CREATE TABLE user_session (
                id TEXT PRIMARY KEY,
                code BLOB NOT NULL,
                user TEXT NOT NULL,
                created_at INTEGER NOT NULL,
                seen_at INTEGER NOT NULL
            ) STRICT, WITHOUT ROWID
            """,
            // Each entry's hash covers the one before it.
            """
            CREATE TABLE audit_entry (
                number INTEGER PRIMARY KEY,
                at INTEGER NOT NULL,
                actor TEXT NOT NULL,
                action TEXT NOT NULL,
                object TEXT NOT NULL,
                before BLOB NOT NULL,
                after BLOB NOT NULL,
                request TEXT NOT NULL,
                hash BLOB NOT NULL
            ) STRICT
            """,
            """
            CREATE TRIGGER audit_entry_stays BEFORE UPDATE ON audit_entry
            BEGIN SELECT raise(ABORT, 'the audit log is only added to'); END
            """,
            """
            CREATE TRIGGER audit_entry_is_kept BEFORE DELETE ON audit_entry
            BEGIN SELECT raise(ABORT, 'the audit log is only added to'); END
            """,
        ]
    )
}
