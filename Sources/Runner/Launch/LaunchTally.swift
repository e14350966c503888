import RuleEngine

/// The running figures of a launch, kept so that a progress line needs no query.
struct LaunchTally {
    private let audience: Int
    private var acceptedCount: Int
    private var skippedCount: Int
    private var settledCount: Int
    /// Cost of accepted rows, and what rows in flight or uncertain have reserved.
    private var committedMicros: Int64
    private var lastProgress: Double
    /// Accepted per second of late.
    private(set) var rate: Double = 0
    private var acceptedAtLastProgress: Int

    private static let interval = 0.2

    init(counts: LaunchCounts, now: Double) {
        audience = counts.audience
        acceptedCount = counts[.accepted]
        skippedCount = counts[.skipped]
        settledCount = counts.audience - counts.open
        committedMicros = counts.costMicros + counts.reservedMicros
        lastProgress = now
        acceptedAtLastProgress = acceptedCount
    }

    func hasBudget(for micros: Int64, limit: Money?) -> Bool {
        guard let limit else { return true }
        return committedMicros + micros <= limit.micros
    }

    mutating func reserve(_ micros: Int64) {
        committedMicros += micros
    }

    mutating func release(_ micros: Int64) {
        committedMicros -= micros
    }

    /// Its cost was reserved before, and stays.
    mutating func accepted() {
        acceptedCount += 1
        settledCount += 1
    }

    mutating func settledWithoutCost(_ micros: Int64) {
        committedMicros -= micros
        settledCount += 1
    }

    mutating func skipped(_ count: Int) {
        skippedCount += count
        settledCount += count
    }

    mutating func isProgressDue(now: Double) -> Bool {
        guard now - lastProgress >= Self.interval else { return false }
        let current = Double(acceptedCount - acceptedAtLastProgress) / (now - lastProgress)
        rate = rate == 0 ? current : rate * 0.8 + current * 0.2
        acceptedAtLastProgress = acceptedCount
        lastProgress = now
        return true
    }

    func progress(phase: LaunchProgress.Phase, inFlight: Int, note: String? = nil) -> LaunchProgress {
        LaunchProgress(
            phase: phase, audience: audience, settled: settledCount, accepted: acceptedCount, skipped: skippedCount,
            inFlight: inFlight, rate: rate, note: note)
    }
}
