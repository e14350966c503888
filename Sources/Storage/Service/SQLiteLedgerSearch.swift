package import RuleEngine
package import Runner

/// Messages and runs across programs, in the order of their keys.
package final class SQLiteLedgerSearch: LedgerSearching {
    private let connection: Connection

    package init(_ connection: Connection) {
        self.connection = connection
    }

    package func deliveries(
        _ search: DeliverySearch, _ page: PageRequest
    ) throws(StoreError) -> FoundPage<FoundDelivery> {
        let after = Self.numbers(page.after, 4)
        var conditions = ["d.tenant = 1"]
        if after != nil { conditions.append("(l.id, d.contact, d.step, d.occurrence) > (?1, ?2, ?3, ?4)") }
        // The launches from the cursor on: the comparison above alone would look at all of them.
        if after != nil { conditions.append("l.id >= ?1") }
        if search.program != nil { conditions.append("l.program = ?5") }
        if search.launch != nil { conditions.append("l.id = ?6") }
        if search.contact != nil { conditions.append("d.contact = ?7") }
        if search.state != nil { conditions.append("d.state = ?8") }
        if search.channel != nil { conditions.append("ifnull(d.channel, l.channel_id) = ?9") }
        let statement = try connection.prepareOnce(
            """
            SELECT \(DeliveryRow.columns), l.id, l.program \(DeliveryRow.source)
            WHERE \(conditions.joined(separator: " AND "))
            ORDER BY l.id, d.contact, d.step, d.occurrence LIMIT ?10 OFFSET ?11
            """)
        for (place, number) in (after ?? []).enumerated() { statement.bind(Int32(place + 1), number) }
        if let program = search.program { statement.bind(5, program) }
        if let launch = search.launch { statement.bind(6, launch.rawValue) }
        if let contact = search.contact { statement.bind(7, contact.rawValue) }
        if let state = search.state { statement.bind(8, Int64(state.rawValue)) }
        if let channel = search.channel { statement.bind(9, channel) }
        statement.bind(10, Int64(page.limit + 1))
        statement.bind(11, Int64(page.offset))
        var rows: [FoundDelivery] = []
        while try statement.step() { rows.append(try Self.found(statement)) }
        return FoundPage(rows, limit: page.limit) { found in
            let key = found.key
            return "\(key.launch.rawValue).\(key.contact.rawValue).\(key.step).\(key.occurrence)"
        }
    }

    package func delivery(_ key: DeliveryKey) throws(StoreError) -> FoundDelivery? {
        let statement = try connection.prepare(
            """
            SELECT \(DeliveryRow.columns), l.id, l.program \(DeliveryRow.source)
            WHERE l.id = ?1 AND d.contact = ?2 AND d.step = ?3 AND d.occurrence = ?4
            """)
        statement.bind(1, key.launch.rawValue)
        statement.bind(2, key.contact.rawValue)
        statement.bind(3, Int64(key.step))
        statement.bind(4, key.occurrence)
        defer { statement.reset() }
        return try statement.step() ? try Self.found(statement) : nil
    }

    private static func found(_ row: Statement) throws(StoreError) -> FoundDelivery {
        let record = try DeliveryRow.read(row)
        return FoundDelivery(
            key: DeliveryKey(
                launch: LaunchID(rawValue: row.integer(26)), contact: record.contact, step: record.step,
                occurrence: record.occurrence),
            program: row.string(27), record: record)
    }

    package func runs(
        of program: String?, contact: ContactKey?, isOpen: Bool?, _ page: PageRequest
    ) throws(StoreError) -> FoundPage<FoundRun> {
        let after = Self.numbers(page.after, 3)
        var conditions = ["1"]
        if after != nil { conditions.append("(r.contact, r.program, r.occurrence) > (?1, ?2, ?3)") }
        // What was written for single messages is shown to whoever asks for it by its name.
        conditions.append(program != nil ? "p.name = ?4" : "p.name NOT GLOB '\(MessageProgram.pattern)'")
        if contact != nil { conditions.append("r.contact = ?5") }
        if let isOpen { conditions.append("r.ended_at IS \(isOpen ? "" : "NOT ")NULL") }
        let statement = try connection.prepareOnce(
            """
            SELECT r.contact, ifnull(c.external_id, ''), p.name, r.program, r.occurrence, r.node, r.due, r.started_at,
                r.ended_at, r.ending
            FROM run r JOIN program p ON p.id = r.program LEFT JOIN contact c ON c.id = r.contact
            WHERE \(conditions.joined(separator: " AND "))
            ORDER BY r.contact, r.program, r.occurrence LIMIT ?6 OFFSET ?7
            """)
        for (place, number) in (after ?? []).enumerated() { statement.bind(Int32(place + 1), number) }
        if let program { statement.bind(4, program) }
        if let contact { statement.bind(5, contact.rawValue) }
        statement.bind(6, Int64(page.limit + 1))
        statement.bind(7, Int64(page.offset))
        var rows: [FoundRun] = []
        while try statement.step() {
            rows.append(
                FoundRun(
                    contact: ContactKey(rawValue: statement.integer(0)), externalID: statement.string(1),
                    program: statement.string(2), programKey: statement.integer(3),
                    occurrence: statement.integer(4), node: Int(statement.integer(5)),
                    due: statement.optionalInteger(6).map(Timestamp.init(microseconds:)),
                    startedAt: Timestamp(microseconds: statement.integer(7)),
                    endedAt: statement.optionalInteger(8).map(Timestamp.init(microseconds:)),
                    ending: statement.optionalString(9)))
        }
        return FoundPage(rows, limit: page.limit) { "\($0.contact.rawValue).\($0.programKey).\($0.occurrence)" }
    }

    package func reach(
        _ days: ClosedRange<Int64>, zone: TimeZoneRules
    ) throws(StoreError) -> [DailyReachKey: DailyReach] {
        var found: [DailyReachKey: DailyReach] = [:]
        func midnight(_ day: Int64) -> Int64 {
            zone.resolve(LocalTime(date: CalendarDate(daysSinceEpoch: day))).instant.microseconds
        }
        let recipients = try connection.prepare(
            """
            SELECT ifnull(d.channel, l.channel_id) AS name, count(DISTINCT d.contact)
            FROM delivery d JOIN launch l ON l.id = d.launch
            WHERE d.tenant = 1 AND d.started_at >= ?1 AND d.started_at < ?2 GROUP BY name
            """)
        // What somebody wrote, and the newest message of ours before it on the same channel, a day back at most.
        let answers = try connection.prepare(
            """
            SELECT e.channel, e.at - max(d.accepted_at) FROM channel_event e
            JOIN delivery d ON d.tenant = 1 AND d.contact = e.contact AND d.accepted_at <= e.at
                AND d.accepted_at > e.at - 86400000000
            JOIN launch l ON l.id = d.launch AND ifnull(d.channel, l.channel_id) = e.channel
            WHERE e.tenant = 1 AND e.kind = 'inbound' AND e.contact IS NOT NULL AND e.at >= ?1 AND e.at < ?2
            GROUP BY e.id
            """)
        for day in days {
            for statement in [recipients, answers] {
                statement.bind(1, midnight(day))
                statement.bind(2, midnight(day + 1))
            }
            while try recipients.step() {
                found[DailyReachKey(day: day, channel: recipients.string(0)), default: DailyReach()].recipients =
                    Int(recipients.integer(1))
            }
            while try answers.step() {
                let key = DailyReachKey(day: day, channel: answers.string(0))
                found[key, default: DailyReach()].responses += 1
                found[key, default: DailyReach()].responseMicros += answers.integer(1)
            }
        }
        return found
    }

    /// A cursor's numbers. What is none begins at the beginning: the caller has checked its form.
    private static func numbers(_ cursor: String?, _ count: Int) -> [Int64]? {
        let numbers = cursor?.split(separator: ".").compactMap { Int64($0) }
        return numbers?.count == count ? numbers : nil
    }
}

extension SQLiteStore {
    package func openLedgerSearch() throws(StoreError) -> any LedgerSearching {
        SQLiteLedgerSearch(try connect())
    }
}
