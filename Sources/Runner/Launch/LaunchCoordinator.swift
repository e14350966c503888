import Channels
import RuleEngine

/// Drives one launch: takes what is prepared, makes its intents durable, hands it to the channels, and writes down
/// what comes back. It alone writes waves; one transaction carries the outcomes of the last wave and the intents of the
/// next, so that the steady state is one file sync a wave.
///
/// What reports become lies in `+Outcomes`, accounts that are down in `+Accounts`, how it ends and recovers in `+Ending`, and what it does when nothing is left
/// to send in `+Waiting`.
final class LaunchCoordinator {
    /// How a loop of sending ended.
    enum Ending {
        /// Nothing is left that sending could change.
        case settled
        /// Nothing is left to do before that; only where waiting is somebody else's business.
        case waiting(until: Timestamp?)
        case stopped
        case paused
        case cancelled
        case killed
        case failed(String)
    }

    let program: CampaignProgram
    let launch: LaunchRecord
    let store: any Store
    let environment: RunnerEnvironment
    let retry: RetryPolicy
    let desk: Monitor<LaunchDesk>
    let stop: StopSignal
    let keeper: LaunchKeeper
    /// Whether it ends when nothing is left to do now.
    let returnsWhenIdle: Bool
    let reportProgress: (LaunchProgress) -> Void

    var ledger: any Ledger
    let reader: any LedgerReader
    var lanes: [SendLane]
    var inFlight = InFlightTable()
    var tally: LaunchTally
    /// Outcomes that are known and not yet durable.
    var outcomes: [OutcomeRecord] = []
    /// When the keeper is to be asked again, and when messages are to be looked at for another channel.
    var nextStep: Timestamp?
    var nextEscalation: Timestamp?
    var hasLookedForEscalations = false
    var nextAllowance: Timestamp?

    static let waveSize = 1000
    /// How much of the current rate may be in flight: what an abrupt end leaves uncertain. A wave is written in a
    /// few milliseconds, so a tenth of a second keeps a fast channel busy.
    static let secondsInFlight = 0.1
    /// How long a small wave waits for company. A file sync takes about half a millisecond.
    private static let gathering = 0.01

    init(
        program: CampaignProgram, launch: LaunchRecord, ledger: any Ledger, reader: any LedgerReader, store: any Store,
        lanes: [SendLane], desk: Monitor<LaunchDesk>, stop: StopSignal, options: Launcher.Options,
        environment: RunnerEnvironment, counts: LaunchCounts, reportProgress: @escaping (LaunchProgress) -> Void
    ) {
        self.program = program
        self.launch = launch
        self.ledger = ledger
        self.reader = reader
        self.store = store
        self.lanes = lanes
        self.desk = desk
        self.stop = stop
        retry = options.retry
        returnsWhenIdle = options.returnsWhenIdle
        self.environment = environment
        self.reportProgress = reportProgress
        keeper = LaunchKeeper(program: program, launch: launch.id, reader: reader)
        tally = LaunchTally(
            counts: counts, budget: program.campaign.budget, warnAt: program.campaign.warnAt,
            now: environment.monotonic())
    }

    /// Sends until nothing is left, somebody stops it, or it can't go on. What is in flight then is still waited for.
    func run() -> Ending {
        var ending: Ending?
        while ending == nil {
            let now = environment.monotonic()
            if tally.isProgressDue(now: now) {
                reportProgress(tally.progress(phase: phase(), inFlight: inFlight.count, note: tally.warning))
            }
            if stop.isStopping { ending = .stopped; break }
            if let order = desk.withState({ $0.order }) { ending = Self.ending(order); break }
            lookAtAccounts(now: now)
            if let reason = givingUp(now: now) { ending = .failed(reason); break }
            var wave = Wave()
            let (isDone, failure) = fill(&wave, now: now)
            if let failure { ending = .failed(Self.describe(failure)); break }
            if !wave.isEmpty {
                ending = write(wave)
            } else {
                ending = whileNothingIsReady(isDone: isDone)
            }
        }
        return drain(ending ?? .settled)
    }

    static func ending(_ state: LaunchState) -> Ending {
        switch state {
        case .cancelled: .cancelled
        case .killed: .killed
        case .paused, .planning, .running, .finished, .scheduled: .paused
        }
    }

    /// Nil as long as one lane may still work.
    private func givingUp(now: Double) -> String? {
        let reasons = lanes.map { $0.health.givingUp(now: now) }
        return reasons.contains { $0 == nil } ? nil : reasons.compactMap { $0 }.first
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
        let delays = lanes.indices.map { lane in
            let blocked = lanes[lane].health.blockedFor(now: now)
            return blocked > 0 ? blocked : lanes[lane].limits.delay(now: now)
        }
        let patience = min(0.25, max(0.001, delays.filter { $0 > 0 }.min() ?? 0.25))

        // First for anything at all, then a moment longer for company.
        for (step, wait) in [patience, Self.gathering].enumerated() {
            let enough = step == 0 ? 1 : Self.waveSize / 2
            let isOver: Bool? = desk.wait(atMost: wait) { state in
                if state.failure != nil || state.order != nil { return true }
                let sends = takeable(state, delays)
                if sends + state.reports.count + state.skips.count + state.holds.count >= enough { return true }
                return state.isEmptyForGood ? true : nil
            }
            if step == 0 && isOver == nil { break }
        }
        return desk.update { state in
            if let failure = state.failure { return (false, failure) }
            let isDone = state.isEmptyForGood
            if state.order == nil { take(&state, into: &wave, now: now) }
            swap(&wave.reports, &state.reports)
            swap(&wave.skips, &state.skips)
            wave.holds += state.holds
            state.holds.removeAll()
            return (isDone, nil)
        }
    }

