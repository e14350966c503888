/// Sequences and rules: who is where, what is due, and what has happened that nobody has looked at yet.
extension Migration {
    static let journeys = Migration(
        version: 5,
        statements: [
            // A project's files as they were when a program went live. A program can't be run from its own file
            // alone: it names templates, segments and fragments.
            """
            CREATE TABLE source_text (
                hash BLOB PRIMARY KEY,
                bytes BLOB NOT NULL
            ) STRICT, WITHOUT ROWID
            """,
            """
            CREATE TABLE snapshot (
                id INTEGER PRIMARY KEY,
                digest BLOB NOT NULL UNIQUE
            ) STRICT
            """,
            """
            CREATE TABLE snapshot_file (
                snapshot INTEGER NOT NULL,
                path TEXT NOT NULL,
                hash BLOB NOT NULL,
                PRIMARY KEY (snapshot, path)
            ) STRICT, WITHOUT ROWID
            """,
            // Kind 0 is a campaign's launch; 1 is a version of a sequence or rule, which stays open for as long as
            // it has runs. The newest version that is not over takes people in.
            "ALTER TABLE launch ADD COLUMN kind INTEGER NOT NULL DEFAULT 0",
            "ALTER TABLE launch ADD COLUMN snapshot INTEGER",
            "CREATE INDEX launch_live ON launch (id) WHERE kind = 1 AND state < 3",
            """
            CREATE TABLE program (
                id INTEGER PRIMARY KEY,
                name TEXT NOT NULL UNIQUE
            ) STRICT
            """,
            // One person's walk through a version. `state` is the machine's own form; `due` is when it has to be
            // looked at again, and NULL while it waits for somebody else.
            """
            CREATE TABLE run (
                contact INTEGER NOT NULL,
                program INTEGER NOT NULL,
                occurrence INTEGER NOT NULL,
                launch INTEGER NOT NULL,
                key BLOB,
                state BLOB NOT NULL,
                node INTEGER NOT NULL,
                due INTEGER,
                started_at INTEGER NOT NULL,
                ended_at INTEGER,
                ending TEXT,
                goal_at INTEGER,
                steps INTEGER NOT NULL DEFAULT 0,
                PRIMARY KEY (contact, program, occurrence)
            ) STRICT, WITHOUT ROWID
            """,
            "CREATE INDEX run_due ON run (due) WHERE due IS NOT NULL",
            "CREATE INDEX run_launch ON run (launch, ended_at)",
            // What was decided in one step of a run, in the order of its steps.
            """
            CREATE TABLE run_trace (
                contact INTEGER NOT NULL,
                program INTEGER NOT NULL,
                occurrence INTEGER NOT NULL,
                step INTEGER NOT NULL,
                at INTEGER NOT NULL,
                lines TEXT NOT NULL,
                PRIMARY KEY (contact, program, occurrence, step)
            ) STRICT, WITHOUT ROWID
            """,
            // How often each node of a version was passed: what funnels are drawn from.
            """
            CREATE TABLE node_count (
                launch INTEGER NOT NULL,
                node INTEGER NOT NULL,
                passed INTEGER NOT NULL,
                PRIMARY KEY (launch, node)
            ) STRICT, WITHOUT ROWID
            """,
            // What happened and moves programs. Taken from the front, and deleted in the transaction that carries out
            // what follows from it.
            """
            CREATE TABLE cause (
                seq INTEGER PRIMARY KEY AUTOINCREMENT,
                contact INTEGER NOT NULL,
                kind INTEGER NOT NULL,
                name TEXT NOT NULL,
                event INTEGER,
                at INTEGER NOT NULL,
                fields BLOB NOT NULL
            ) STRICT
            """,
            // `runs: queue`: what begins when the run that is under way has ended.
            """
            CREATE TABLE waiting_cause (
                contact INTEGER NOT NULL,
                program INTEGER NOT NULL,
                behind INTEGER NOT NULL,
                seq INTEGER NOT NULL,
                kind INTEGER NOT NULL,
                name TEXT NOT NULL,
                event INTEGER,
                at INTEGER NOT NULL,
                fields BLOB NOT NULL,
                PRIMARY KEY (contact, program, behind, seq)
            ) STRICT, WITHOUT ROWID
            """,
            // What names an event for ever: the number under which it was taken in.
            "ALTER TABLE event ADD COLUMN id INTEGER",
            // The channel of this row's place in `via`; NULL: the launch's. `expires_at`: from then on it is not
            // sent any more.
            "ALTER TABLE delivery ADD COLUMN channel TEXT",
            "ALTER TABLE delivery ADD COLUMN expires_at INTEGER",
            // Messages of runs that can be sent, by channel and time. A run's rows have high occurrences.
            """
            CREATE INDEX delivery_work ON delivery (channel, ifnull(not_before, 0))
            WHERE state IN (0, 1, 3) AND occurrence > 4294967295
            """,
            // A message that a run has ordered: on which channels in turn, and how far it has come. `check_at` is when
            // to look whether the next channel must be tried.
            """
            CREATE TABLE send_order (
                launch INTEGER NOT NULL,
                contact INTEGER NOT NULL,
                base INTEGER NOT NULL,
                node INTEGER NOT NULL,
                lane INTEGER NOT NULL,
                channels TEXT NOT NULL,
                is_told INTEGER NOT NULL DEFAULT 0,
                check_at INTEGER,
                PRIMARY KEY (launch, contact, base)
            ) STRICT, WITHOUT ROWID
            """,
            "CREATE INDEX send_order_check ON send_order (check_at) WHERE check_at IS NOT NULL",
            // A call of an outside system, until it is answered. State 0: to be made; 1: under way; 2: answered well; 3: given up.
            """
            CREATE TABLE call_order (
                id INTEGER PRIMARY KEY,
                launch INTEGER NOT NULL,
                contact INTEGER NOT NULL,
                occurrence INTEGER NOT NULL,
                number INTEGER NOT NULL,
                node INTEGER NOT NULL,
                body BLOB NOT NULL,
                attempts INTEGER NOT NULL DEFAULT 0,
                not_before INTEGER NOT NULL,
                give_up_at INTEGER NOT NULL,
                state INTEGER NOT NULL DEFAULT 0,
                answer TEXT,
                UNIQUE (launch, contact, occurrence, number)
            ) STRICT
            """,
            "CREATE INDEX call_order_due ON call_order (not_before) WHERE state = 0",
            """
            CREATE TABLE tag_lifetime (
                contact INTEGER NOT NULL,
                tag TEXT NOT NULL,
                until INTEGER NOT NULL,
                PRIMARY KEY (contact, tag)
            ) STRICT, WITHOUT ROWID
            """,
            "CREATE INDEX tag_lifetime_until ON tag_lifetime (until)",
            """
            CREATE TABLE hand_over (
                id INTEGER PRIMARY KEY,
                launch INTEGER NOT NULL,
                contact INTEGER NOT NULL,
                occurrence INTEGER NOT NULL,
                number INTEGER NOT NULL,
                team TEXT NOT NULL,
                note TEXT,
                at INTEGER NOT NULL,
                UNIQUE (launch, contact, occurrence, number)
            ) STRICT
            """,
            // Who was in a segment when programs were last told of it.
            """
            CREATE TABLE segment_member (
                segment TEXT NOT NULL,
                contact INTEGER NOT NULL,
                PRIMARY KEY (segment, contact)
            ) STRICT, WITHOUT ROWID
            """,
            // A program's clock: the next tick, and how far the tick that is under way has come.
            """
            CREATE TABLE schedule_tick (
                launch INTEGER PRIMARY KEY,
                next_at INTEGER,
                ticking_at INTEGER,
                cursor INTEGER NOT NULL DEFAULT 0
            ) STRICT
            """,
            // Ticks on the clock of each person, until they come.
            """
            CREATE TABLE contact_tick (
                at INTEGER NOT NULL,
                launch INTEGER NOT NULL,
                contact INTEGER NOT NULL,
                PRIMARY KEY (at, launch, contact)
            ) STRICT, WITHOUT ROWID
            """,
        ]
    )
}
