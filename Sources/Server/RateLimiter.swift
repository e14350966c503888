import Synchronization

/// Lets each caller do something so often, and no more: a bucket that fills with time. It remembers a bounded number of
/// callers; when there are more, the ones that have been quiet are forgotten first.
final class RateLimiter: Sendable {
    private struct Bucket {
        var tokens: Double
        var at: ContinuousClock.Instant
    }

    private let burst: Double
    private let perSecond: Double
    private let most: Int
    private let buckets = Mutex<[String: Bucket]>([:])

    /// - Parameters:
    ///   - burst: how often at once.
    ///   - seconds: after which all of them are there again.
    init(_ burst: Int, per seconds: Double, most: Int = 50_000) {
        self.burst = Double(burst)
        perSecond = Double(burst) / seconds
        self.most = most
    }

    /// Nil where it may go on; otherwise the whole seconds after which to come again.
    func delay(for caller: String, now: ContinuousClock.Instant = .now) -> Int? {
        buckets.withLock { buckets in
            if buckets.count >= most, buckets[caller] == nil { forget(&buckets, now) }
            var bucket = buckets[caller] ?? Bucket(tokens: burst, at: now)
            let passed = bucket.at.duration(to: now) / .seconds(1)
            bucket.tokens = min(burst, bucket.tokens + max(0, passed) * perSecond)
            bucket.at = now
            defer { buckets[caller] = bucket }
            guard bucket.tokens < 1 else {
                bucket.tokens -= 1
                return nil
            }
            return max(1, Int(((1 - bucket.tokens) / perSecond).rounded(.up)))
        }
    }

    /// Whoever would have a full bucket is as good as new. Where that is nobody, the limit is worth more than the memory of
    /// those who have used least of theirs.
    private func forget(_ buckets: inout [String: Bucket], _ now: ContinuousClock.Instant) {
        buckets = buckets.filter { $0.value.tokens + $0.value.at.duration(to: now) / .seconds(1) * perSecond < burst }
        guard buckets.count >= most else { return }
        let spent = buckets.sorted { $0.value.tokens < $1.value.tokens }.prefix(most / 2)
        buckets = Dictionary(uniqueKeysWithValues: spent.map { ($0.key, $0.value) })
    }
}
