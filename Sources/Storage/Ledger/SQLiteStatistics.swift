package import RuleEngine
package import Runner

/// Figures by day and by step, from the ledger.
package final class SQLiteStatistics: StatisticsStore {
    private let connection: Connection

    package init(_ connection: Connection) {
        self.connection = connection
    }

    package func rebuild(_ days: ClosedRange<Int64>, zone: TimeZoneRules) throws(StoreError) {
        try connection.transaction { () throws(StoreError) in
            let fresh = try count(days, zone)
            try connection.execute(
                "DELETE FROM daily_statistic WHERE tenant = 1 AND day BETWEEN \(days.lowerBound) AND \(days.upperBound)"
            )
            let insert = try connection.prepare(
                """
                INSERT INTO daily_statistic (
                    tenant, day, channel, program, currency, messages, accepted, rejected, failed, uncertain, delivered,
                    opened, clicked, bounced, complained, unsubscribed, cost_micros
                ) VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
                """
            )
            for statistic in fresh {
                insert.bind(1, statistic.key.day)
                insert.bind(2, statistic.key.channel)
                insert.bind(3, statistic.key.program)
                insert.bind(4, statistic.key.currency)
                for (place, count) in Self.counts(statistic.figures).enumerated() {
                    insert.bind(Int32(5 + place), Int64(count))
                }
                insert.bind(16, statistic.figures.costMicros)
                try insert.run()
            }
        }
    }

    private static func counts(_ figures: MessageFigures) -> [Int] {
        [
            figures.messages, figures.accepted, figures.rejected, figures.failed, figures.uncertain,
            figures.delivered, figures.opened, figures.clicked, figures.bounced, figures.complained,
            figures.unsubscribed,
        ]
    }

    package func daily(_ days: ClosedRange<Int64>) throws(StoreError) -> [DailyStatistic] {
        let statement = try connection.prepare(
            """
            SELECT day, channel, program, currency, messages, accepted, rejected, failed, uncertain, delivered, opened,
                clicked, bounced, complained, unsubscribed, cost_micros
            FROM daily_statistic WHERE tenant = 1 AND day BETWEEN ?1 AND ?2 ORDER BY day, channel, program, currency
            """
        )
        statement.bind(1, days.lowerBound)
        statement.bind(2, days.upperBound)
        var found: [DailyStatistic] = []
        while try statement.step() {
            func count(_ column: Int32) -> Int { Int(statement.integer(column)) }
            var figures = MessageFigures()
            figures.messages = count(4)
            figures.accepted = count(5)
            figures.rejected = count(6)
            figures.failed = count(7)
            figures.uncertain = count(8)
            figures.delivered = count(9)
            figures.opened = count(10)
            figures.clicked = count(11)
            figures.bounced = count(12)
            figures.complained = count(13)
            figures.unsubscribed = count(14)
            figures.costMicros = statement.integer(15)
            found.append(
                DailyStatistic(
                    key: DailyStatistic.Key(
                        day: statement.integer(0), channel: statement.string(1), program: statement.string(2),
                        currency: statement.string(3)), figures: figures))
        }
        return found
    }

    package func counted(
        _ days: ClosedRange<Int64>, zone: TimeZoneRules
    ) throws(StoreError) -> [DailyStatistic] {
        try connection.snapshot { () throws(StoreError) in try count(days, zone) }
    }

    package func firstDay(zone: TimeZoneRules) throws(StoreError) -> Int64? {
        try connection.integer("SELECT min(started_at) FROM delivery WHERE tenant = 1").map {
            zone.localTime(of: Timestamp(microseconds: $0)).date.daysSinceEpoch
        }
    }

    private static let message = """
        d.state, d.cost_micros, s.rank, ifnull(s.flags, 0), \(MessageTimes.delivered("s")) IS NOT NULL,
        \(MessageTimes.opened("s")) IS NOT NULL, s.clicked_at IS NOT NULL
        """
    private static let status = """
        LEFT JOIN delivery_status s ON s.tenant = 1 AND s.launch = d.launch AND s.contact = d.contact
            AND s.step = d.step AND s.occurrence = d.occurrence
        """

    /// A message counts on the day of its latest attempt.
    private func count(_ days: ClosedRange<Int64>, _ zone: TimeZoneRules) throws(StoreError) -> [DailyStatistic] {
        func midnight(_ day: Int64) -> Int64 {
            zone.resolve(LocalTime(date: CalendarDate(daysSinceEpoch: day))).instant.microseconds
        }
        let statement = try connection.prepare(
            """
            SELECT d.started_at, ifnull(d.channel, l.channel_id), l.program, l.currency, \(Self.message)
            FROM delivery d JOIN launch l ON l.id = d.launch \(Self.status)
            WHERE d.tenant = 1 AND d.started_at >= ?1 AND d.started_at < ?2
            """
        )
        statement.bind(1, midnight(days.lowerBound))
        statement.bind(2, midnight(days.upperBound + 1))
        defer { statement.reset() }
        var figures: [DailyStatistic.Key: MessageFigures] = [:]
        while try statement.step() {
            let at = Timestamp(microseconds: statement.integer(0))
            let key = DailyStatistic.Key(
                day: zone.localTime(of: at).date.daysSinceEpoch, channel: statement.string(1),
                program: statement.string(2), currency: statement.string(3))
            try add(statement, from: 4, to: &figures[key, default: MessageFigures()])
        }
        return figures.map { DailyStatistic(key: $0.key, figures: $0.value) }.sorted { $0.key < $1.key }
    }

    private func add(
        _ row: Statement, from column: Int32, to figures: inout MessageFigures
    ) throws(StoreError) {
        guard let state = DeliveryState(rawValue: Int(row.integer(column))) else {
            throw .unusable("a delivery has the unknown state \(row.integer(column))")
        }
        figures.count(
            state, costMicros: row.integer(column + 1), rank: row.optionalInteger(column + 2).map { Int($0) },
            flags: Int(row.integer(column + 3)), isDelivered: row.integer(column + 4) != 0,
            isOpened: row.integer(column + 5) != 0, isClicked: row.integer(column + 6) != 0)
    }

    package func funnel(of launch: LaunchID) throws(StoreError) -> [StepFunnel] {
        let statement = try connection.prepare(
            """
            SELECT d.step, t.template, d.attempts, \(Self.message)
            FROM delivery d NOT INDEXED LEFT JOIN launch_step t ON t.launch = d.launch AND t.step = d.step
            \(Self.status)
            WHERE d.tenant = 1 AND d.launch = ?1
            """
        )
        statement.bind(1, launch.rawValue)
        defer { statement.reset() }
        var steps: [Int32: StepFunnel] = [:]
        while try statement.step() {
            let step = Int32(truncatingIfNeeded: statement.integer(0))
            var funnel = steps[step] ?? StepFunnel(step: step, template: statement.optionalString(1))
            funnel.rows += 1
            let state = DeliveryState(rawValue: Int(statement.integer(3)))
            if state == .skipped { funnel.skipped += 1 }
            if state?.isOpen ?? false { funnel.open += 1 }
            if statement.integer(2) > 0 { try add(statement, from: 3, to: &funnel.figures) }
            steps[step] = funnel
        }
        return steps.values.sorted { $0.step < $1.step }
    }
}

extension SQLiteStore {
    package func openStatistics() throws(StoreError) -> any StatisticsStore {
        SQLiteStatistics(try connect())
    }
}
