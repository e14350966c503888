/// What people are asked on pages of ours.
extension Migration {
    static let pages = Migration(
        version: 18,
        statements: [
            // Somebody said that a person wants to be written to; the person confirms it, or doesn't.
            """
            CREATE TABLE opt_in (
                id INTEGER PRIMARY KEY,
                contact INTEGER NOT NULL,
                channel TEXT NOT NULL,
                level INTEGER NOT NULL,
                source TEXT NOT NULL,
                wording TEXT NOT NULL,
                requested_at INTEGER NOT NULL,
                expires_at INTEGER NOT NULL,
                confirmed_at INTEGER
            ) STRICT
            """,
            "CREATE INDEX opt_in_contact ON opt_in (contact)",
        ]
    )
}
