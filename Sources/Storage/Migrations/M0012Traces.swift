/// What runs decided, in the order in which it was written.
extension Migration {
    static let traces = Migration(
        version: 12,
        statements: [
            // At the table's end, whoever it is about: entries that lay by person would each change a page of their own.
            // `earlier` leads to the run's entry before.
            """
            CREATE TABLE trace (
                id INTEGER PRIMARY KEY,
                earlier INTEGER,
                at INTEGER NOT NULL,
                lines TEXT NOT NULL
            ) STRICT
            """,
            "ALTER TABLE run ADD COLUMN trace INTEGER",
            """
            CREATE TEMP TABLE numbered_trace AS
            SELECT contact, program, occurrence,
                row_number() OVER (ORDER BY contact, program, occurrence, step) AS id,
                row_number() OVER (PARTITION BY contact, program, occurrence ORDER BY step) AS place, at, lines
            FROM run_trace
            """,
            """
            INSERT INTO trace (id, earlier, at, lines)
            SELECT id, CASE WHEN place > 1 THEN id - 1 END, at, lines FROM numbered_trace ORDER BY id
            """,
            "CREATE INDEX temp.numbered_trace_run ON numbered_trace (contact, program, occurrence, id)",
            """
            UPDATE run SET trace = (SELECT max(id) FROM numbered_trace n
                WHERE n.contact = run.contact AND n.program = run.program AND n.occurrence = run.occurrence)
            """,
            "DROP TABLE temp.numbered_trace",
            "DROP TABLE run_trace",
        ]
    )
}
