/// Who may call the API.
extension Migration {
    static let access = Migration(
        version: 9,
        statements: [
            // `code` is a keyed hash of the secret; scopes are words with spaces between them.
            """
            CREATE TABLE api_key (
                id TEXT PRIMARY KEY,
                code BLOB NOT NULL,
                name TEXT NOT NULL,
                scopes TEXT NOT NULL,
                created_at INTEGER NOT NULL,
                expires_at INTEGER,
                revoked_at INTEGER,
                last_used_at INTEGER
            ) STRICT
            """
        ]
    )
}
