import Channels
import RuleEngine

/// Drives one launch: takes what is prepared, makes its intents durable, hands it to the channel, and writes down
/// what comes back. It alone writes; one transaction carries the outcomes of the last wave and the intents of the
/// next, so that the steady state is one file sync a wave.
final class LaunchCoordinator {
    /// How a loop of sending ended.
    enum Ending {
        /// Nothing is left that sending could change.
        case settled
        case stopped
        case paused
        case cancelled
        case failed(String)
    }

    let program: CampaignProgram
    let launch: LaunchRecord
    let store: any Store
    let environment: RunnerEnvironment
    let retry: RetryPolicy
    let desk: Monitor<LaunchDesk>
    let stop: StopSignal
    let session: any ChannelSession
    let reportProgress: (LaunchProgress) -> Void

    var ledger: any Ledger
    var inFlight = InFlightTable()
    var limits: SendLimits
    var tally: LaunchTally
    var health: ChannelHealth
    /// Outcomes that are known and not yet durable.
    var outcomes: [OutcomeRecord] = []

    private let mostInFlight: Int
    private static let waveSize = 1000
    /// How much of the current rate may be in flight: what an abrupt end leaves uncertain. A wave is written in a
    /// few milliseconds, so a tenth of a second keeps a fast channel busy.
    private static let secondsInFlight = 0.1
    /// How long a small wave waits for company. A file sync takes about half a millisecond.
    private static let gathering = 0.01

    init(
        program: CampaignProgram, launch: LaunchRecord, ledger: any Ledger, store: any Store,
        session: any ChannelSession,
        window: Int, desk: Monitor<LaunchDesk>, stop: StopSignal, retry: RetryPolicy, environment: RunnerEnvironment,
        counts: LaunchCounts, reportProgress: @escaping (LaunchProgress) -> Void
    ) {
        self.program = program
        self.launch = launch
        self.ledger = ledger
        self.store = store
        self.session = session
        mostInFlight = window
        self.desk = desk
        self.stop = stop
        self.retry = retry
        self.environment = environment
        self.reportProgress = reportProgress
        let now = environment.monotonic()
        limits = SendLimits(
            perSecond: program.channel.rate?.perSecond,
            perDomain: program.channel.ratePerDomain.mapValues(\.perSecond), now: now)
        tally = LaunchTally(counts: counts, now: now)
        health = ChannelHealth(patience: retry.unreachableAfter)
    }

    /// Sends until nothing is left, somebody stops it, or it can't go on. What is in flight then is still waited for.
    func run() -> Ending {
        var ending: Ending?
        while ending == nil {
            let now = environment.monotonic()
            if tally.isProgressDue(now: now) {
                reportProgress(tally.progress(phase: phase(), inFlight: inFlight.count))
            }
            if stop.isStopping { ending = .stopped; break }
            if let reason = health.givingUp(now: now) { ending = .failed(reason); break }
            var wave = Wave()
            let (isDone, failure) = fill(&wave, now: now)
            if let failure { ending = .failed(Self.describe(failure)); break }
            if isDone && inFlight.count == 0 { ending = .settled; break }
            if wave.isEmpty { continue }
            ending = write(wave)
        }
        return drain(ending ?? .settled)
    }

    /// The window grows with the rate: a slow server gets little to lose, a fast one is never kept waiting.
    private var window: Int {
        min(mostInFlight, max(16, mostInFlight / 16, Int(tally.rate * Self.secondsInFlight)))
    }

    // MARK: - A wave

    /// What one transaction will carry.
    struct Wave {
        var sends: [PreparedSend] = []
        var skips: [SkipRecord] = []
        var holds: [HoldRecord] = []
        var reports: [SendReport] = []

        var isEmpty: Bool { sends.isEmpty && skips.isEmpty && holds.isEmpty && reports.isEmpty }
    }

