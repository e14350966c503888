/// How fast an account takes messages, learned from being told that it sends too fast: providers' limits depend on contracts,
/// numbers and days, and whoever runs into them again and again is throttled for longer.
///
/// The first refusal sets the pace to what was accepted in the second before. From there it grows by a fiftieth a second, and is
/// set back to the average at the next refusal, so that it stays near a limit that nobody has told us, and finds one that was raised.
struct LearnedPace: Sendable {
    private static let growth = 0.02
    private static let leastGrowth = 0.2
    private static let caution = 0.95
    /// Messages a second; slower than this is no pace but a pause, which the provider states.
    private static let least = 0.5
    private static let slots = 10

    /// Accepted in each tenth of the last second, and which tenth that is.
    private var accepted = [Int](repeating: 0, count: slots)
    private var slot: Int64 = 0
    private var pace: Double?
    private var grownAt = 0.0
    private var refusedAt = -Double.infinity
    /// Since then.
    private var acceptedSince = 0
    private var tokens = 0.0
    /// Refusals until then are of the same moment.
    private var quietUntil = -Double.infinity

    init() {}

    mutating func accept(now: Double) {
        turn(to: now)
        accepted[Int(slot % Int64(Self.slots))] += 1
        acceptedSince += 1
    }

    /// - Parameter wait: seconds that the provider asks for.
    mutating func refuse(now: Double, wait: Double) {
        guard now >= quietUntil else { return }
        turn(to: now)
        grow(now: now)
        let seen = Double(accepted.reduce(0, +)) * Self.caution
        var next = seen
        if let pace {
            // What a provider saves up for a second that is slow is used up at both refusals: between them the limit itself was
            // accepted, or less where there was less to send.
            let average = Double(acceptedSince) / max(1, now - refusedAt)
            next = min(pace * Self.caution, max(average * Self.caution, pace / 2))
        }
        pace = max(Self.least, next)
        refusedAt = now
        acceptedSince = 0
        grownAt = now
        tokens = 0
        quietUntil = now + max(wait, 1)
    }

    /// How many may be begun now.
    mutating func available(now: Double) -> Int {
        guard pace != nil else { return .max }
        grow(now: now)
        return max(0, Int(tokens))
    }

    mutating func take(_ count: Int, now: Double) {
        guard pace != nil else { return }
        grow(now: now)
        tokens -= Double(count)
    }

    /// Seconds until one more may be begun.
    mutating func delay(now: Double) -> Double {
        grow(now: now)
        guard let pace, tokens < 1 else { return 0 }
        return (1 - tokens) / pace
    }

    private mutating func grow(now: Double) {
        guard let old = pace, now > grownAt else { return }
        let seconds = now - grownAt
        // A wait of a day is none of growing: whoever was refused then begins where they were.
        let new = old + max(Self.leastGrowth, old * Self.growth) * min(seconds, 60)
        // A quarter of a second's worth at most, so that a pause becomes no burst.
        tokens = min(max(1, new / 4), tokens + seconds * (old + new) / 2)
        pace = new
        grownAt = now
    }

    private mutating func turn(to now: Double) {
        let current = Int64(now * Double(Self.slots))
        guard current > slot else { return }
        for passed in max(slot + 1, current - Int64(Self.slots) + 1)...current {
            accepted[Int(passed % Int64(Self.slots))] = 0
        }
        slot = current
    }
}
