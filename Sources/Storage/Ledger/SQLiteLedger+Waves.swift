package import RuleEngine
package import Runner

/// The transaction on the hot path: outcomes of the last wave, skips, and intents of the next.
extension SQLiteLedger {
    package func commit(
        _ wave: LedgerWave, launch: LaunchID, step: Int32, queries: [RecipientQuery], now: Timestamp,
        gate: (Int, GateFacts) -> GateDecision
    ) throws(StoreError) -> WaveResult {
        let writer = WaveWriter(ledger: self, launch: launch, step: step, queries: queries, now: now)
        do {
            return try connection.transaction { () throws(StoreError) in
                var result = WaveResult(launchState: .running, granted: [], refused: [], staleOutcomes: 0)
                result.staleOutcomes = try writer.write(wave.outcomes)
                try writer.write(wave.skips)
                try writer.write(wave.holds)
                result.launchState = try writer.launchState()
                if !wave.intents.isEmpty, result.launchState == .running {
                    try writer.write(wave.intents, gate: gate, result: &result)
                }
                return result
            }
        } catch {
            // What the transaction marked was rolled back with it.
            markedLaunches.removeAll()
            throw error
        }
    }
}

/// One wave's rows, inside its transaction.
private struct WaveWriter {
    let ledger: SQLiteLedger
    let launch: LaunchID
    let step: Int32
    /// One a channel of the wave.
    let queries: [RecipientQuery]
    let now: Timestamp

    private var rows: DeliveryStatements { ledger.rows }
    private var connection: Connection { ledger.connection }

    init(ledger: SQLiteLedger, launch: LaunchID, step: Int32, queries: [RecipientQuery], now: Timestamp) {
        self.ledger = ledger
        self.launch = launch
        self.step = step
        self.queries = queries
        self.now = now
    }

    // MARK: Outcomes and skips

    /// Returns how many matched no row.
    func write(_ outcomes: [OutcomeRecord]) throws(StoreError) -> Int {
        var stale = 0
        var isSuppressed = false
        for outcome in outcomes {
            let isMoved = try move(outcome)
            if !isMoved { stale += 1 }
            if isMoved, case .rejected(let code, let reason?) = outcome.result {
                try suppress(outcome, reason: reason, code: code)
                isSuppressed = true
            }
        }
        if isSuppressed { try connection.raiseSuppressionEpoch() }
        return stale
    }

    func write(_ skips: [SkipRecord]) throws(StoreError) {
        for record in skips {
            try skip(record.contact, record.place, reason: record.reason, isExpired: record.isExpired)
        }
    }

    func write(_ holds: [HoldRecord]) throws(StoreError) {
        for record in holds { try hold(record.contact, record.place, until: record.until, reason: record.reason) }
    }

    private func hold(
        _ contact: ContactKey, _ place: RowPlace?, until: Timestamp, reason: String
    ) throws(StoreError) {
        bindKey(of: contact, place, to: rows.hold)
        rows.hold.bind(4, now.microseconds)
        rows.hold.bind(5, reason)
        rows.hold.bind(6, until.microseconds)
        try rows.hold.run()
    }

    /// True when there was such a row to skip.
    @discardableResult
    private func skip(
        _ contact: ContactKey, _ place: RowPlace?, reason: String, isExpired: Bool = false
    ) throws(StoreError) -> Bool {
        bindKey(of: contact, place, to: rows.skip)
        rows.skip.bind(4, now.microseconds)
        rows.skip.bind(5, reason)
        rows.skip.bind(6, Int64((isExpired ? DeliveryState.expired : .skipped).rawValue))
        try rows.skip.run()
        let isMoved = connection.changes == 1
        guard isMoved, let place, place.occurrence > 0 else { return isMoved }
        bindKey(of: contact, place, to: rows.standBack)
        try rows.standBack.run()
        rows.standAgain.bind(1, launch.rawValue)
        rows.standAgain.bind(2, contact.rawValue)
        rows.standAgain.bind(3, place.occurrence - 1)
        try rows.standAgain.run()
        return isMoved
    }

    private func move(_ outcome: OutcomeRecord) throws(StoreError) -> Bool {
        let statement: Statement
        switch outcome.result {
        case .accepted(let providerID):
            statement = rows.accept
            statement.bind(7, providerID)
            statement.bind(8, outcome.nextAt?.microseconds)
        case .rejected(let code, _):
            statement = rows.reject
            statement.bind(7, code)
            statement.bind(8, outcome.nextAt?.microseconds)
        case .retry(let reason, let notBefore):
            statement = rows.retry
            statement.bind(7, reason)
            statement.bind(8, notBefore.microseconds)
        case .failed(let reason):
            statement = rows.fail
            statement.bind(7, reason)
            statement.bind(8, outcome.nextAt?.microseconds)
        case .uncertain(let kind):
            statement = rows.doubt
            statement.bind(7, kind)
        }
        bindKey(of: outcome.contact, outcome.place, to: statement)
        statement.bind(4, Int64(outcome.attempt))
        statement.bind(5, ledger.epoch ?? 0)
        statement.bind(6, now.microseconds)
        try statement.run()
        return connection.changes == 1
    }

    private func suppress(
        _ outcome: OutcomeRecord, reason: SuppressionReason, code: String
    ) throws(StoreError) {
        let key = DeliveryKey(
            launch: launch, contact: outcome.contact, step: outcome.place?.step ?? step,
            occurrence: outcome.place?.occurrence ?? 0)
        try AddressSuppression(connection: connection, key: ledger.key).write(
            key, channelKind: queries[outcome.lane].channelKind, reason: reason, code: code, now: now)
    }