    /// Waits for something to do and takes it from the desk. `isDone` is true when the desk is empty for good.
    private func fill(_ wave: inout Wave, now: Double) -> (isDone: Bool, failure: StoreError?) {
        // What has been reported is on its way no more: its outcome goes into the wave that takes its place.
        let free = window - inFlight.count
        func room(_ state: LaunchDesk) -> Int { max(0, free + state.reports.count) }
        let blocked = health.blockedFor(now: now)
        let rateDelay = limits.delay(now: now)
        let mayTake = blocked == 0
        let patience = min(0.25, max(0.001, blocked > 0 ? blocked : (rateDelay > 0 ? rateDelay : 0.25)))

        // First for anything at all, then a moment longer for company.
        for (step, wait) in [patience, Self.gathering].enumerated() {
            let enough = step == 0 ? 1 : Self.waveSize / 2
            let isOver: Bool? = desk.wait(atMost: wait) { state in
                if state.failure != nil { return true }
                let sends = mayTake && rateDelay == 0 ? min(state.prepared.count, room(state)) : 0
                if sends + state.reports.count + state.skips.count + state.holds.count >= enough { return true }
                return Self.isEmptyForGood(state) ? true : nil
            }
            if step == 0 && isOver == nil { break }
        }
        return desk.update { state in
            if let failure = state.failure { return (false, failure) }
            let isDone = Self.isEmptyForGood(state)
            if mayTake {
                let most = min(room(state), Self.waveSize, health.probeLimit)
                take(from: &state.prepared, into: &wave.sends, atMost: most, now: now)
            }
            swap(&wave.reports, &state.reports)
            swap(&wave.skips, &state.skips)
            swap(&wave.holds, &state.holds)
            return (isDone, nil)
        }
    }

    private static func isEmptyForGood(_ state: LaunchDesk) -> Bool {
        state.isPlannedDone && state.isIdle && !state.mayHaveDue && state.prepared.isEmpty && state.skips.isEmpty
            && state.holds.isEmpty && state.reports.isEmpty
    }

    /// Takes what the account's and the domains' limits allow, in order; what they forbid stays where it is.
    private func take(
        from queue: inout [PreparedSend], into sends: inout [PreparedSend], atMost limit: Int, now: Double
    ) {
        let limit = min(limit, limits.available(now: now))
        guard limit > 0, !queue.isEmpty else { return }
        if !limits.hasDomainLimits {
            let count = min(limit, queue.count)
            for send in queue[..<count] where limits.take(address: send.address, now: now) { sends.append(send) }
            queue.removeFirst(sends.count)
            return
        }
        var kept: [PreparedSend] = []
        for send in queue {
            if sends.count < limit, limits.take(address: send.address, now: now) {
                sends.append(send)
            } else {
                kept.append(send)
            }
        }
        queue = kept
    }

    /// Makes a wave durable and sends what was granted. Nil to go on.
    private func write(_ wave: Wave) -> Ending? {
        for report in wave.reports { settle(report) }
        var record = LedgerWave()
        record.skips = wave.skips
        record.holds = wave.holds
        var sends: [PreparedSend] = []
        for send in wave.sends {
            if tally.hasBudget(for: send.costMicros, limit: program.campaign.budget) {
                tally.reserve(send.costMicros)
                sends.append(send)
            } else {
                record.skips.append(SkipRecord(contact: send.contact, reason: SkipReason.budget.rawValue))
            }
        }
        let now = environment.now()
        let deadline = now.adding(seconds: 900)
        record.intents = sends.map { send in
            SendIntent(
                contact: send.contact, attempt: send.attempt, address: send.address, bodyHash: send.bodyHash,
                costMicros: send.costMicros, deadline: deadline, gate: send.gate,
                suppressionEpoch: send.suppressionEpoch)
        }
        record.outcomes = outcomes
        do throws(StoreError) {
            let result = try commit(record, now: now)
            didWrite(record)
            submit(result, sends)
            switch result.launchState {
            case .paused: return .paused
            case .cancelled: return .cancelled
            case .planning, .running, .finished: return nil
            }
        } catch {
            for send in sends { tally.release(send.costMicros) }
            return recover(from: error, lost: record)
        }
    }