    /// How many of the prepared messages could be begun now, at most: those of accounts that are held back don't count.
    private func takeable(_ state: LaunchDesk, _ delays: [Double]) -> Int {
        let rooms = lanes.indices.map { delays[$0] > 0 ? 0 : self.room($0, state) }
        let total = rooms.reduce(0, +)
        guard lanes.count > 1, total > 0 else { return min(state.prepared.count, total) }
        return min(total, state.prepared.count { rooms[$0.lane] > 0 })
    }

    /// What has been reported is on its way no more: its outcome goes into the wave that takes its place.
    private func room(_ lane: Int, _ state: LaunchDesk) -> Int {
        let reported =
            lanes.count == 1
            ? state.reports.count : state.reports.reduce(0) { $0 + (inFlight.lane(of: $1.token) == lane ? 1 : 0) }
        let window = lanes[lane].window(rate: tally.rate, share: Self.secondsInFlight)
        let onTheirWay = lanes[lane].inFlight - reported
        return max(0, min(window - onTheirWay, lanes[lane].health.mayBegin(inFlight: onTheirWay)))
    }

    /// Takes what the accounts' and the domains' limits allow, in order; what they forbid stays where it is.
    private func take(_ state: inout LaunchDesk, into wave: inout Wave, now: Double) {
        var left = lanes.indices.map { lane -> Int in
            guard lanes[lane].health.blockedFor(now: now) == 0 else { return 0 }
            return min(
                room(lane, state), Self.waveSize,
                lanes[lane].limits.hasDomainLimits ? .max : lanes[lane].limits.available(now: now))
        }
        guard left.contains(where: { $0 > 0 }) else { return }
        // One lane without further limits takes a whole stretch.
        if lanes.count == 1, !lanes[0].limits.hasDomainLimits, !lanes[0].limits.hasDailyLimit {
            let count = min(left[0], state.prepared.count)
            wave.sends.append(contentsOf: state.prepared.prefix(count))
            state.prepared.removeFirst(count)
            lanes[0].limits.takeAccount(count, now: now)
            return
        }
        var kept: [PreparedSend] = []
        for send in state.prepared {
            let lane = send.lane
            if let today = lanes[lane].limits.today, today.left == 0 {
                wave.holds.append(
                    HoldRecord(
                        contact: send.contact, until: today.tomorrow, reason: HoldReason.accountLimit.rawValue,
                        place: send.place))
            } else if left[lane] > 0, wave.sends.count < Self.waveSize,
                lanes[lane].limits.take(address: send.address, now: now)
            {
                left[lane] -= 1
                wave.sends.append(send)
            } else {
                kept.append(send)
            }
        }
        state.prepared = kept
    }

    /// Makes a wave durable and sends what was granted. Nil to go on.
    private func write(_ wave: Wave) -> Ending? {
        for report in wave.reports { settle(report) }
        var record = LedgerWave()
        record.skips = wave.skips
        record.holds = wave.holds
        var sends: [PreparedSend] = []
        for send in wave.sends {
            if tally.hasBudget(for: send.costMicros) {
                tally.reserve(send.costMicros)
                sends.append(send)
            } else {
                lanes[send.lane].limits.giveBack()
                record.skips.append(
                    SkipRecord(contact: send.contact, reason: SkipReason.budget.rawValue, place: send.place))
            }
        }
        let now = environment.now()
        let deadline = now.adding(seconds: 900)
        record.intents = sends.map { send in
            var intent = SendIntent(
                contact: send.contact, attempt: send.attempt, address: send.address, bodyHash: send.bodyHash,
                costMicros: send.costMicros, deadline: deadline, gate: send.gate,
                suppressionEpoch: send.suppressionEpoch)
            intent.place = send.place
            intent.newStep = send.step
            intent.lane = send.lane
            intent.archive = send.archive
            intent.channel = lanes.count > 1 ? lanes[send.lane].id : nil
            return intent
        }
        record.outcomes = outcomes
        do throws(StoreError) {
            let result = try commit(record, now: now)
            didWrite(record)
            submit(result, sends)
            return LaunchWatch.ends(result.launchState) ? Self.ending(result.launchState) : nil
        } catch {
            for send in sends {
                tally.release(send.costMicros)
                lanes[send.lane].limits.giveBack()
            }
            return recover(from: error, lost: record)
        }
    }

    /// Another process may hold the lock for as long as it likes: nothing was written, so the same wave is tried
    /// again, and nothing is sent meanwhile.
    private func commit(_ wave: LedgerWave, now: Timestamp) throws(StoreError) -> WaveResult {
        let messages = program.steps[0].messages
        while true {
            do throws(StoreError) {
                return try ledger.commit(
                    wave, launch: launch.id, step: program.sendStep, queries: messages.map(\.recipients), now: now,
                    gate: { lane, facts in Gate.decide(facts, rules: messages[lane].rules, now: now) })
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
        let hasDue =
            !wave.holds.isEmpty || wave.outcomes.contains { if case .retry = $0.result { true } else { false } }
        if wave.outcomes.contains(where: { $0.nextAt != nil }) { hasLookedForEscalations = false }
        desk.update { state in
            if hasDue {
                state.mayHaveDue = true
                state.isIdle = false
            }
            if state.prepared.isEmpty && state.skips.isEmpty && state.holds.isEmpty { state.isDuePageOut = false }
        }
    }
}
