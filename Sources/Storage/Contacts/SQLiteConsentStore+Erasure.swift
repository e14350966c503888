package import RuleEngine
package import Runner

extension SQLiteConsentStore {
    package func erase(
        _ contact: ContactKey,
        source: String,
        actor: String,
        now: Timestamp
    ) throws(StoreError) {
        // Deleted values are overwritten in the file; the write-ahead log that still holds them is emptied.
        defer { try? connection.execute("PRAGMA wal_checkpoint(TRUNCATE)") }
        try connection.transaction { () throws(StoreError) in
            // Whoever was merged into the person is the person.
            for one in try merged(into: contact) { try forget(one, source, actor: actor, now: now) }
            try forget(contact, source, actor: actor, now: now)
            try connection.raiseSuppressionEpoch()
        }
    }

    private func merged(into contact: ContactKey) throws(StoreError) -> [ContactKey] {
        let statement = try connection.prepare(
            """
            WITH RECURSIVE who (contact) AS (
                SELECT ?1
                UNION
                SELECT m.source FROM who JOIN contact_merge m ON m.target = who.contact AND m.undone_at IS NULL
            )
            SELECT contact FROM who WHERE contact <> ?1
            """)
        statement.bind(1, contact.rawValue)
        defer { statement.reset() }
        var found: [ContactKey] = []
        while try statement.step() { found.append(ContactKey(rawValue: statement.integer(0))) }
        return found
    }

    private func forget(
        _ contact: ContactKey, _ source: String, actor: String, now: Timestamp
    ) throws(StoreError) {
        for address in try addresses(.contact(contact), channel: nil) {
            _ = try insert(address, nil, .unsubscribe, marketingOnly: false, source, now: now)
        }
        try forgetAnswers(contact)
        try forgetHooks(contact)
        try forgetChats(contact)
        try MessageTexts(connection).forget(contact, now: now)
        for table in [
            "identity", "permission", "topic_optout", "contact_extra", "consent", "event", "event_key",
            "link_click", "lead", "scheduled_message", "opt_in",
        ] {
            let statement = try connection.prepare("DELETE FROM \(table) WHERE contact = ?1")
            statement.bind(1, contact.rawValue)
            try statement.run()
        }
        for sql in [
            // Sources and wordings may hold a person's words; that something was agreed to, and when, stays.
            "UPDATE consent_event SET source = NULL, wording = NULL WHERE contact = ?1",
            "UPDATE delivery SET address = NULL WHERE contact = ?1",
            """
            DELETE FROM message_archive WHERE contact = ?1
                AND launch IN (SELECT launch FROM delivery WHERE contact = ?1 AND started_at IS NOT NULL)
            """,
            "UPDATE message SET lead = NULL WHERE contact = ?1",
        ] {
            let statement = try connection.prepare(sql)
            statement.bind(1, contact.rawValue)
            try statement.run()
        }
        try forgetInbound(contact)
        try forgetRuns(contact)
        try forgetEntries(contact)
        try forget(contact, now: now)
        try append(.erased, contact, nil, source, actor: actor, now: now)
    }

    /// Answers that are kept for callers who ask twice, where they name the person: before the names are gone.
    private func forgetAnswers(_ contact: ContactKey) throws(StoreError) {
        let statement = try connection.prepare(
            """
            DELETE FROM kept_answer WHERE status IS NOT NULL AND EXISTS (
                SELECT 1 FROM (
                    SELECT address AS word FROM identity WHERE contact = ?1
                    UNION ALL SELECT typed FROM identity WHERE contact = ?1
                    UNION ALL SELECT external_id FROM contact WHERE id = ?1)
                WHERE word <> '' AND instr(kept_answer.body, word) > 0)
            """)
        statement.bind(1, contact.rawValue)
        try statement.run()
    }

    /// What others are told of changes names the person as callers do: before the name is gone.
    private func forgetHooks(_ contact: ContactKey) throws(StoreError) {
        let find = try connection.prepare("SELECT external_id FROM contact WHERE id = ?1")
        find.bind(1, contact.rawValue)
        defer { find.reset() }
        guard try find.step() else { return }
        func named(_ id: String) -> String {
            String((["contact": .string(id)] as JSON).compactText.dropFirst().dropLast())
        }
        let statement = try connection.prepare(
            "UPDATE hook_delivery SET body = replace(body, ?1, ?2) WHERE instr(body, ?1) > 0")
        statement.bind(1, named(find.string(0)))
        statement.bind(2, named("erased:\(contact.rawValue)"))
        try statement.run()
    }

    /// What was said in the web chat, by both sides: by guests as well, whom nothing but their address ties to the person.
    /// Before the address is gone.
    private func forgetChats(_ contact: ContactKey) throws(StoreError) {
        let visitors = """
            SELECT channel, visitor FROM chat_visitor WHERE contact = ?1 OR contact IS NULL
                AND visitor IN (SELECT address FROM identity WHERE contact = ?1 AND kind = 'webchat')
            """
        for sql in ["chat_file", "chat_message", "chat_visitor"].map({
            "DELETE FROM \($0) WHERE (channel, visitor) IN (\(visitors))"
        }) {
            let statement = try connection.prepare(sql)
            statement.bind(1, contact.rawValue)
            try statement.run()
        }
    }