    /// Another process may hold the lock for as long as it likes: nothing was written, so the same wave is tried
    /// again, and nothing is sent meanwhile.
    private func commit(_ wave: LedgerWave, now: Timestamp) throws(StoreError) -> WaveResult {
        let rules = program.rules
        while true {
            do throws(StoreError) {
                return try ledger.commit(
                    wave, launch: launch.id, step: program.sendStep, query: program.recipients, now: now,
                    gate: { Gate.decide($0, rules: rules, now: now) })
            } catch {
                guard error == .busy, !stop.isStopping else { throw error }
                reportProgress(
                    tally.progress(
                        phase: .waiting, inFlight: inFlight.count, note: "another process is writing to the data folder"
                    ))
            }
        }
    }

    private func didWrite(_ wave: LedgerWave) {
        outcomes.removeAll(keepingCapacity: true)
        tally.skipped(wave.skips.count)
        let hasRetries = wave.outcomes.contains { if case .retry = $0.result { true } else { false } }
        desk.update { state in
            if hasRetries {
                state.mayHaveDue = true
                state.isIdle = false
            }
            if state.prepared.isEmpty && state.skips.isEmpty { state.isDuePageOut = false }
        }
    }

    private func submit(_ result: WaveResult, _ sends: [PreparedSend]) {
        var messages: [ComposedMessage] = []
        messages.reserveCapacity(result.granted.count)
        for index in result.granted {
            let send = sends[index]
            let token = inFlight.insert(
                InFlightTable.Entry(contact: send.contact, attempt: send.attempt, costMicros: send.costMicros))
            messages.append(
                ComposedMessage(
                    token: token, address: send.address, wire: send.wire, idempotencyKey: send.idempotencyKey))
        }
        for index in result.held { tally.release(sends[index].costMicros) }
        for refusal in result.refused {
            tally.release(sends[refusal.index].costMicros)
            if ![WaveResult.gone, WaveResult.addressChanged].contains(refusal.reason) { tally.skipped(1) }
        }
        if result.refused.contains(where: { $0.reason == WaveResult.addressChanged }) { readAgain() }
        if !messages.isEmpty { session.submit(messages) }
    }

    /// Somebody's address changed after their message was made, so their row is still open and must be made anew.
    /// Rows that are waiting already come up twice then; the ledger grants each of them once.
    private func readAgain() {
        desk.update { state in
            state.isPlannedDone = false
            state.isIdle = false
            state.mayHaveDue = true
            state.mustRescan = true
        }
    }

    // MARK: - Outcomes

    /// Turns what a channel said into what the ledger takes.
    private func settle(_ report: SendReport) {
        guard let entry = inFlight.remove(report.token) else { return }
        let monotonic = environment.monotonic()
        health.note(report.outcome, now: monotonic, random: environment.random)
        let result: OutcomeRecord.Result
        switch report.outcome {
        case .accepted(let providerID):
            tally.accepted()
            result = .accepted(providerID: providerID)
        case .rejected(let code, let suppress):
            tally.settledWithoutCost(entry.costMicros)
            result = .rejected(code: code, suppress: suppress.map(SuppressionReason.init))
        case .throttled(let code, let retryAfter):
            tally.release(entry.costMicros)
            let delay = retry.delay(
                afterAttempt: Int(entry.attempt), retryAfter: retryAfter, random: environment.random())
            if let delay {
                result = .retry(reason: code, notBefore: environment.now().adding(seconds: delay))
            } else {
                tally.settledWithoutCost(0)
                result = .failed(reason: "exhausted: \(code)")
            }
        case .unavailable(let code):
            tally.release(entry.costMicros)
            // Nothing is wrong with the recipient: the row waits for the channel, however long that takes.
            result = .retry(reason: code, notBefore: environment.now().adding(seconds: 1))
        case .outcomeUnknown(let phase, let detail):
            // The price stays reserved: the provider may charge for it.
            result = .uncertain(kind: detail.isEmpty ? phase.rawValue : "\(phase.rawValue): \(detail)")
        }
        outcomes.append(OutcomeRecord(contact: entry.contact, attempt: entry.attempt, result: result))
    }

    private func phase() -> LaunchProgress.Phase {
        inFlight.count == 0 && desk.withState { $0.prepared.isEmpty && $0.isPlannedDone } ? .waiting : .sending
    }

