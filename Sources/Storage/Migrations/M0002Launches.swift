/// Launches, and one row for each recipient of each.
extension Migration {
    static let launches = Migration(
        version: 2,
        statements: [
            """
            CREATE TABLE launch (
                id INTEGER PRIMARY KEY,
                tenant INTEGER NOT NULL DEFAULT 1,
                program TEXT NOT NULL,
                version TEXT NOT NULL,
                channel_id TEXT NOT NULL,
                channel_kind TEXT NOT NULL,
                purpose TEXT NOT NULL,
                topic TEXT,
                brand TEXT,
                currency TEXT NOT NULL,
                state INTEGER NOT NULL,
                plan_cursor INTEGER NOT NULL DEFAULT 0,
                is_planned INTEGER NOT NULL DEFAULT 0,
                epoch INTEGER NOT NULL DEFAULT 0,
                created_at INTEGER NOT NULL,
                finished_at INTEGER,
                source TEXT NOT NULL
            ) STRICT
            """,
            "CREATE INDEX launch_program ON launch (tenant, program, id)",
            """
            CREATE TABLE delivery (
                tenant INTEGER NOT NULL,
                launch INTEGER NOT NULL,
                contact INTEGER NOT NULL,
                step INTEGER NOT NULL,
                occurrence INTEGER NOT NULL,
                state INTEGER NOT NULL,
                attempts INTEGER NOT NULL DEFAULT 0,
                epoch INTEGER NOT NULL DEFAULT 0,
                cost_micros INTEGER NOT NULL DEFAULT 0,
                created_at INTEGER NOT NULL,
                updated_at INTEGER NOT NULL,
                not_before INTEGER,
                deadline INTEGER,
                started_at INTEGER,
                accepted_at INTEGER,
                reason TEXT,
                address TEXT,
                provider_id TEXT,
                body_hash BLOB,
                PRIMARY KEY (tenant, launch, contact, step, occurrence)
            ) STRICT, WITHOUT ROWID
            """,
            """
            CREATE INDEX delivery_due ON delivery (tenant, launch, not_before) WHERE state = 3
            """,
        ]
    )
}
