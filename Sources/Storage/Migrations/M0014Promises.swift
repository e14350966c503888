/// Who has agreed to what, which message goes first, and which links were followed.
extension Migration {
    static let promises = Migration(
        version: 14,
        statements: [
            // A meaning that somebody agreed to: a change of it needs a new row.
            """
            CREATE TABLE approval (
                program TEXT NOT NULL,
                version TEXT NOT NULL,
                name TEXT NOT NULL,
                permission TEXT NOT NULL,
                at INTEGER NOT NULL,
                PRIMARY KEY (program, version, name)
            ) STRICT, WITHOUT ROWID
            """,
            "ALTER TABLE launch ADD COLUMN priority INTEGER NOT NULL DEFAULT 0",
            // The named links of each step's texts, as written: a mark in them stands for anything.
            """
            CREATE TABLE launch_link (
                launch INTEGER NOT NULL,
                step INTEGER NOT NULL,
                name TEXT NOT NULL,
                address TEXT NOT NULL,
                PRIMARY KEY (launch, step, name, address)
            ) STRICT, WITHOUT ROWID
            """,
            // A click that a provider told with the address that was followed.
            """
            CREATE TABLE link_click (
                contact INTEGER NOT NULL,
                launch INTEGER NOT NULL,
                step INTEGER NOT NULL,
                occurrence INTEGER NOT NULL,
                link TEXT NOT NULL,
                at INTEGER NOT NULL,
                PRIMARY KEY (contact, launch, step, occurrence, link, at)
            ) STRICT, WITHOUT ROWID
            """,
        ]
    )
}
