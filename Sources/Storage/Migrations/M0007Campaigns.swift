/// How far launches have come, what experiments came to, second tries by another channel, and statistics by day.
extension Migration {
    static let campaigns = Migration(
        version: 7,
        statements: [
            // An instant, or for a schedule in the contact's zone the reading of the clock, kept as UTC would show it.
            "ALTER TABLE launch ADD COLUMN tick INTEGER",
            "ALTER TABLE launch ADD COLUMN starts_at INTEGER",
            "ALTER TABLE launch ADD COLUMN stage INTEGER NOT NULL DEFAULT 0",
            "ALTER TABLE launch ADD COLUMN stage_sent_at INTEGER",
            "ALTER TABLE launch ADD COLUMN winner INTEGER",
            "ALTER TABLE launch ADD COLUMN watched_since INTEGER",
            // Why it is paused, or who ended it.
            "ALTER TABLE launch ADD COLUMN note TEXT",
            // A row whose recipient has a newer one: another channel was tried.
            "ALTER TABLE delivery ADD COLUMN superseded INTEGER NOT NULL DEFAULT 0",
            // On a row that is settled, `not_before` is when the next channel is considered.
            """
            CREATE INDEX delivery_next ON delivery (tenant, launch, not_before)
            WHERE state IN (10, 12, 13) AND not_before IS NOT NULL
            """,
            """
            CREATE TABLE launch_channel (
                launch INTEGER NOT NULL,
                channel TEXT NOT NULL,
                kind TEXT NOT NULL,
                PRIMARY KEY (launch, channel)
            ) STRICT, WITHOUT ROWID
            """,
            // Written once, never changed: what was decided and on what figures.
            """
            CREATE TABLE launch_decision (
                launch INTEGER PRIMARY KEY,
                decided_at INTEGER NOT NULL,
                winner INTEGER NOT NULL,
                ground TEXT NOT NULL,
                share_p REAL NOT NULL,
                arms TEXT NOT NULL
            ) STRICT
            """,
            """
            CREATE TABLE daily_statistic (
                tenant INTEGER NOT NULL,
                day INTEGER NOT NULL,
                channel TEXT NOT NULL,
                program TEXT NOT NULL,
                messages INTEGER NOT NULL,
                accepted INTEGER NOT NULL,
                rejected INTEGER NOT NULL,
                failed INTEGER NOT NULL,
                uncertain INTEGER NOT NULL,
                delivered INTEGER NOT NULL,
                opened INTEGER NOT NULL,
                clicked INTEGER NOT NULL,
                bounced INTEGER NOT NULL,
                complained INTEGER NOT NULL,
                unsubscribed INTEGER NOT NULL,
                cost_micros INTEGER NOT NULL,
                currency TEXT NOT NULL,
                PRIMARY KEY (tenant, day, channel, program, currency)
            ) STRICT, WITHOUT ROWID
            """,
        ]
    )
}
