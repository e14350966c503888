package import Channels
package import RuleEngine

/// The long-running process: takes up what is live, turns the engine, and sleeps in between.
package struct JourneyRunner {
    package struct Progress: Sendable {
        package var tally: JourneyEngine.Tally
        package var programs: Int
        package var inFlight: Int
        package var nextDue: Timestamp?
    }

    /// Seconds between two looks at what other processes have written.
    private static let glance: Double = 0.2
    /// Seconds between two looks at what is live.
    private static let reload: Double = 1

    private let store: any Store
    private let journeys: any JourneyStore
    private let loader: ProgramLoader
    private let factory: (CheckedChannel) throws(ChannelSetupError) -> any Channel
    private let environment: RunnerEnvironment
    private let calls: (any CallMaking)?
    private let endpoints: EndpointSettings?
    private let options: JourneyEngine.Options
    private let limits: AccountLimitsBook

    /// - Parameter endpoints: whether calls can be made at all is said once for each program that makes them.
    /// - Parameter limits: shared with campaigns that run beside it.
    package init(
        store: any Store, journeys: any JourneyStore, loader: ProgramLoader, environment: RunnerEnvironment,
        calls: (any CallMaking)? = nil, endpoints: EndpointSettings? = nil,
        options: JourneyEngine.Options = JourneyEngine.Options(), limits: AccountLimitsBook,
        channel: @escaping (CheckedChannel) throws(ChannelSetupError) -> any Channel
    ) {
        self.store = store
        self.journeys = journeys
        self.loader = loader
        self.environment = environment
        self.calls = calls
        self.endpoints = endpoints
        self.options = options
        self.limits = limits
        factory = channel
    }

    /// Runs until `stop` is raised; with `untilIdle` until nothing is due now and nothing is on its way.
    ///
    /// - Parameter atEnd: while the runner's lock is still held, for whoever works beside the engine.
    package func run(
        stop: StopSignal, untilIdle: Bool, warn: (String) -> Void, progress: (Progress) -> Void,
        atEnd: () -> Void = {}
    ) throws(LaunchRefusal) -> JourneyEngine.Tally {
        let lock = try store.acquireRunner(takesCampaigns: !untilIdle)
        defer { withExtendedLifetime(lock) {} }
        defer { atEnd() }
        do throws(StoreError) {
            _ = try store.openLedger().beginEpoch(now: environment.now())
            // Somebody may have been killed in the middle of moving people to a new version.
            for problem in try VersionChange.finishMoves(store: journeys, loader: loader, now: environment.now()) {
                warn(problem)
            }
            let programs = try loader.load() ?? LivePrograms()
            for failure in loader.failures { warn("`\(failure.program)`: \(failure.message)") }
            lookAtEndpoints(programs, warn)
            try watch(programs)
            let engine = JourneyEngine(
                programs: programs, store: journeys, channels: open(programs, warn), key: store.key,
                environment: environment, options: options, calls: calls, limits: limits)
            let waker = engine.waker
            stop.onStop { waker.wake() }
            try turn(engine, stop: stop, untilIdle: untilIdle, warn: warn, progress: progress)
            try engine.drain(within: 30)
            return engine.tally
        } catch {
            throw LaunchRefusal(reason: "store", message: LaunchCoordinator.describe(error))
        }
    }

    private func turn(
        _ engine: JourneyEngine, stop: StopSignal, untilIdle: Bool, warn: (String) -> Void, progress: (Progress) -> Void
    ) throws(StoreError) {
        var loadedAt = environment.monotonic()
        while !stop.isStopping {
            let now = environment.monotonic()
            if engine.isOutdated || now - loadedAt >= Self.reload {
                loadedAt = now
                try engine.retire()
                if let programs = try loader.load() {
                    for failure in loader.failures { warn("`\(failure.program)`: \(failure.message)") }
                    lookAtEndpoints(programs, warn)
                    try watch(programs)
                    engine.replace(programs, channels: open(programs, warn))
                } else {
                    // It is as it was before: somebody has paused a program and let it go on again.
                    engine.isOutdated = false
                }
            }
            let hasWorked: Bool
            do throws(StoreError) {
                hasWorked = try engine.turn()
            } catch {
                // Another process may hold the lock for as long as it likes: nothing was written, nothing is lost.
                guard error == .busy else { throw error }
                continue
            }
            for warning in engine.takeWarnings() { warn(warning) }
            let next = hasWorked ? nil : try engine.nextDue()
            progress(
                Progress(
                    tally: engine.tally, programs: engine.programs.versions.count, inFlight: engine.inFlightCount,
                    nextDue: next))
            if hasWorked {
                engine.rest()
                continue
            }
            let isDue = next.map { $0 <= environment.now() } ?? false
            if untilIdle, engine.inFlightCount == 0, !isDue { return }
            engine.wait(atMost: Self.glance)
        }
    }

    /// Says which fields matter now. What somebody has activated in between has said so itself, and stays.
    private func watch(_ programs: LivePrograms) throws(StoreError) {
        try journeys.transaction { () throws(StoreError) in
            let isWhole = programs.agree(with: try journeys.liveStates())
            try journeys.watch(programs.watchedFields, inPlaceOfOthers: isWhole && programs.unusable.isEmpty)
        }
    }

    private func lookAtEndpoints(_ programs: LivePrograms, _ warn: (String) -> Void) {
        guard let endpoints else { return }
        var told: Set<String> = []
        for version in programs.versions.values.sorted(by: { $0.launch.id < $1.launch.id }) {
            for fault in endpoints.faults(in: version.graph) where told.insert(fault.message).inserted {
                warn("\(fault.message); calls of it wait; \(fault.help)")
            }
        }
    }

    /// Every channel that some live program names and that can be opened. What can't be is said once, and its messages
    /// wait.
    private func open(_ programs: LivePrograms, _ warn: (String) -> Void) -> [String: OpenChannel] {
        var channels: [String: OpenChannel] = [:]
        for version in programs.entrances + Array(programs.versions.values) {
            for declaration in version.graph.channels(in: version.project) where channels[declaration.id] == nil {
                do throws(ChannelSetupError) {
                    channels[declaration.id] = OpenChannel(
                        declaration: declaration, channel: try factory(declaration))
                } catch {
                    warn("channel `\(declaration.id)`: \(error.message); its messages wait")
                }
            }
        }
        return channels
    }
}
