import RuleEngine

/// Reads where launches stand.
package struct StatusReader {
    private let store: any Store
    private let environment: RunnerEnvironment

    package init(store: any Store, environment: RunnerEnvironment) {
        self.store = store
        self.environment = environment
    }

    /// Nil where the program was never launched.
    ///
    /// - Parameter isRunnerActive: whether a process holds the runner's lock; without one, a launch that is running
    ///   was interrupted.
    package func status(
        of program: String, isRunnerActive: Bool, verify: Bool = false
    ) throws(StoreError) -> StatusReport? {
        let reader = try store.openReader()
        guard let launch = try reader.latestLaunch(of: program) else { return nil }
        let counts = try reader.counts(of: launch.id)
        return StatusReport(
            id: launch.program, launch: launch.id, version: launch.version, channel: launch.channelID,
            state: Self.state(of: launch, counts: counts, isRunnerActive: isRunnerActive), counts: counts,
            cost: Money(micros: counts.costMicros, currency: launch.currency), createdAt: launch.createdAt,
            finishedAt: launch.finishedAt, nextRetry: try reader.nextDue(of: launch.id),
            violations: verify ? try reader.verify(launch.id, now: environment.now()) : nil,
            news: try reader.news(of: launch.id))
    }

    private static func state(of launch: LaunchRecord, counts: LaunchCounts, isRunnerActive: Bool) -> String {
        switch launch.state {
        case .planning, .running:
            if isRunnerActive { return launch.state.name }
            return launch.isPlanned && counts.open == counts[.uncertain] && counts.open > 0
                ? "uncertain" : "interrupted"
        case .paused, .finished, .cancelled: return launch.state.name
        }
    }
}
