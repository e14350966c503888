package import RuleEngine
package import Runner

/// What a campaign under way is steered by: rates, volumes, what happened in an experiment, and goals.
extension SQLiteLedgerReader {
    package func rates(of launch: LaunchID, since: Timestamp?) throws(StoreError) -> LiveRates {
        let statement = try connection.prepare(
            """
            SELECT total(d.state IN (10, 12, 13)),
                total(d.state = 12 OR ifnull(s.rank, 0) BETWEEN 35 AND 39),
                total(ifnull(s.flags, 0) & \(StatusNews.complained) <> 0),
                total(ifnull(s.flags, 0) & \(StatusNews.unsubscribed) <> 0),
                total(d.state IN (12, 13) OR ifnull(s.rank, 0) BETWEEN 25 AND 29 OR ifnull(s.rank, 0) BETWEEN 35 AND 39)
            FROM delivery d NOT INDEXED
            LEFT JOIN delivery_status s ON s.tenant = 1 AND s.launch = d.launch AND s.contact = d.contact
                AND s.step = d.step AND s.occurrence = d.occurrence
            WHERE d.tenant = 1 AND d.launch = ?1 AND d.started_at >= ?2
            """
        )
        statement.bind(1, launch.rawValue)
        statement.bind(2, since?.microseconds ?? Int64.min)
        defer { statement.reset() }
        guard try statement.step() else { return LiveRates() }
        func count(_ column: Int32) -> Int { Int(statement.integer(column)) }
        return LiveRates(
            settled: count(0), bounced: count(1), complained: count(2), unsubscribed: count(3), failed: count(4))
    }

    package func nextEscalation(of launch: LaunchID) throws(StoreError) -> Timestamp? {
        let statement = try connection.prepare(
            """
            SELECT not_before FROM delivery INDEXED BY delivery_next
            WHERE tenant = 1 AND launch = ?1 AND (state = 10 OR state = 12 OR state = 13) AND not_before IS NOT NULL
            ORDER BY not_before LIMIT 1
            """
        )
        statement.bind(1, launch.rawValue)
        defer { statement.reset() }
        return try statement.step() ? statement.optionalInteger(0).map(Timestamp.init(microseconds:)) : nil
    }

    package func triedChannels(of launch: LaunchID, contact: ContactKey) throws(StoreError) -> [String] {
        let statement = try connection.prepare(
            """
            SELECT DISTINCT channel FROM delivery
            WHERE tenant = 1 AND launch = ?1 AND contact = ?2 AND channel IS NOT NULL AND superseded = 1
            """
        )
        statement.bind(1, launch.rawValue)
        statement.bind(2, contact.rawValue)
        var channels: [String] = []
        while try statement.step() { channels.append(statement.string(0)) }
        return channels
    }

    package func channelKind(of delivery: DeliveryKey) throws(StoreError) -> String? {
        let statement = try connection.prepare(
            """
            SELECT k.kind FROM delivery d JOIN launch_channel k ON k.launch = d.launch AND k.channel = d.channel
            WHERE d.tenant = 1 AND d.launch = ?1 AND d.contact = ?2 AND d.step = ?3 AND d.occurrence = ?4
            """
        )
        statement.bind(1, delivery.launch.rawValue)
        statement.bind(2, delivery.contact.rawValue)
        statement.bind(3, Int64(delivery.step))
        statement.bind(4, Int64(delivery.occurrence))
        defer { statement.reset() }
        return try statement.step() ? statement.optionalString(0) : nil
    }

    /// Reads all rows: it is asked when a launch begins and once a day, and only for accounts that are limited by the day. An
    /// index would cost every message.
    package func volume(
        ofChannel channel: String, since: Timestamp
    ) throws(StoreError) -> (messages: Int, contacts: Int) {
        try AccountVolume(connection: connection).volume(ofChannel: channel, since: since)
    }

    package func firstUse(ofChannel channel: String) throws(StoreError) -> Timestamp? {
        try AccountVolume(connection: connection).firstUse(ofChannel: channel)
    }

    package func lastInbound(from contact: ContactKey, channel: String) throws(StoreError) -> Timestamp? {
        try connection.lastInbound(from: contact, channel: channel)
    }

    // MARK: Experiments and goals

    package func verdict(
        of launch: LaunchID
    ) throws(StoreError) -> (verdict: ExperimentVerdict, decidedAt: Timestamp)? {
        let statement = try connection.prepare(
            "SELECT decided_at, winner, ground, CAST(share_p AS TEXT), arms FROM launch_decision WHERE launch = ?1")
        statement.bind(1, launch.rawValue)
        defer { statement.reset() }
        guard try statement.step() else { return nil }
        guard let ground = ExperimentVerdict.Ground(rawValue: statement.string(2)) else {
            throw .unusable("launch \(launch.rawValue) was decided on a ground that this program doesn't know")
        }
        return (
            ExperimentVerdict(
                winner: Int(statement.integer(1)), ground: ground, arms: VerdictText.arms(of: statement.string(4)),
                shareP: Double(statement.string(3)) ?? 1),
            Timestamp(microseconds: statement.integer(0))
        )
    }

