package import RuleEngine

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
    /// - Parameter goal: the program's, where its report is to say who reached it.
    /// - Parameter isRunnerActive: whether a process holds the runner's lock; without one, a launch that is running
    ///   was interrupted.
    package func status(
        of program: String, isRunnerActive: Bool, verify: Bool = false, goal: CheckedGoal? = nil
    ) throws(StoreError) -> StatusReport? {
        let reader = try store.openReader()
        let own = try reader.launches().filter { $0.program == program }
        // A recurring campaign has its next launch written down already; what is told is how the last one went.
        guard let launch = own.last(where: { $0.state != .scheduled }) ?? own.last else { return nil }
        let counts = try reader.counts(of: launch.id)
        var report = StatusReport(
            id: launch.program, launch: launch.id, version: launch.version, channel: launch.channelID,
            state: Self.state(of: launch, counts: counts, isRunnerActive: isRunnerActive), counts: counts,
            cost: Money(micros: counts.costMicros, currency: launch.currency), createdAt: launch.createdAt,
            finishedAt: launch.finishedAt, nextRetry: try reader.nextDue(of: launch.id),
            violations: verify ? try reader.verify(launch.id, now: environment.now()) : nil,
            news: try reader.news(of: launch.id))
        report.note = launch.note
        report.phase = launch.phase
        report.nextStart = own.last { $0.state == .scheduled && $0.id > launch.id }?.phase.startsAt
        if let decided = try reader.verdict(of: launch.id) {
            report.verdict = decided.verdict
            report.decidedAt = decided.decidedAt
        }
        if let goal { report.goals = try reader.goals(of: launch.id, goal) }
        return report
    }

    private static func state(of launch: LaunchRecord, counts: LaunchCounts, isRunnerActive: Bool) -> String {
        switch launch.state {
        case .planning, .running:
            if isRunnerActive { return launch.state.name }
            return launch.isPlanned && counts.open == counts[.uncertain] && counts.open > 0
                ? "uncertain" : "interrupted"
        case .paused, .finished, .cancelled, .killed, .scheduled: return launch.state.name
        }
    }
}
