import Glibc
package import RuleEngine

/// Time and chance, as the runner gets them. Only the command line and tests make one.
package struct RunnerEnvironment: Sendable {
    package var now: @Sendable () -> Timestamp
    /// Seconds that never jump, for waiting and for rates.
    package var monotonic: @Sendable () -> Double
    /// A fraction in 0..<1, for jitter.
    package var random: @Sendable () -> Double

    package init(
        now: @escaping @Sendable () -> Timestamp, monotonic: @escaping @Sendable () -> Double,
        random: @escaping @Sendable () -> Double
    ) {
        self.now = now
        self.monotonic = monotonic
        self.random = random
    }

    /// The machine's clocks and its random source.
    package static let live = RunnerEnvironment(
        now: {
            let time = read(CLOCK_REALTIME)
            return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
        },
        monotonic: {
            let time = read(CLOCK_MONOTONIC)
            return Double(time.tv_sec) + Double(time.tv_nsec) / 1_000_000_000
        },
        random: { Double.random(in: 0..<1) }
    )

    private static func read(_ clock: clockid_t) -> timespec {
        var time = timespec()
        clock_gettime(clock, &time)
        return time
    }
}
