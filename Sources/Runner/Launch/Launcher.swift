package import Channels
import RuleEngine

/// Starts, resumes and ends launches of one campaign. What may begin lies in `+Beginning`.
package struct Launcher {
    package struct Options: Sendable {
        /// Begin again although the last launch is finished or cancelled.
        package var newLaunch = false
        package var retry = RetryPolicy.standard
        /// Come back when nothing is left to do now, instead of waiting for what is due later.
        package var returnsWhenIdle = false
        /// Who asks for it, and answers for what it begins. Nil for a runner, which goes on with what others have begun.
        package var owner: Owner? = .operator
        /// Whoever calls holds the runner's lock and has begun its epoch.
        package var isLocked = false

        package init() {}
    }

    let program: CampaignProgram
    let store: any Store
    /// One a lane of the program.
    let channels: [any Channel]
    let environment: RunnerEnvironment
    let options: Options
    private let limits: AccountLimitsBook

    /// - Parameter limits: shared with whatever else sends at the same time.
    package init(
        program: CampaignProgram, store: any Store, channels: [any Channel], environment: RunnerEnvironment,
        options: Options = Options(), limits: AccountLimitsBook = AccountLimitsBook()
    ) {
        precondition(channels.count == program.lanes.count, "every channel of the campaign has been made")
        self.program = program
        self.store = store
        self.channels = channels
        self.environment = environment
        self.options = options
        self.limits = limits
    }

    /// Plans, sends and waits, until nothing is open that sending could change, or `stop` is raised. A campaign whose
    /// moment lies ahead is written down as scheduled first, so that any runner may begin it. Where a runner of another
    /// process takes campaigns, it is that one which does it, and this one only looks on.
    package func run(
        stop: StopSignal, progress: (LaunchProgress) -> Void
    ) throws(LaunchRefusal) -> LaunchResult {
        if !options.isLocked, let ended = try handOver(stop: stop, progress: progress) { return ended }
        if program.moment != nil, let ended = try waitForMoment(stop: stop, progress: progress) { return ended }
        var lock: (any AnyObject)?
        while !options.isLocked, lock == nil {
            do throws(LaunchRefusal) {
                lock = try store.acquireRunner(takesCampaigns: false)
            } catch {
                // One that takes campaigns may have begun since, and may be gone again.
                guard error.reason == "locked", try taker() != nil else { throw error }
                if let ended = try handOver(stop: stop, progress: progress) { return ended }
            }
        }
        defer { withExtendedLifetime(lock) {} }
        let ledger = try refusing { () throws(StoreError) in try store.openLedger() }
        try refusing { () throws(StoreError) in
            if options.isLocked {
                try ledger.resumeEpoch()
            } else {
                _ = try ledger.beginEpoch(now: environment.now())
            }
        }
        try closeEarlier(ledger)
        var launch = try beginOrResume(ledger)
        try giveUpOrResend(launch, ledger)
        try plan(&launch, ledger, stop: stop, progress: progress)
        switch launch.state {
        case .paused, .scheduled: return try end(launch, ledger, .paused)
        case .cancelled: return try end(launch, ledger, .cancelled)
        case .killed: return try end(launch, ledger, .killed)
        case .planning, .running, .finished: break
        }
        guard !stop.isStopping else { return try end(launch, ledger, .stopped) }
        return try send(launch, ledger, stop: stop, progress: progress)
    }

    // MARK: - Planning

    /// Deals with rows whose outcome nobody knows, as the policy says.
    private func giveUpOrResend(_ launch: LaunchRecord, _ ledger: any Ledger) throws(LaunchRefusal) {
        let now = environment.now()
        try refusing { () throws(StoreError) in
            _ = try ledger.giveUpUncertain(launch.id, olderThan: now.adding(seconds: -72 * 3600), now: now)
            guard program.campaign.policy?.onUncertain == .resend else { return }
            // At most half a percent of the audience may arrive twice; more than that is for a person to decide.
            let counts = try store.openReader().counts(of: launch.id)
            guard counts[.uncertain] <= max(1, counts.audience / 200) else { return }
            _ = try ledger.settle(launch.id, contact: nil, as: .notAccepted, now: now)
        }
    }

    private func plan(
        _ launch: inout LaunchRecord, _ ledger: any Ledger, stop: StopSignal, progress: (LaunchProgress) -> Void
    ) throws(LaunchRefusal) {
        guard !launch.isPlanned else { return }
        let query = program.audience(now: launch.begunAt)
        var lastProgress = environment.monotonic()
        try refusing { () throws(StoreError) in
            while try ledger.materialise(
                launch.id, query, step: program.sendStep, limit: 10_000, now: environment.now())
            {
                if stop.isStopping { return }
                // Counting reads every row so far, so it must not be done for each page.
                guard environment.monotonic() - lastProgress >= 1 else { continue }
                lastProgress = environment.monotonic()
                let planned = try store.openReader().counts(of: launch.id).audience
                progress(
                    LaunchProgress(
                        phase: .planning, audience: planned, settled: 0, accepted: 0, skipped: 0, inFlight: 0, rate: 0))
            }
            launch.isPlanned = true
            // Somebody may have paused or cancelled it meanwhile, and that stands.
            launch.state = try ledger.latestLaunch(of: launch.program)?.state ?? .cancelled
            guard launch.state == .planning else { return }
            try ledger.setState(.running, of: launch.id, now: environment.now())
            launch.state = .running
        }
    }

    // MARK: - Sending

    private func send(
        _ launch: LaunchRecord, _ ledger: any Ledger, stop: StopSignal, progress: (LaunchProgress) -> Void
    ) throws(LaunchRefusal) -> LaunchResult {
        let reader = try refusing { () throws(StoreError) in try store.openReader() }
        let counts = try refusing { () throws(StoreError) in try reader.counts(of: launch.id) }
        guard counts.open > counts[.uncertain] || counts.watched > 0 else { return try end(launch, ledger, .settled) }

        let desk = Monitor(LaunchDesk())
        desk.update { $0.phase = launch.phase }
        stop.onStop { desk.update { _ in } }
        var lanes = try openLanes(desk, reader)
        try takeUpTroubles(&lanes, ledger)
        let preparer = LaunchPreparer(
            program: program, launch: launch, channels: channels, store: store, desk: desk, environment: environment,
            ahead: lanes.reduce(0) { $0 + $1.mostInFlight })
        let watch = LaunchWatch(
            program: program, launch: launch.id, store: store, desk: desk, environment: environment)
        var threads: [WorkerThread] = []
        do throws(ChannelSetupError) {
            threads.append(try WorkerThread { preparer.run() })
            threads.append(try WorkerThread { watch.run() })
        } catch {
            desk.update { $0.isEnding = true }
            for lane in lanes { lane.session.finish(within: 0) }
            for thread in threads { thread.join() }
            throw LaunchRefusal(reason: "thread", message: error.message, help: error.help)
        }
        let ending = withoutActuallyEscaping(progress) { progress in
            LaunchCoordinator(
                program: program, launch: launch, ledger: ledger, reader: reader, store: store, lanes: lanes,
                desk: desk, stop: stop, options: options, environment: environment, counts: counts,
                reportProgress: progress
            ).run()
        }
        for thread in threads { thread.join() }
        return try end(launch, ledger, ending)
    }

    private func openLanes(
        _ desk: Monitor<LaunchDesk>, _ reader: any LedgerReader
    ) throws(LaunchRefusal) -> [SendLane] {
        var lanes: [SendLane] = []
        for (channel, account) in zip(channels, program.lanes) {
            do throws(ChannelSetupError) {
                let session = try channel.open(report: { reports in
                    desk.update { $0.reports.append(contentsOf: reports) }
                })
                let now = environment.monotonic()
                lanes.append(
                    SendLane(
                        id: account.id, session: session, mostInFlight: channel.capabilities.inFlight,
                        limits: limits.limits(of: account, now: now),
                        health: ChannelHealth(patience: options.retry.unreachableAfter)))
            } catch {
                for lane in lanes { lane.session.finish(within: 0) }
                throw LaunchRefusal(reason: "channel", message: error.message, help: error.help)
            }
        }
        for lane in lanes.indices {
            do throws(StoreError) {
                try lanes[lane].limits.renew(zone: program.zone, now: environment.now(), volumes: reader)
            } catch {
                for lane in lanes { lane.session.finish(within: 0) }
                throw LaunchRefusal(reason: "store", message: LaunchCoordinator.describe(error))
            }
        }
        return lanes
    }

    /// What another run found down a moment ago is not tried by everybody again.
    private func takeUpTroubles(_ lanes: inout [SendLane], _ ledger: any Ledger) throws(LaunchRefusal) {
        let troubles = try refusing { () throws(StoreError) in try ledger.troubles() }
        let now = environment.now()
        for lane in lanes.indices {
            guard let trouble = troubles[lanes[lane].id] else { continue }
            lanes[lane].health.resume(
                failures: trouble.failures, code: trouble.code,
                seconds: Double(trouble.until.microseconds - now.microseconds) / 1_000_000,
                now: environment.monotonic())
            lanes[lane].downSince = trouble.since
        }
    }

    // MARK: - The end

    private func end(
        _ launch: LaunchRecord, _ ledger: any Ledger, _ ending: LaunchCoordinator.Ending
    ) throws(LaunchRefusal) -> LaunchResult {
        switch ending {
        case .stopped: return try result(of: launch, ending: .interrupted)
        case .waiting(let until): return try result(of: launch, ending: .waiting, dueAt: until)
        case .paused: return try result(of: launch, ending: .paused)
        case .cancelled: return try sweep(launch, ledger, .cancelled)
        case .killed: return try sweep(launch, ledger, .killed)
        case .failed(let reason): return try result(of: launch, ending: .stopped, note: reason)
        case .settled:
            let counts = try refusing { () throws(StoreError) in try store.openReader().counts(of: launch.id) }
            // A message in doubt must not keep tomorrow's launch from being written down.
            if counts.open > 0 {
                return try result(of: launch, ending: .uncertain, dueAt: try planNext(after: launch, ledger))
            }
            try refusing { () throws(StoreError) in
                try ledger.setState(.finished, of: launch.id, now: environment.now())
            }
            let next = try planNext(after: launch, ledger)
            return try result(of: launch, ending: .finished, dueAt: next)
        }
    }

    /// Rows that were written down or put back after the launch was ended.
    private func sweep(
        _ launch: LaunchRecord, _ ledger: any Ledger, _ ending: LaunchResult.Ending
    ) throws(LaunchRefusal) -> LaunchResult {
        try refusing { () throws(StoreError) in
            _ = try ledger.cancelOpen(launch.id, reason: ending.rawValue, now: environment.now())
        }
        return try result(of: launch, ending: ending)
    }

    func result(
        of launch: LaunchRecord, ending: LaunchResult.Ending, note: String? = nil, dueAt: Timestamp? = nil
    ) throws(LaunchRefusal) -> LaunchResult {
        let status = try refusing { () throws(StoreError) in
            try StatusReader(store: store, environment: environment).status(of: launch.program, isRunnerActive: false)
        }
        guard let status else { throw LaunchRefusal(reason: "store", message: "the launch is gone") }
        return LaunchResult(ending: ending, note: note ?? status.note, status: status, dueAt: dueAt)
    }

    func refusing<Value>(_ body: () throws(StoreError) -> Value) throws(LaunchRefusal) -> Value {
        do throws(StoreError) {
            return try body()
        } catch {
            throw LaunchRefusal(reason: "store", message: LaunchCoordinator.describe(error))
        }
    }
}
