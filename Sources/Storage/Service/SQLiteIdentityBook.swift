package import RuleEngine
package import Runner

/// Who is who, and what happened with them.
package final class SQLiteIdentityBook: IdentityBook {
    private let connection: Connection

    package init(_ connection: Connection) {
        self.connection = connection
    }

    package func matches(
        of contact: ContactKey
    ) throws(StoreError) -> [(contact: String, kind: String, address: String)] {
        // Proved by this contact or by the other: a text that came from the address, or a message that was read there.
        let statement = try connection.prepare(
            """
            SELECT c.external_id, i.kind, i.address FROM identity mine
            JOIN identity i ON i.address_key = mine.address_key AND i.kind = mine.kind AND i.contact <> mine.contact
            JOIN contact c ON c.id = i.contact AND c.erased = 0
            WHERE mine.contact = ?1 AND (
                EXISTS (SELECT 1 FROM channel_event e WHERE e.address_key = mine.address_key AND e.kind = 'inbound')
                OR EXISTS (SELECT 1 FROM delivery_status s JOIN delivery d ON d.tenant = 1 AND d.launch = s.launch
                    AND d.contact = s.contact AND d.step = s.step AND d.occurrence = s.occurrence
                    WHERE s.tenant = 1 AND s.contact IN (mine.contact, i.contact) AND d.address = mine.address
                        AND (s.read_at IS NOT NULL OR s.clicked_at IS NOT NULL)))
            ORDER BY c.id LIMIT 100
            """)
        statement.bind(1, contact.rawValue)
        defer { statement.reset() }
        var found: [(contact: String, kind: String, address: String)] = []
        while try statement.step() { found.append((statement.string(0), statement.string(1), statement.string(2))) }
        return found
    }

    package func merge(
        _ from: ContactKey, into: ContactKey, why: String, actor: String, now: Timestamp
    ) throws(StoreError) -> ContactMerge? {
        try connection.transaction { () throws(StoreError) in
            let busy = try connection.prepare(
                "SELECT EXISTS (SELECT 1 FROM contact_merge WHERE undone_at IS NULL AND source IN (?1, ?2))")
            busy.bind(1, from.rawValue)
            busy.bind(2, into.rawValue)
            let isBusy = try busy.step() && busy.integer(0) == 1
            busy.reset()
            if isBusy { return nil }
            let insert = try connection.prepare(
                "INSERT INTO contact_merge (source, target, why, actor, at) VALUES (?1, ?2, ?3, ?4, ?5)")
            insert.bind(1, from.rawValue)
            insert.bind(2, into.rawValue)
            insert.bind(3, why)
            insert.bind(4, actor)
            insert.bind(5, now.microseconds)
            try insert.run()
            let id = connection.lastInsertedID
            // An address that both have stays the target's; where the target has another of the kind, it comes behind.
            for sql in [
                """
                INSERT INTO contact_merge_identity (merge, kind, rank, address, typed, address_key, moved_rank)
                SELECT ?1, kind, rank, address, typed, address_key,
                    (SELECT count(*) FROM identity t WHERE t.contact = ?3 AND t.kind = identity.kind)
                        + row_number() OVER (PARTITION BY kind ORDER BY rank) - 1
                FROM identity WHERE contact = ?2
                """,
                "DELETE FROM identity WHERE contact = ?2 AND ?1 AND ?3",
                """
                INSERT INTO identity (contact, kind, rank, address, typed, address_key)
                SELECT ?3, kind, moved_rank, address, typed, address_key FROM contact_merge_identity
                WHERE merge = ?1 AND ?2 AND NOT EXISTS (SELECT 1 FROM identity t
                    WHERE t.contact = ?3 AND t.address_key = contact_merge_identity.address_key)
                """,
            ] {
                let statement = try connection.prepare(sql)
                statement.bind(1, id)
                statement.bind(2, from.rawValue)
                statement.bind(3, into.rawValue)
                try statement.run()
            }
            // Whoever may not be written to under one name may not be under the other.
            let quiet = try connection.prepare(
                """
                UPDATE contact_merge SET target_was_quiet = (SELECT do_not_contact FROM contact WHERE id = ?3)
                WHERE id = ?1 AND ?2
                """)
            quiet.bind(1, id)
            quiet.bind(2, from.rawValue)
            quiet.bind(3, into.rawValue)
            try quiet.run()
            let keep = try connection.prepare(
                """
                UPDATE contact SET do_not_contact = max(do_not_contact, (SELECT do_not_contact FROM contact WHERE id = ?1))
                WHERE id = ?2
                """)
            keep.bind(1, from.rawValue)
            keep.bind(2, into.rawValue)
            try keep.run()
            try connection.raiseSuppressionEpoch()
            return try merges("m.id = ?1", id).first
        }
    }

    package func merges(of contact: ContactKey) throws(StoreError) -> [ContactMerge] {
        try merges("?1 IN (m.source, m.target)", contact.rawValue)
    }

    private func merges(_ condition: String, _ number: Int64) throws(StoreError) -> [ContactMerge] {
        let statement = try connection.prepare(
            """
            SELECT m.id, m.source, s.external_id, m.target, t.external_id, m.why, m.actor, m.at, m.undone_at
            FROM contact_merge m JOIN contact s ON s.id = m.source JOIN contact t ON t.id = m.target
            WHERE \(condition) ORDER BY m.id DESC LIMIT 1000
            """)
        statement.bind(1, number)
        defer { statement.reset() }
        var found: [ContactMerge] = []
        while try statement.step() {
            found.append(
                ContactMerge(
                    id: statement.integer(0), from: ContactKey(rawValue: statement.integer(1)),
                    fromID: statement.string(2), into: ContactKey(rawValue: statement.integer(3)),
                    intoID: statement.string(4), why: statement.string(5), actor: statement.string(6),
                    at: Timestamp(microseconds: statement.integer(7)),
                    undoneAt: statement.optionalInteger(8).map(Timestamp.init(microseconds:))))
        }
        return found
    }

    package func undo(_ merge: Int64, now: Timestamp) throws(StoreError) -> Bool {
        try connection.transaction { () throws(StoreError) in
            let mark = try connection.prepare(
                "UPDATE contact_merge SET undone_at = ?2 WHERE id = ?1 AND undone_at IS NULL")
            mark.bind(1, merge)
            mark.bind(2, now.microseconds)
            try mark.run()
            guard connection.changes == 1 else { return false }
            for sql in [
                """
                DELETE FROM identity WHERE (contact, kind, rank, address_key) IN (
                    SELECT m.target, i.kind, i.moved_rank, i.address_key FROM contact_merge m
                    JOIN contact_merge_identity i ON i.merge = m.id WHERE m.id = ?1)
                """,
                """
                INSERT INTO identity (contact, kind, rank, address, typed, address_key)
                SELECT m.source, i.kind, i.rank, i.address, i.typed, i.address_key FROM contact_merge m
                JOIN contact_merge_identity i ON i.merge = m.id WHERE m.id = ?1 ON CONFLICT DO NOTHING
                """,
                // Somebody who was made quiet since stays quiet.
                """
                UPDATE contact SET do_not_contact = m.target_was_quiet
                FROM contact_merge m WHERE m.id = ?1 AND contact.id = m.target
                    AND contact.do_not_contact = (SELECT do_not_contact FROM contact WHERE id = m.source)
                """,
            ] {
                let statement = try connection.prepare(sql)
                statement.bind(1, merge)
                try statement.run()
            }
            try connection.raiseSuppressionEpoch()
            return true
        }
    }

    package func timeline(of contact: ContactKey, _ page: PageRequest) throws(StoreError) -> FoundPage<TimelineEntry> {
        let after = page.after?.split(separator: ".").compactMap { Int64($0) }
        let statement = try connection.prepare(
            """
            WITH who (contact) AS (
                SELECT ?1 UNION SELECT source FROM contact_merge WHERE target = ?1 AND undone_at IS NULL
            ), happened (at, kind, what, channel, program, words, launch, contact, step, occurrence, place) AS (
                SELECT ifnull(d.accepted_at, d.updated_at), 'message', d.state, ifnull(d.channel, l.channel_id), l.program,
                    d.reason, d.launch, d.contact, d.step, d.occurrence, d.launch * 1000 + d.step
                FROM who JOIN launch l JOIN delivery d NOT INDEXED ON d.tenant = 1 AND d.launch = l.id AND d.contact = who.contact
                UNION ALL
                SELECT e.at, 'inbound', e.kind, e.channel, NULL, e.text, NULL, NULL, NULL, NULL, e.id
                FROM who JOIN channel_event e ON e.contact = who.contact
                UNION ALL
                SELECT v.occurred_at, 'event', n.name, NULL, NULL, v.fields, NULL, NULL, NULL, NULL, v.seq
                FROM who JOIN event v ON v.contact = who.contact JOIN event_name n ON n.id = v.name
                UNION ALL
                SELECT s.at, 'consent', s.action, s.channel, NULL, s.source, NULL, NULL, NULL, NULL, s.id
                FROM who JOIN consent_event s ON s.contact = who.contact
                UNION ALL
                SELECT o.not_before, 'call', CASE o.state WHEN 2 THEN 'answered' WHEN 3 THEN 'given_up' ELSE 'open' END, NULL,
                    l.program, o.answer, NULL, NULL, NULL, NULL, o.id
                FROM who JOIN call_order o ON o.contact = who.contact JOIN launch l ON l.id = o.launch
                UNION ALL
                SELECT m.at, 'merge', CASE WHEN m.undone_at IS NULL THEN 'merged' ELSE 'undone' END, NULL, NULL, m.why,
                    NULL, NULL, NULL, NULL, m.id
                FROM contact_merge m WHERE m.target = ?1 OR m.source = ?1
            )
            SELECT * FROM happened WHERE ?2 IS NULL OR (at, place) < (?2, ?3)
            ORDER BY at DESC, place DESC LIMIT ?4 OFFSET ?5
            """)
        statement.bind(1, contact.rawValue)
        statement.bind(2, after?.count == 2 ? after?[0] : nil)
        statement.bind(3, after?.count == 2 ? after?[1] : nil)
        statement.bind(4, Int64(page.limit + 1))
        statement.bind(5, Int64(page.offset))
        defer { statement.reset() }
        var found: [TimelineEntry] = []
        while try statement.step() {
            let delivery = statement.optionalInteger(6).map { launch in
                DeliveryKey(
                    launch: LaunchID(rawValue: launch), contact: ContactKey(rawValue: statement.integer(7)),
                    step: Int32(truncatingIfNeeded: statement.integer(8)), occurrence: statement.integer(9))
            }
            let state = delivery == nil ? nil : DeliveryState(rawValue: Int(statement.integer(2)))
            found.append(
                TimelineEntry(
                    at: Timestamp(microseconds: statement.integer(0)), kind: statement.string(1),
                    what: state?.name ?? statement.string(2), channel: statement.optionalString(3),
                    program: statement.optionalString(4), text: statement.optionalString(5), delivery: delivery,
                    order: statement.integer(10)))
        }
        return FoundPage(found, limit: page.limit) { "\($0.at.microseconds).\($0.order)" }
    }
}

extension SQLiteStore {
    package func openIdentities() throws(StoreError) -> any IdentityBook {
        SQLiteIdentityBook(try connect())
    }
}