    /// What the person wrote, and the requests that it came in. Their names stay: a repetition is still known as one.
    private func forgetInbound(_ contact: ContactKey) throws(StoreError) {
        let events = "SELECT webhook FROM channel_event WHERE contact = ?1"
        let conversations = "SELECT id FROM conversation WHERE contact = ?1"
        let merges = "SELECT id FROM contact_merge WHERE ?1 IN (source, target)"
        for sql in [
            "DELETE FROM conversation_note WHERE conversation IN (\(conversations))",
            "DELETE FROM conversation_tag WHERE conversation IN (\(conversations))",
            "UPDATE conversation SET lead = NULL WHERE contact = ?1",
            "DELETE FROM contact_merge_identity WHERE merge IN (\(merges))",
            "UPDATE contact_merge SET why = '' WHERE ?1 IN (source, target)",
            "UPDATE webhook SET body = x'', url = '' WHERE id IN (\(events))",
            """
            UPDATE reply_due SET address = NULL, state = 2
            WHERE (channel, event_key) IN (SELECT channel, event_key FROM channel_event WHERE contact = ?1)
            """,
            "UPDATE channel_event SET address = NULL, text = NULL, detail = NULL, needs_review = 0 WHERE contact = ?1",
        ] {
            let statement = try connection.prepare(sql)
            statement.bind(1, contact.rawValue)
            try statement.run()
        }
    }

    /// What happened to the person and nobody has looked at, and what was to be told of them. Their runs are looked at
    /// next, and end.
    private func forgetRuns(_ contact: ContactKey) throws(StoreError) {
        let calls = try connection.prepare(
            """
            UPDATE call_order SET body = ?2, answer = CASE WHEN state < 2 THEN 'erased' ELSE answer END, state = CASE WHEN state < 2 THEN 3 ELSE state END
            WHERE contact = ?1
            """
        )
        calls.bind(1, contact.rawValue)
        calls.bindBlob(2, FieldCoding.encode([:]))
        try calls.run()
        for sql in [
            "DELETE FROM cause WHERE contact = ?1", "DELETE FROM waiting_cause WHERE contact = ?1",
            "UPDATE hand_over SET note = NULL WHERE contact = ?1",
            "UPDATE run SET due = 0 WHERE contact = ?1 AND ended_at IS NULL",
        ] {
            let statement = try connection.prepare(sql)
            statement.bind(1, contact.rawValue)
            try statement.run()
        }
    }

    /// What the events said with which runs began, and by which runs are told apart: of those that have ended as well.
    private func forgetEntries(_ contact: ContactKey) throws(StoreError) {
        let find = try connection.prepare("SELECT program, occurrence, state FROM run WHERE contact = ?1")
        find.bind(1, contact.rawValue)
        var runs: [(program: Int64, occurrence: Int64, state: [UInt8])] = []
        while try find.step() { runs.append((find.integer(0), find.integer(1), find.blob(2))) }
        let write = try connection.prepare(
            "UPDATE run SET state = ?4, key = NULL WHERE contact = ?1 AND program = ?2 AND occurrence = ?3")
        for run in runs {
            let state: RunState
            do throws(RunStateError) {
                state = try RunState.decode(run.state).withoutWords
            } catch {
                throw .unusable("the state of a run of contact \(contact.rawValue) can't be read: \(error)")
            }
            write.bind(1, contact.rawValue)
            write.bind(2, run.program)
            write.bind(3, run.occurrence)
            write.bindBlob(4, state.encoded)
            try write.run()
        }
        // Decisions name the values that decided.
        for sql in [
            """
            WITH RECURSIVE entry (id) AS (
                SELECT trace FROM run WHERE contact = ?1 AND trace IS NOT NULL
                UNION ALL
                SELECT t.earlier FROM entry e JOIN trace t ON t.id = e.id WHERE t.earlier IS NOT NULL
            )
            DELETE FROM trace WHERE id IN (SELECT id FROM entry)
            """,
            "UPDATE run SET trace = NULL WHERE contact = ?1",
        ] {
            let statement = try connection.prepare(sql)
            statement.bind(1, contact.rawValue)
            try statement.run()
        }
    }

    private func forget(_ contact: ContactKey, now: Timestamp) throws(StoreError) {
        let columns = try connection.prepare(
            "SELECT name FROM pragma_table_info('contact') WHERE substr(name, 1, 2) = 'f_'"
        )
        var clears = ["language", "country", "time_zone", "preferred_channel", "row_hash"].map { "\($0) = NULL" }
        while try columns.step() {
            clears.append("\(SchemaColumns.column(String(columns.string(0).dropFirst(2)))) = NULL")
        }
        // The id may be an address. The number stays, because the ledger counts by it.
        let statement = try connection.prepareOnce(
            """
            UPDATE contact SET external_id = 'erased:' || id, tags = '', erased = 1, do_not_contact = 2, updated_at = ?2,
                \(clears.joined(separator: ", "))
            WHERE id = ?1
            """
        )
        statement.bind(1, contact.rawValue)
        statement.bind(2, now.microseconds)
        try statement.run()
    }
}
