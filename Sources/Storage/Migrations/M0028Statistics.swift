/// Statistics by day in a table that begins with its key.
extension Migration {
    static let statistics = Migration(
        version: 28,
        statements: [
            // SQLite 3.40, which Debian 12 has, takes a table without row ids for damaged ("NULL value in …") where a column of
            // its key stands behind others. From the first `carillon stats` on no backup could be made.
            "ALTER TABLE daily_statistic RENAME TO earlier_statistic",
            """
            CREATE TABLE daily_statistic (
                tenant INTEGER NOT NULL,
                day INTEGER NOT NULL,
                channel TEXT NOT NULL,
                program TEXT NOT NULL,
                currency TEXT NOT NULL,
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
                PRIMARY KEY (tenant, day, channel, program, currency)
            ) STRICT, WITHOUT ROWID
            """,
            """
            INSERT INTO daily_statistic (
                tenant, day, channel, program, currency, messages, accepted, rejected, failed, uncertain, delivered,
                opened, clicked, bounced, complained, unsubscribed, cost_micros
            ) SELECT
                tenant, day, channel, program, currency, messages, accepted, rejected, failed, uncertain, delivered,
                opened, clicked, bounced, complained, unsubscribed, cost_micros
            FROM earlier_statistic
            """,
            "DROP TABLE earlier_statistic",
        ]
    )
}
