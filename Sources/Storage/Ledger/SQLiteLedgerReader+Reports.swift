import RuleEngine
package import Runner

/// Counts and records, as reports show them.
extension SQLiteLedgerReader {
    /// One pass over the launch. A `GROUP BY` would sort a million rows first.
    package func counts(of launch: LaunchID) throws(StoreError) -> LaunchCounts {
        let statement = try connection.prepare(
            """
            SELECT state, cost_micros, reason, superseded, not_before FROM delivery NOT INDEXED
            WHERE tenant = 1 AND launch = ?
            """
        )
        statement.bind(1, launch.rawValue)
        defer { statement.reset() }
        var states = [Int](repeating: 0, count: 32)
        var tally = ReasonTally()
        var counts = LaunchCounts()
        while try statement.step() {
            let number = statement.integer(0)
            guard number >= 0, number < 32, let state = DeliveryState(rawValue: Int(number)) else {
                throw .unusable("a delivery of launch \(launch.rawValue) has the unknown state \(number)")
            }
            // What earlier tries cost is money; their recipients are counted once, with the latest try.
            switch state {
            case .accepted:
                counts.costMicros += statement.integer(1)
                counts.acceptedMessages += 1
            case .sending, .uncertain, .unknownFinal: counts.reservedMicros += statement.integer(1)
            case .planned, .deferred, .retryWait, .skipped, .rejected, .failed, .cancelled, .expired: break
            }
            guard statement.integer(3) == 0 else { continue }
            states[Int(number)] += 1
            switch state {
            case .skipped: tally.skipped.count(statement.textBytes(2))
            case .rejected, .failed: tally.refused.count(statement.textBytes(2))
            case .cancelled, .expired: tally.lapsed.count(statement.textBytes(2))
            case .deferred:
                tally.held.count(statement.textBytes(2))
                let until = statement.optionalInteger(4).map(Timestamp.init(microseconds:))
                if let until { counts.heldUntil = max(counts.heldUntil ?? until, until) }
            case .planned, .sending, .retryWait, .uncertain, .accepted, .unknownFinal: break
            }
            let isSettled = state == .accepted || state == .rejected || state == .failed
            if isSettled, !statement.isNull(4) { counts.watched += 1 }
        }
        for state in DeliveryState.allCases where states[state.rawValue] > 0 {
            counts.byState[state] = states[state.rawValue]
        }
        counts.skipped = tally.skipped.byReason
        counts.refusals = tally.refused.byReason
        counts.held = tally.held.byReason
        counts.lapsed = tally.lapsed.byReason
        return counts
    }

    package func news(of launch: LaunchID) throws(StoreError) -> NewsCounts {
        let statement = try connection.prepare(
            "SELECT rank, flags FROM delivery_status WHERE tenant = 1 AND launch = ?")
        statement.bind(1, launch.rawValue)
        defer { statement.reset() }
        var counts = NewsCounts()
        while try statement.step() {
            counts.count(rank: Int(statement.integer(0)), flags: Int(statement.integer(1)))
        }
        return counts
    }

    package func delivery(of launch: LaunchID, contact: ContactKey) throws(StoreError) -> DeliveryRecord? {
        let tries = try deliveries(of: launch, contact: contact)
        return tries.last { !$0.isSuperseded } ?? tries.last
    }

    package func deliveries(of launch: LaunchID, contact: ContactKey) throws(StoreError) -> [DeliveryRecord] {
        let statement = try connection.prepare(DeliveryRow.select("AND d.contact = ?2"))
        statement.bind(1, launch.rawValue)
        statement.bind(2, contact.rawValue)
        defer { statement.reset() }
        var tries: [DeliveryRecord] = []
        while try statement.step() { tries.append(try DeliveryRow.read(statement)) }
        return tries.sorted { $0.occurrence < $1.occurrence }
    }

    package func forEachDelivery(
        of launch: LaunchID, state: DeliveryState?, _ body: (DeliveryRecord) throws -> Bool
    ) throws {
        let statement = try connection.prepare(DeliveryRow.select("AND (?2 IS NULL OR d.state = ?2)"))
        statement.bind(1, launch.rawValue)
        statement.bind(2, state.map { Int64($0.rawValue) })
        defer { statement.reset() }
        while try statement.step() {
            guard try body(try DeliveryRow.read(statement)) else { return }
        }
    }
}

