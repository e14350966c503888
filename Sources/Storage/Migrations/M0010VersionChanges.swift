/// People who go on in a new version of their program, and what of them programs look at.
extension Migration {
    static let versionChanges = Migration(
        version: 10,
        statements: [
            // A new version takes over the people of an earlier one. Not done until everybody was looked at once: a
            // process that ends in between is followed by one that goes on with it.
            """
            CREATE TABLE version_move (
                earlier INTEGER NOT NULL,
                launch INTEGER NOT NULL,
                is_done INTEGER NOT NULL DEFAULT 0,
                PRIMARY KEY (earlier, launch)
            ) STRICT, WITHOUT ROWID
            """,
            // Runs that wait for an outcome move behind it.
            """
            CREATE TABLE pending_move (
                contact INTEGER NOT NULL,
                program INTEGER NOT NULL,
                occurrence INTEGER NOT NULL,
                launch INTEGER NOT NULL,
                PRIMARY KEY (contact, program, occurrence)
            ) STRICT, WITHOUT ROWID
            """,
            // What a step of an earlier version is called in this one: people ask about messages that they got before.
            """
            CREATE TABLE earlier_step (
                launch INTEGER NOT NULL,
                earlier INTEGER NOT NULL,
                node INTEGER NOT NULL,
                step TEXT NOT NULL,
                PRIMARY KEY (launch, earlier, node)
            ) STRICT, WITHOUT ROWID
            """,
            // The fields of a person that live programs look at: whoever writes others need tell nobody. 1: people may
            // come into a program by it, 0: only those inside may go on.
            """
            CREATE TABLE watched_field (
                name TEXT PRIMARY KEY,
                is_entrance INTEGER NOT NULL
            ) STRICT, WITHOUT ROWID
            """,
        ]
    )
}