    // MARK: Intents

    func launchState() throws(StoreError) -> LaunchState {
        let statement = try connection.prepare("SELECT state FROM launch WHERE id = ?")
        statement.bind(1, launch.rawValue)
        defer { statement.reset() }
        guard try statement.step(), let state = LaunchState(rawValue: Int(statement.integer(0))) else {
            throw .unusable("launch \(launch.rawValue) isn't in the database")
        }
        return state
    }

    func write(
        _ intents: [SendIntent], gate: (Int, GateFacts) -> GateDecision, result: inout WaveResult
    ) throws(StoreError) {
        let epoch = try currentEpoch()
        let suppressionEpoch = try connection.suppressionEpoch()
        result.granted.reserveCapacity(intents.count)
        var archive = ArchiveWriting(connection)
        for (index, intent) in intents.enumerated() {
            if intent.suppressionEpoch != suppressionEpoch || queries[intent.lane].questions.changesByItself {
                switch try recheck(intent, gate: gate) {
                case .clear: break
                case .moved:
                    result.refused.append((index, WaveResult.addressChanged))
                    continue
                case .blocked(let reason):
                    let isSkipped = try skip(intent.contact, intent.place, reason: reason.rawValue)
                    result.refused.append((index, isSkipped ? reason.rawValue : WaveResult.gone))
                    continue
                case .held(let until, let reason):
                    try hold(intent.contact, intent.place, until: until, reason: reason.rawValue)
                    if connection.changes == 1 {
                        result.held.append(index)
                    } else {
                        result.refused.append((index, WaveResult.gone))
                    }
                    continue
                }
            }
            if try intend(intent, epoch: epoch) {
                result.granted.append(index)
                if let message = intent.archive {
                    let key = DeliveryKey(
                        launch: launch, contact: intent.contact, step: intent.newStep ?? intent.place?.step ?? step,
                        occurrence: intent.place?.occurrence ?? 0)
                    try archive.write(message, of: key, now: now.microseconds)
                }
            } else {
                result.refused.append((index, WaveResult.gone))
            }
        }
        if !result.granted.isEmpty { try mark(epoch) }
    }

    private enum Recheck {
        case clear
        /// The message was rendered and checked for an address that the contact no longer has.
        case moved
        case blocked(SkipReason)
        case held(until: Timestamp, HoldReason)
    }

    /// Something about permissions has changed since the gate decided, or time and other sends decide: it may concern
    /// this contact.
    private func recheck(_ intent: SendIntent, gate: (Int, GateFacts) -> GateDecision) throws(StoreError) -> Recheck {
        let statement = try connection.prepare(
            "SELECT \(GateSource.columns) FROM contact c \(GateSource.joins(on: "c.id")) WHERE c.id = ?5"
        )
        GateSource.bind(queries[intent.lane], to: statement)
        statement.bind(5, intent.contact.rawValue)
        defer { statement.reset() }
        var facts = GateFacts()
        facts.isErased = true
        var isMoved = false
        if try statement.step() {
            facts = GateSource.read(statement, first: 0)
            isMoved = !statement.textEquals(0, intent.address)
        }
        try GateQuestionsReading(connection: connection, query: queries[intent.lane], launch: launch)
            .complete(&facts, of: intent.contact)
        switch gate(intent.lane, facts) {
        case .block(let reason): return .blocked(reason)
        case .wait(let until, let reason): return .held(until: until, reason)
        case .allow: return isMoved ? .moved : .clear
        }
    }

    private func intend(_ intent: SendIntent, epoch: Int64) throws(StoreError) -> Bool {
        let statement = rows.intend
        bindKey(of: intent.contact, intent.place, to: statement)
        statement.bind(4, Int64(intent.attempt))
        statement.bind(5, epoch)
        statement.bind(6, now.microseconds)
        statement.bind(7, intent.deadline.microseconds)
        statement.bind(8, intent.costMicros)
        statement.bind(9, intent.address)
        statement.bindBlob(10, intent.bodyHash)
        statement.bind(11, intent.channel)
        statement.bind(12, intent.newStep.map { Int64($0) })
        try statement.run()
        return connection.changes == 1
    }

    /// The epoch of this ledger's intents, which must still be the newest.
    private func currentEpoch() throws(StoreError) -> Int64 {
        guard let epoch = ledger.epoch else {
            preconditionFailure("intents need an epoch: begin one before the first wave")
        }
        guard try connection.meta("runner_epoch") == epoch else {
            throw .unusable("another runner has taken this data folder over")
        }
        return epoch
    }

    /// Tells recovery that this launch may have rows in `sending`.
    private func mark(_ epoch: Int64) throws(StoreError) {
        guard ledger.markedLaunches[launch] != epoch else { return }
        let statement = try connection.prepare("UPDATE launch SET epoch = ? WHERE id = ?")
        statement.bind(1, epoch)
        statement.bind(2, launch.rawValue)
        try statement.run()
        ledger.markedLaunches[launch] = epoch
    }

    private func bindKey(of contact: ContactKey, _ place: RowPlace?, to statement: Statement) {
        statement.bind(1, launch.rawValue)
        statement.bind(2, contact.rawValue)
        statement.bind(3, Int64(place?.step ?? step))
        statement.bind(15, place?.occurrence ?? 0)
    }
}

extension SuppressionReason {
    /// A dead mailbox is dead for every purpose; the other reasons are what people said about advertising.
    var coversMarketingOnly: Bool {
        switch self {
        case .stop, .unsubscribe, .complaint: true
        case .bounce, .provider: false
        }
    }
}
