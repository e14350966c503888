import RuleEngine

/// Where a runner of another process has the right to send and takes campaigns: the launch is written down for it, and
/// followed to its end. The row of the launch is all that passes between them.
extension Launcher {
    /// Seconds between two looks at the launch.
    private static let glance = 0.1
    /// Counting reads every row of the launch, so that it must not take more than a tenth of the time.
    private static let shareOfTime = 10.0

    /// Nil where no such runner is there, or not any more: what it was given can then be taken up like any launch.
    func handOver(stop: StopSignal, progress: (LaunchProgress) -> Void) throws(LaunchRefusal) -> LaunchResult? {
        guard try taker() != nil else { return nil }
        let ledger = try refusing { () throws(StoreError) in try store.openLedger() }
        let scheduled = program.moment == nil ? nil : try schedule()
        let launch = if let scheduled { scheduled } else { try beginOrResume(ledger) }
        return try follow(launch.id, stop: stop, progress: progress)
    }

    func taker() throws(LaunchRefusal) -> RunnerHolder? {
        let holder = try refusing { () throws(StoreError) in try store.runner() }
        return holder?.takesCampaigns == true ? holder : nil
    }

    private func follow(
        _ id: LaunchID, stop: StopSignal, progress: (LaunchProgress) -> Void
    ) throws(LaunchRefusal) -> LaunchResult? {
        let reader = try refusing { () throws(StoreError) in try store.openReader() }
        var nextCount = 0.0
        var rate = FollowedRate()
        while true {
            guard let launch = try refusing({ () throws(StoreError) in try reader.launch(id) }) else {
                throw LaunchRefusal(reason: "store", message: "the launch is gone")
            }
            switch launch.state {
            case .finished:
                let next = try refusing { () throws(StoreError) in
                    try reader.latestLaunch(of: launch.program).flatMap { $0.id > id ? $0.phase.startsAt : nil }
                }
                return try result(of: launch, ending: .finished, dueAt: next)
            case .paused: return try result(of: launch, ending: .paused)
            case .cancelled: return try result(of: launch, ending: .cancelled)
            case .killed: return try result(of: launch, ending: .killed)
            case .scheduled:
                var waiting = LaunchProgress(
                    phase: .waiting, audience: 0, settled: 0, accepted: 0, skipped: 0, inFlight: 0, rate: 0,
                    note: launch.note)
                waiting.startsAt = launch.phase.startsAt
                progress(waiting)
            case .planning, .running:
                let now = environment.monotonic()
                guard now >= nextCount else { break }
                let counts = try refusing { () throws(StoreError) in try reader.counts(of: id) }
                // What the launcher itself takes for its end.
                if launch.isPlanned, counts.open > 0, counts.open == counts[.uncertain], counts.watched == 0 {
                    return try result(of: launch, ending: .uncertain)
                }
                progress(
                    LaunchProgress(
                        phase: launch.isPlanned ? .sending : .planning, audience: counts.audience,
                        settled: counts.audience - counts.open, accepted: counts[.accepted],
                        skipped: counts[.skipped], inFlight: counts[.sending],
                        rate: rate.note(counts[.accepted], at: now), note: launch.note))
                nextCount = now + max(Self.glance, (environment.monotonic() - now) * Self.shareOfTime)
            }
            guard let taker = try taker() else { return nil }
            if stop.isStopping {
                return try result(
                    of: launch, ending: .left,
                    note: "\(taker.name) goes on with it; `carillon pause \(launch.program)` lets it rest")
            }
            stop.wait(atMost: Self.glance)
        }
    }
}

/// Accepted per second, over the last few seconds.
private struct FollowedRate {
    private var seen: [(at: Double, accepted: Int)] = []

    mutating func note(_ accepted: Int, at now: Double) -> Double {
        seen.append((now, accepted))
        while seen.count > 2, now - seen[0].at > 3 { seen.removeFirst() }
        let passed = now - seen[0].at
        return passed > 0 ? Double(accepted - seen[0].accepted) / passed : 0
    }
}
