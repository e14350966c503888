import RuleEngine

/// The running figures of a launch, kept so that a progress line needs no query.
struct LaunchTally {
    private let audience: Int
    private var acceptedCount: Int
    private var skippedCount: Int
    private var settledCount: Int
    /// Cost of accepted rows, and what rows in flight or uncertain have reserved.
    private var committedMicros: Int64
    private let budget: Money?
    /// In millionths of the budget.
    private let warnAt: Int64?
    private var lastProgress: Double
    /// Accepted per second of late.
    private(set) var rate: Double = 0
    private var acceptedAtLastProgress: Int

    private static let interval = 0.2

    init(counts: LaunchCounts, budget: Money?, warnAt: Int64?, now: Double) {
        self.budget = budget
        self.warnAt = warnAt
        audience = counts.audience
        acceptedCount = counts[.accepted]
        skippedCount = counts[.skipped]
        settledCount = counts.audience - counts.open
        committedMicros = counts.costMicros + counts.reservedMicros
        lastProgress = now
        acceptedAtLastProgress = acceptedCount
    }

    func hasBudget(for micros: Int64) -> Bool {
        guard let budget else { return true }
        return committedMicros + micros <= budget.micros
    }

    /// What somebody is to be told about the budget.
    var warning: String? {
        guard let budget, let warnAt, budget.micros > 0,
            Double(committedMicros) >= Double(budget.micros) * Double(warnAt) / 1_000_000
        else { return nil }
        return "\(committedMicros * 100 / budget.micros)% of the budget is spent or reserved"
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