/// Counts of reasons without a `String` for each row.
private struct ReasonTally {
    struct Counter {
        private var counts: [[UInt8]: Int] = [:]
        private var last: [UInt8] = []
        private var lastCount = 0

        /// Neighbours often share their reason, so that the table is rarely asked.
        mutating func count(_ reason: UnsafeBufferPointer<UInt8>) {
            if lastCount > 0, last.elementsEqual(reason) {
                lastCount += 1
                return
            }
            flush()
            last = Array(reason)
            lastCount = 1
        }

        private mutating func flush() {
            if lastCount > 0 { counts[last, default: 0] += lastCount }
            lastCount = 0
        }

        var byReason: [String: Int] {
            var rest = self
            rest.flush()
            return Dictionary(
                rest.counts.map { (String(decoding: $0.key, as: UTF8.self), $0.value) }, uniquingKeysWith: +
            )
        }
    }

    var skipped = Counter()
    var refused = Counter()
    var held = Counter()
    var lapsed = Counter()
}

/// A row of the table `delivery`, joined with what its reader wants to know.
enum DeliveryRow {
    /// Parameter 1 is the launch.
    static func select(_ condition: String) -> String {
        """
        SELECT \(columns) \(source) WHERE l.id = ?1 \(condition)
        ORDER BY d.contact, d.step, d.occurrence
        """
    }

    /// The address is the attempt's; before there was one, it is what the contact has.
    static let columns = """
        d.contact, ifnull(c.external_id, ''), d.step,
            ifnull(d.channel, l.channel_id),
            ifnull(d.address, ifnull((
                SELECT i.address FROM identity i
                WHERE i.contact = d.contact AND i.rank = 0 AND i.kind = CASE l.channel_kind
                    WHEN 'sms' THEN 'phone' WHEN 'mms' THEN 'phone' WHEN 'rcs' THEN 'phone' WHEN 'voice' THEN 'phone'
                    WHEN 'voice_live' THEN 'phone' WHEN 'voice_recorded' THEN 'phone' ELSE l.channel_kind END
            ), '')),
            d.state, d.reason, d.provider_id, d.attempts, d.cost_micros, l.currency, d.not_before, d.created_at,
            d.started_at, d.accepted_at, d.updated_at, s.rank, s.flags, s.code, s.delivered_at, s.read_at,
            s.clicked_at, s.failed_at, s.last_at, d.occurrence, d.superseded
        """

    static let source = """
        FROM launch l
        CROSS JOIN delivery d NOT INDEXED ON d.tenant = 1 AND d.launch = l.id
        LEFT JOIN contact c ON c.id = d.contact
        LEFT JOIN delivery_status s ON s.tenant = 1 AND s.launch = d.launch AND s.contact = d.contact
            AND s.step = d.step AND s.occurrence = d.occurrence
        """

    static func read(_ row: Statement) throws(StoreError) -> DeliveryRecord {
        guard let state = DeliveryState(rawValue: Int(row.integer(5))) else {
            throw .unusable("a delivery has the unknown state \(row.integer(5))")
        }
        func time(_ column: Int32) -> Timestamp? {
            row.optionalInteger(column).map(Timestamp.init(microseconds:))
        }
        var record = DeliveryRecord(
            contact: ContactKey(rawValue: row.integer(0)), externalID: row.string(1),
            step: Int32(truncatingIfNeeded: row.integer(2)), channelID: row.string(3), address: row.string(4),
            state: state, reason: row.optionalString(6), providerID: row.optionalString(7),
            attempts: Int32(truncatingIfNeeded: row.integer(8)), costMicros: row.integer(9), currency: row.string(10),
            notBefore: time(11), createdAt: Timestamp(microseconds: row.integer(12)), startedAt: time(13),
            acceptedAt: time(14), updatedAt: Timestamp(microseconds: row.integer(15)), news: news(row, time)
        )
        record.occurrence = row.integer(24)
        record.isSuperseded = row.integer(25) != 0
        return record
    }

    private static func news(_ row: Statement, _ time: (Int32) -> Timestamp?) -> DeliveryNews? {
        guard let rank = row.optionalInteger(16), let last = time(23) else { return nil }
        return DeliveryNews(
            rank: Int(rank), flags: Int(row.integer(17)), code: row.optionalString(18), deliveredAt: time(19),
            readAt: time(20), clickedAt: time(21), failedAt: time(22), lastAt: last)
    }
}
