import Synchronization

/// How many messages each account of a provider may still send: buckets that fill up once a second.
final class RateLimits: Sendable {
    private struct Bucket {
        var left: Double
        /// Monotonic nanoseconds.
        var at: UInt64
    }

    private let perSecond: @Sendable (_ provider: String) -> Double?
    private let buckets = Mutex<[String: Bucket]>([:])

    init(perSecond: @escaping @Sendable (_ provider: String) -> Double?) {
        self.perSecond = perSecond
    }

    /// Takes one; where there is none left, the whole seconds to wait.
    func take(_ provider: String, _ channel: String, now: UInt64) -> Int? {
        guard let rate = perSecond(provider) else { return nil }
        return buckets.withLock { buckets in
            // A second's worth may come at once.
            var bucket = buckets["\(provider)/\(channel)"] ?? Bucket(left: max(1, rate), at: now)
            bucket.left = min(max(1, rate), bucket.left + Double(now &- bucket.at) / 1e9 * rate)
            bucket.at = now
            defer { buckets["\(provider)/\(channel)"] = bucket }
            guard bucket.left >= 1 else { return 1 }
            bucket.left -= 1
            return nil
        }
    }
}