    package func forEachExperimentEvent(
        of launch: LaunchID, arms: [Int32: Int], metric: ExperimentMetric, goal: CheckedGoal?,
        _ body: (ExperimentEvent) -> Void
    ) throws(StoreError) {
        let steps = arms.keys.sorted().map(String.init).joined(separator: ", ")
        let messages = "d.tenant = 1 AND d.launch = ?1 AND d.state = 10 AND d.step IN (\(steps))"
        var conversions: [(at: Int64, step: Int32)] = []
        if metric == .goal, let goal {
            let counter = GoalReading(reader: self, goal: goal)
            try counter.forEach(launch, where: "d.state = 10 AND d.step IN (\(steps))") { row, reachedAt in
                if let reachedAt { conversions.append((reachedAt, row.step)) }
            }
            conversions.sort { $0.at < $1.at }
        }
        let statement = try connection.prepareOnce(
            """
            SELECT d.accepted_at AS at, d.step AS step, 0 AS kind FROM delivery d NOT INDEXED WHERE \(messages)
            \(Self.conversions(metric, messages))
            ORDER BY at, kind
            """
        )
        statement.bind(1, launch.rawValue)
        var next = 0
        func flush(before at: Int64) {
            while next < conversions.count, conversions[next].at < at {
                if let arm = arms[conversions[next].step] { body(ExperimentEvent(arm: arm, isConversion: true)) }
                next += 1
            }
        }
        while try statement.step() {
            flush(before: statement.integer(0))
            guard let arm = arms[Int32(truncatingIfNeeded: statement.integer(1))] else { continue }
            body(ExperimentEvent(arm: arm, isConversion: statement.integer(2) == 1))
        }
        flush(before: .max)
    }

    private static func conversions(_ metric: ExperimentMetric, _ messages: String) -> String {
        func status(_ time: String) -> String {
            """
            UNION ALL SELECT max(\(time), d.accepted_at), d.step, 1 FROM delivery d NOT INDEXED
            JOIN delivery_status t ON t.tenant = 1 AND t.launch = d.launch AND t.contact = d.contact
                AND t.step = d.step AND t.occurrence = d.occurrence
            WHERE \(messages) AND \(time) IS NOT NULL
            """
        }
        switch metric {
        case .clicked: return status("t.clicked_at")
        case .opened: return status(MessageTimes.opened("t"))
        case .replied:
            return """
                UNION ALL SELECT max(min(e.at), d.accepted_at), d.step, 1 FROM delivery d NOT INDEXED
                JOIN channel_event e ON e.contact = d.contact AND e.launch = d.launch AND e.step = d.step
                    AND e.kind = 'inbound'
                WHERE \(messages) GROUP BY d.contact, d.step
                """
        case .goal: return ""
        }
    }

    package func goals(of launch: LaunchID, _ goal: CheckedGoal) throws(StoreError) -> GoalCounts {
        var counts = GoalCounts()
        let reading = GoalReading(reader: self, goal: goal)
        try reading.forEach(launch, where: "d.state = 10 AND d.superseded = 0") { row, reachedAt in
            counts.treated.people += 1
            counts.bySteps[row.step, default: Conversion()].people += 1
            guard reachedAt != nil else { return }
            counts.treated.converted += 1
            counts.bySteps[row.step]?.converted += 1
        }
        try reading.forEach(launch, where: "d.state = 11 AND d.reason = '\(SkipReason.holdout.rawValue)'") {
            counts.heldOut.people += 1
            if $1 != nil { counts.heldOut.converted += 1 }
        }
        return counts
    }
}

/// Finds out who reached a goal, from their events.
private struct GoalReading {
    struct Row {
        var contact: ContactKey
        var step: Int32
        var since: Timestamp
    }

    let reader: SQLiteLedgerReader
    let goal: CheckedGoal

    /// Gives for each row when the goal was reached, if it was: at or after the message was accepted, or the person was
    /// held out, and within the goal's time.
    func forEach(
        _ launch: LaunchID, where condition: String, _ body: (Row, Int64?) -> Void
    ) throws(StoreError) {
        // People without such an event are told about without asking each for its events.
        let statement = try reader.connection.prepareOnce(
            """
            SELECT d.contact, d.step, ifnull(d.accepted_at, d.updated_at), EXISTS (
                SELECT 1 FROM event e WHERE e.contact = d.contact
                    AND e.name = (SELECT id FROM event_name WHERE name = ?2)
                    AND e.occurred_at >= ifnull(d.accepted_at, d.updated_at))
            FROM delivery d NOT INDEXED WHERE d.tenant = 1 AND d.launch = ?1 AND \(condition)
            """
        )
        statement.bind(1, launch.rawValue)
        statement.bind(2, goal.event)
        var needs = HistoryNeeds()
        needs.add(event: goal.event, window: nil)
        let histories = HistoryReading(connection: reader.connection)
        while try statement.step() {
            let row = Row(
                contact: ContactKey(rawValue: statement.integer(0)),
                step: Int32(truncatingIfNeeded: statement.integer(1)),
                since: Timestamp(microseconds: statement.integer(2)))
            guard statement.integer(3) != 0 else {
                body(row, nil)
                continue
            }
            let events = try histories.facts(of: row.contact, needs, now: nil).events[goal.event] ?? []
            body(row, events.first { isReached($0, since: row.since) }?.at.microseconds)
        }
    }

    private func isReached(_ event: HistoryFacts.Event, since: Timestamp) -> Bool {
        guard event.at >= since else { return false }
        if let within = goal.within, event.at.microseconds - since.microseconds > within { return false }
        var context = EvaluationContext(page: FactPage(slotCount: 0), row: 0, now: event.at)
        context.journey.event = event.fields
        return goal.conditions.allSatisfy { $0.evaluate(in: context).isTrue }
    }
}

extension Connection {
    /// When a person last wrote on a channel.
    func lastInbound(from contact: ContactKey, channel: String) throws(StoreError) -> Timestamp? {
        let statement = try prepare(
            "SELECT max(at) FROM channel_event WHERE contact = ?1 AND channel = ?2 AND kind = 'inbound'")
        statement.bind(1, contact.rawValue)
        statement.bind(2, channel)
        defer { statement.reset() }
        return try statement.step() ? statement.optionalInteger(0).map(Timestamp.init(microseconds:)) : nil
    }
}
