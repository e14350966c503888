package import Channels
package import RuleEngine

/// Keeps the campaigns of a data folder going: says what is due next, and starts or goes on with it. For a runner that
/// stays: whoever owns one holds the runner's lock and has begun its epoch, unless it says that it holds no lock.
///
/// Launches go one after the other, each until nothing is left to do now; a launch that waits for an hour, a stage or a
/// retry keeps nobody else waiting.
package final class CampaignScheduler {
    /// A campaign that compiled, with a channel for each of its lanes.
    package struct Opened {
        package var program: CampaignProgram
        package var channels: [any Channel]

        package init(program: CampaignProgram, channels: [any Channel]) {
            self.program = program
            self.channels = channels
        }
    }

    package struct Due: Sendable, Equatable {
        package var program: String
        package var launch: LaunchID
        package var at: Timestamp
        /// It is known why it did not go on.
        var hasNote = false
    }

    /// What became of one turn.
    package struct Turn: Sendable {
        package var program: String
        /// Nil where the campaign could not be opened or was refused; it is paused then, with the reason.
        package var result: LaunchResult?
        package var refusal: LaunchRefusal?
    }

    private let store: any Store
    private let environment: RunnerEnvironment
    private let retry: RetryPolicy
    private let isLocked: Bool
    private let limits: AccountLimitsBook
    private let open: (String) throws(LaunchRefusal) -> Opened
    /// When a launch that waits is to be looked at again; those that are not here are looked at now.
    private var waiting: [LaunchID: Timestamp] = [:]
    /// A launch whose channel can't be used, or of which nothing is known to come, is looked at again after this.
    private static let secondLook: Double = 60

    /// - Parameter limits: shared with the engine beside it.
    package init(
        store: any Store, environment: RunnerEnvironment, retry: RetryPolicy = .standard, isLocked: Bool = true,
        limits: AccountLimitsBook,
        open: @escaping (String) throws(LaunchRefusal) -> Opened
    ) {
        self.store = store
        self.environment = environment
        self.retry = retry
        self.isLocked = isLocked
        self.limits = limits
        self.open = open
    }

    /// What is to be done, the earliest first.
    package func due() throws(StoreError) -> [Due] {
        let now = environment.now()
        var latest: [String: LaunchRecord] = [:]
        for launch in try store.openReader().launches() where launch.isCampaign {
            latest[launch.program] = launch
        }
        var due: [Due] = []
        for launch in latest.values {
            let at: Timestamp
            switch launch.state {
            case .scheduled: at = waiting[launch.id] ?? launch.phase.startsAt ?? now
            case .planning, .running: at = waiting[launch.id] ?? now
            case .paused, .finished, .cancelled, .killed:
                waiting[launch.id] = nil
                continue
            }
            due.append(
                Due(program: launch.program, launch: launch.id, at: at, hasNote: launch.note != nil))
        }
        return due.sorted { ($0.at, $0.launch) < ($1.at, $1.launch) }
    }

    package func nextDue() throws(StoreError) -> Timestamp? {
        try due().first?.at
    }

    /// Does what is due now for one launch. Nil when nothing was.
    package func turn(
        stop: StopSignal, progress: (String, LaunchProgress) -> Void = { _, _ in }
    ) throws(StoreError) -> Turn? {
        guard let next = try due().first, next.at <= environment.now() else { return nil }
        do throws(LaunchRefusal) {
            let opened = try open(next.program)
            if next.hasNote { try? store.openLedger().note(nil, on: next.launch) }
            var options = Launcher.Options()
            options.retry = retry
            options.isLocked = isLocked
            options.owner = nil
            options.returnsWhenIdle = true
            let result = try Launcher(
                program: opened.program, store: store, channels: opened.channels, environment: environment,
                options: options, limits: limits
            ).run(stop: stop) { progress(next.program, $0) }
            note(next.launch, result)
            return Turn(program: next.program, result: result, refusal: nil)
        } catch {
            try pause(next, error)
            return Turn(program: next.program, result: nil, refusal: error)
        }
    }

    private func note(_ launch: LaunchID, _ result: LaunchResult) {
        switch result.ending {
        case .waiting: waiting[launch] = result.dueAt ?? environment.now().adding(seconds: Self.secondLook)
        case .stopped, .uncertain, .interrupted, .left:
            waiting[launch] = environment.now().adding(seconds: Self.secondLook)
        case .finished, .paused, .cancelled, .killed: waiting[launch] = nil
        }
    }

    /// A campaign that is refused waits for a person; a channel or a store that fails is tried again.
    private func pause(_ due: Due, _ refusal: LaunchRefusal) throws(StoreError) {
        guard !["channel", "store", "locked", "thread"].contains(refusal.reason) else {
            waiting[due.launch] = environment.now().adding(seconds: Self.secondLook)
            try store.openLedger().note(refusal.message, on: due.launch)
            return
        }
        try store.openLedger().setState(
            .paused, of: due.launch, note: refusal.message, now: environment.now())
    }
}
