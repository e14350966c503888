package import Channels
import RuleEngine

/// Starts, resumes and ends launches of one campaign.
package struct Launcher {
    package struct Options: Sendable {
        /// Begin again although the last launch is finished or cancelled.
        package var newLaunch = false
        package var retry = RetryPolicy.standard

        package init() {}
    }

    private let program: CampaignProgram
    private let store: any Store
    private let channel: any Channel
    private let environment: RunnerEnvironment
    private let options: Options

    package init(
        program: CampaignProgram, store: any Store, channel: any Channel, environment: RunnerEnvironment,
        options: Options = Options()
    ) {
        self.program = program
        self.store = store
        self.channel = channel
        self.environment = environment
        self.options = options
    }

    /// What `run` would do now, without doing it: begin or resume, or why it would refuse.
    package func refusal() throws(LaunchRefusal) -> LaunchRecord? {
        let last = try refusing { () throws(StoreError) in
            try store.openReader().latestLaunch(of: program.campaign.id)
        }
        guard let last else { return nil }
        return try resumable(last)
    }

    /// Plans, sends and waits, until nothing is open that sending could change, or `stop` is raised.
    package func run(
        stop: StopSignal, progress: (LaunchProgress) -> Void
    ) throws(LaunchRefusal) -> LaunchResult {
        let lock = try acquireLock()
        defer { withExtendedLifetime(lock) {} }
        let ledger = try refusing { () throws(StoreError) in try store.openLedger() }
        _ = try refusing { () throws(StoreError) in try ledger.beginEpoch(now: environment.now()) }
        var launch = try beginOrResume(ledger)
        try giveUpOrResend(launch, ledger)
        try plan(&launch, ledger, stop: stop, progress: progress)
        switch launch.state {
        case .paused: return try end(launch, ledger, .paused)
        case .cancelled: return try end(launch, ledger, .cancelled)
        case .planning, .running, .finished: break
        }
        guard !stop.isStopping else { return try end(launch, ledger, .stopped) }
        return try send(launch, ledger, stop: stop, progress: progress)
    }

    // MARK: - Beginning

    private func acquireLock() throws(LaunchRefusal) -> any AnyObject {
        switch try refusing({ () throws(StoreError) in try store.lockRunner() }) {
        case .acquired(let lock): return lock
        case .heldByProcess(let process):
            let name = process.map { "process \($0)" } ?? "another process"
            throw LaunchRefusal(
                reason: "locked", message: "\(name) is sending from this data folder",
                help: "wait for it to end, or stop it with Ctrl-C or SIGTERM: it finishes what is on its way first")
        }
    }

    private func beginOrResume(_ ledger: any Ledger) throws(LaunchRefusal) -> LaunchRecord {
        let last = try refusing { () throws(StoreError) in try ledger.latestLaunch(of: program.campaign.id) }
        if let last, var resumed = try resumable(last) {
            if resumed.state == .paused {
                try refusing { () throws(StoreError) in
                    try ledger.setState(
                        resumed.isPlanned ? .running : .planning, of: resumed.id, now: environment.now())
                }
                resumed.state = resumed.isPlanned ? .running : .planning
            }
            return resumed
        }
        try checkGuards()
        let now = environment.now()
        return try refusing { () throws(StoreError) in
            try ledger.createLaunch(
                LaunchRecord(
                    id: LaunchID(rawValue: 0), program: program.campaign.id, version: program.version,
                    channelID: program.channel.id, channelKind: program.channel.kind, purpose: program.campaign.purpose,
                    topic: program.campaign.topic, brand: program.campaign.brand?.name,
                    currency: program.settings.currency, state: .planning, planCursor: ContactKey(rawValue: 0),
                    isPlanned: false, createdAt: now, finishedAt: nil, source: program.source,
                    templates: program.campaign.template.id.map { [program.sendStep: $0] } ?? [:]))
        }
    }

    /// The launch, if it may be taken up again; nil where a new one is to begin.
    private func resumable(_ launch: LaunchRecord) throws(LaunchRefusal) -> LaunchRecord? {
        let id = program.campaign.id
        switch launch.state {
        case .finished, .cancelled:
            guard !options.newLaunch else { return nil }
            throw LaunchRefusal(
                reason: launch.state.name, message: "`\(id)` is \(launch.state.name)",
                help: "`carillon run … --new-launch` sends it again, to everybody in the audience now")
        case .planning, .running, .paused:
            guard launch.version == program.version else {
                let changes = SourceChange.lines(from: launch.source, to: program.source)
                throw LaunchRefusal(
                    reason: "changed",
                    message: "`\(id)` has changed since its launch began:\n" + changes.joined(separator: "\n"),
                    help: "restore the file to resume, or `carillon cancel \(id)` and run it with --new-launch")
            }
            guard !options.newLaunch else {
                throw LaunchRefusal(
                    reason: "open", message: "the last launch of `\(id)` is not finished",
                    help: "run it without --new-launch to resume, or `carillon cancel \(id)` first")
            }
            return launch
        }
    }

    /// `expect` and `budget` refuse before the first send.
    private func checkGuards() throws(LaunchRefusal) {
        guard program.campaign.audience.expect != nil || program.campaign.budget != nil else { return }
        let report = try Planner(program: program, store: store, channel: channel, environment: environment)
            .plan(samples: 0)
        guard let broken = report.guards.first(where: { !$0.isHeld }) else { return }
        throw LaunchRefusal(
            reason: broken.name, message: broken.message,
            help: "`carillon plan` shows who is in the audience; change `\(broken.name)` if this is meant")
    }

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
        let query = program.audience(now: launch.createdAt)
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
        let counts = try refusing { () throws(StoreError) in try store.openReader().counts(of: launch.id) }
        guard counts.open > counts[.uncertain] else { return try end(launch, ledger, .settled) }

        let desk = Monitor(LaunchDesk())
        stop.onStop { desk.update { _ in } }
        let session: any ChannelSession
        do throws(ChannelSetupError) {
            session = try channel.open(report: { reports in desk.update { $0.reports.append(contentsOf: reports) } })
        } catch {
            throw LaunchRefusal(reason: "channel", message: error.message, help: error.help)
        }
        let window = channel.capabilities.inFlight
        let preparer = LaunchPreparer(
            program: program, launch: launch, channel: channel, store: store, desk: desk, environment: environment,
            ahead: window)
        let thread: WorkerThread
        do throws(ChannelSetupError) {
            thread = try WorkerThread { preparer.run() }
        } catch {
            session.finish(within: 0)
            throw LaunchRefusal(reason: "thread", message: error.message, help: error.help)
        }
        let ending = withoutActuallyEscaping(progress) { progress in
            LaunchCoordinator(
                program: program, launch: launch, ledger: ledger, store: store, session: session, window: window,
                desk: desk, stop: stop, retry: options.retry, environment: environment, counts: counts,
                reportProgress: progress
            ).run()
        }
        thread.join()
        return try end(launch, ledger, ending)
    }

    private func end(
        _ launch: LaunchRecord, _ ledger: any Ledger, _ ending: LaunchCoordinator.Ending
    ) throws(LaunchRefusal) -> LaunchResult {
        switch ending {
        case .stopped: return try result(of: launch, ending: .interrupted, note: nil)
        case .paused: return try result(of: launch, ending: .paused, note: nil)
        case .cancelled:
            // Rows that were written down or put back after the cancellation.
            try refusing { () throws(StoreError) in
                _ = try ledger.cancelOpen(launch.id, reason: "cancelled", now: environment.now())
            }
            return try result(of: launch, ending: .cancelled, note: nil)
        case .failed(let reason): return try result(of: launch, ending: .stopped, note: reason)
        case .settled:
            let counts = try refusing { () throws(StoreError) in try store.openReader().counts(of: launch.id) }
            if counts.open > 0 { return try result(of: launch, ending: .uncertain, note: nil) }
            try refusing { () throws(StoreError) in
                try ledger.setState(.finished, of: launch.id, now: environment.now())
            }
            return try result(of: launch, ending: .finished, note: nil)
        }
    }

    private func result(
        of launch: LaunchRecord, ending: LaunchResult.Ending, note: String?
    ) throws(LaunchRefusal) -> LaunchResult {
        let status = try refusing { () throws(StoreError) in
            try StatusReader(store: store, environment: environment).status(of: launch.program, isRunnerActive: false)
        }
        guard let status else { throw LaunchRefusal(reason: "store", message: "the launch is gone") }
        return LaunchResult(ending: ending, note: note, status: status)
    }

    private func refusing<Value>(_ body: () throws(StoreError) -> Value) throws(LaunchRefusal) -> Value {
        do throws(StoreError) {
            return try body()
        } catch {
            throw LaunchRefusal(reason: "store", message: LaunchCoordinator.describe(error))
        }
    }
}
