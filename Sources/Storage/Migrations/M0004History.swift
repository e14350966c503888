/// What happened to contacts, and which template each step of a launch sends.
extension Migration {
    static let history = Migration(
        version: 4,
        statements: [
            """
            CREATE TABLE event_name (
                id INTEGER PRIMARY KEY,
                name TEXT NOT NULL UNIQUE
            ) STRICT
            """,
            // A contact's events of one name lie side by side, in the order of time: a question about them is one
            // range of this key. `seq` tells those of one instant apart.
            """
            CREATE TABLE event (
                contact INTEGER NOT NULL,
                name INTEGER NOT NULL,
                occurred_at INTEGER NOT NULL,
                seq INTEGER NOT NULL,
                received_at INTEGER NOT NULL,
                fields TEXT NOT NULL,
                PRIMARY KEY (contact, name, occurred_at, seq)
            ) STRICT, WITHOUT ROWID
            """,
            // By what a repeated event is known: the sender's own id and the values of unique fields, hashed.
            """
            CREATE TABLE event_key (
                name INTEGER NOT NULL,
                key BLOB NOT NULL,
                contact INTEGER NOT NULL,
                occurred_at INTEGER NOT NULL,
                PRIMARY KEY (name, key)
            ) STRICT, WITHOUT ROWID
            """,
            """
            CREATE TABLE launch_step (
                launch INTEGER NOT NULL,
                step INTEGER NOT NULL,
                template TEXT NOT NULL,
                PRIMARY KEY (launch, step)
            ) STRICT, WITHOUT ROWID
            """,
            "CREATE INDEX launch_step_template ON launch_step (template)",
        ]
    )
}
