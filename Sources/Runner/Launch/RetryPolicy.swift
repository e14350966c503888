/// When a recipient whom the provider turned away for now is tried again.
package struct RetryPolicy: Sendable {
    /// Seconds before the second, third … attempt. When they are used up, the delivery has failed.
    package var delays: [Double]
    /// Seconds without one usable answer after which the launch stops and leaves its rows open.
    package var unreachableAfter: Double

    package init(delays: [Double], unreachableAfter: Double) {
        self.delays = delays
        self.unreachableAfter = unreachableAfter
    }

    /// Greylisting lets a second attempt through after some minutes; full mailboxes and overload take longer.
    package static let standard = RetryPolicy(delays: [15, 60, 300, 900, 3600], unreachableAfter: 60)

    /// Seconds to wait after this attempt (counted from one), or nil when there are to be no more. Jitter spreads a
    /// wave that failed together over half to one and a half times the delay.
    ///
    /// - Parameter retryAfter: what the provider asked of the account, which is no recipient's fault: they are next when it may
    ///   send again, however often that happens.
    func delay(afterAttempt attempt: Int, retryAfter: Double?, random: Double) -> Double? {
        if let retryAfter { return retryAfter + random * min(1, retryAfter) }
        guard attempt >= 1, attempt <= delays.count else { return nil }
        return delays[attempt - 1] * (0.5 + random)
    }
}