    // MARK: - The end

    /// Begins nothing new, waits for what is on its way, and writes it down.
    private func drain(_ ending: Ending) -> Ending {
        desk.update { $0.isEnding = true }
        reportProgress(tally.progress(phase: .draining, inFlight: inFlight.count))
        session.finish(within: 30)
        let (reports, skips, holds) = desk.withState { ($0.reports, $0.skips, $0.holds) }
        for report in reports { settle(report) }
        var wave = LedgerWave()
        wave.outcomes = outcomes
        wave.skips = skips
        wave.holds = holds
        guard !wave.outcomes.isEmpty || !wave.skips.isEmpty || !wave.holds.isEmpty else { return ending }
        guard let error = writeLast(wave) else { return ending }
        let count = wave.outcomes.count
        return .failed(
            "\(Self.describe(error)); the outcomes of \(count) \(count == 1 ? "send" : "sends") could not be written and will be uncertain"
        )
    }

    /// The outcomes in hand are known only here, so writing them is tried for half a minute, each time on a new
    /// connection: a file sync that failed must not be repeated on the old one. Nil when it was done.
    private func writeLast(_ wave: LedgerWave) -> StoreError? {
        let end = environment.monotonic() + 30
        while true {
            do throws(StoreError) {
                _ = try ledger.commit(
                    wave, launch: launch.id, step: program.sendStep, query: program.recipients, now: environment.now(),
                    gate: { _ in .allow })
                tally.skipped(wave.skips.count)
                return nil
            } catch {
                guard environment.monotonic() < end else { return error }
                pause(1)
                if error != .busy, let fresh = reopened() { ledger = fresh }
            }
        }
    }

    /// No transaction can be trusted after a failed write. Waits for the store to come back, on a new connection,
    /// takes back the intents whose fate is unknown (they were not sent), and begins again with the planned rows.
    private func recover(from error: StoreError, lost wave: LedgerWave) -> Ending? {
        guard case .failed = error else { return .failed(Self.describe(error)) }
        var repair = LedgerWave()
        repair.outcomes = wave.outcomes
        repair.outcomes += wave.intents.map { intent in
            OutcomeRecord(
                contact: intent.contact, attempt: intent.attempt,
                result: .retry(reason: "store_failed", notBefore: environment.now()))
        }
        let end = environment.monotonic() + 30
        while environment.monotonic() < end, !stop.isStopping {
            reportProgress(tally.progress(phase: .waiting, inFlight: inFlight.count, note: Self.describe(error)))
            pause(1)
            guard let fresh = reopened(),
                (try? fresh.commit(
                    repair, launch: launch.id, step: program.sendStep, query: program.recipients,
                    now: environment.now(), gate: { _ in .allow })) != nil
            else { continue }
            ledger = fresh
            outcomes.removeAll()
            desk.update { state in
                state.prepared.removeAll()
                state.skips.removeAll()
                state.holds.removeAll()
                state.isPlannedDone = false
                state.isIdle = false
                state.isDuePageOut = false
                state.mayHaveDue = true
                state.mustRescan = true
            }
            return nil
        }
        return .failed(Self.describe(error))
    }

    private func reopened() -> (any Ledger)? {
        guard let fresh = try? store.openLedger(), (try? fresh.resumeEpoch()) != nil else { return nil }
        return fresh
    }

    /// Waits without keeping the desk's other threads from working.
    private func pause(_ seconds: Double) {
        _ = desk.wait(atMost: seconds) { (_: inout LaunchDesk) -> Bool? in nil }
    }

    static func describe(_ error: StoreError) -> String {
        switch error {
        case .busy: "another process holds the data folder"
        case .failed(let detail): "the data folder can't be written: \(detail)"
        case .unusable(let detail): "the data folder can't be used: \(detail)"
        }
    }
}

extension SuppressionReason {
    init(_ reason: ProviderSuppression) {
        switch reason {
        case .bounce: self = .bounce
        case .complaint: self = .complaint
        case .providerOptOut: self = .provider
        }
    }
}
