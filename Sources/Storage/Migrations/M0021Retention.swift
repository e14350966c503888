/// How long things are kept.
extension Migration {
    static let retention = Migration(
        version: 21,
        statements: [
            // Without a channel: for all that have no rule of their own.
            """
            CREATE TABLE retention (
                tenant INTEGER NOT NULL DEFAULT 1,
                kind TEXT NOT NULL,
                channel TEXT NOT NULL DEFAULT '',
                days INTEGER NOT NULL,
                PRIMARY KEY (tenant, kind, channel)
            ) STRICT, WITHOUT ROWID
            """
        ]
    )
}
