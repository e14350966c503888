/// What the API keeps of its own.
extension Migration {
    static let service = Migration(
        version: 13,
        statements: [
            // Answers by the names that callers gave their requests. Without a status somebody is at it: the process that
            // `holder` names.
            """
            CREATE TABLE kept_answer (
                caller TEXT NOT NULL,
                route TEXT NOT NULL,
                name TEXT NOT NULL,
                digest BLOB NOT NULL,
                holder TEXT NOT NULL,
                at INTEGER NOT NULL,
                status INTEGER,
                type TEXT,
                body TEXT,
                PRIMARY KEY (caller, route, name)
            ) STRICT, WITHOUT ROWID
            """,
            "CREATE INDEX kept_answer_age ON kept_answer (at)",
        ]
    )
}
