/// Indexes of the ledger whose rows are chosen by state, with `OR` for `IN`: SQLite builds a table for each list of `IN` whenever a
/// row of the ledger changes, which took most of the time of a send.
extension Migration {
    static let states = Migration(
        version: 25,
        statements: [
            "DROP INDEX delivery_due",
            "CREATE INDEX delivery_due ON delivery (tenant, launch, not_before) WHERE (state = 1 OR state = 3)",
            "DROP INDEX delivery_work",
            """
            CREATE INDEX delivery_work ON delivery (channel, ifnull(not_before, 0))
            WHERE (state = 0 OR state = 1 OR state = 3) AND occurrence > 4294967295
            """,
            "DROP INDEX delivery_next",
            """
            CREATE INDEX delivery_next ON delivery (tenant, launch, not_before)
            WHERE (state = 10 OR state = 12 OR state = 13) AND not_before IS NOT NULL
            """,
        ]
    )
}
