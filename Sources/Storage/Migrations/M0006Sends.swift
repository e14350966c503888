/// What each person got, or may have got, in the order of time: what caps count.
extension Migration {
    static let sends = Migration(
        version: 6,
        statements: [
            // On when an attempt began, and not on the state: it is written with the intent and stays as it is when the
            // outcome comes, so that the index costs one entry a message. Readers look at the state in the row.
            """
            CREATE INDEX delivery_contact ON delivery (contact, started_at) WHERE started_at IS NOT NULL
            """,
            // What was held comes due like what is tried again.
            "DROP INDEX delivery_due",
            "CREATE INDEX delivery_due ON delivery (tenant, launch, not_before) WHERE state IN (1, 3)",
        ]
    )
}
