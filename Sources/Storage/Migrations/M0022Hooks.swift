/// Where changes are sent to, and what is on its way there.
extension Migration {
    static let hooks = Migration(
        version: 22,
        statements: [
            """
            CREATE TABLE hook_endpoint (
                id TEXT PRIMARY KEY,
                tenant INTEGER NOT NULL DEFAULT 1,
                url TEXT NOT NULL,
                types TEXT NOT NULL,
                created_at INTEGER NOT NULL,
                paused INTEGER NOT NULL,
                generation INTEGER NOT NULL,
                overlap_until INTEGER,
                cursor TEXT NOT NULL
            ) STRICT
            """,
            // State 0: waits; 1: taken; 2: given up.
            """
            CREATE TABLE hook_delivery (
                id INTEGER PRIMARY KEY,
                endpoint TEXT NOT NULL,
                message TEXT NOT NULL,
                body TEXT NOT NULL,
                state INTEGER NOT NULL DEFAULT 0,
                attempts INTEGER NOT NULL DEFAULT 0,
                next_at INTEGER NOT NULL,
                outcome TEXT,
                updated_at INTEGER NOT NULL
            ) STRICT
            """,
            "CREATE INDEX hook_delivery_due ON hook_delivery (next_at) WHERE state = 0",
            "CREATE INDEX hook_delivery_endpoint ON hook_delivery (endpoint, state)",
            "CREATE INDEX hook_delivery_done ON hook_delivery (updated_at) WHERE state = 1",
        ]
    )
}
