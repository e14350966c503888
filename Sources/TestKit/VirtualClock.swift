package import RuleEngine
package import Runner
import Synchronization

/// A clock that stands still until somebody moves it, and never goes back.
package final class VirtualClock: Sendable {
    private let instant: Mutex<Timestamp>

    package init(_ start: Timestamp) {
        instant = Mutex(start)
    }

    package var now: Timestamp { instant.withLock { $0 } }

    package func move(to time: Timestamp) {
        instant.withLock { $0 = max($0, time) }
    }

    package func advance(hours: Double) {
        instant.withLock { $0 = $0.adding(seconds: hours * 3600) }
    }

    /// A runner's surroundings in which seconds pass as this clock is moved.
    package var environment: RunnerEnvironment {
        RunnerEnvironment(
            now: { self.now }, monotonic: { Double(self.now.microseconds) / 1_000_000 }, random: { 0.5 })
    }

    /// The same for code whose threads wait for real while the date stands still.
    package var datedEnvironment: RunnerEnvironment {
        RunnerEnvironment(now: { self.now }, monotonic: RunnerEnvironment.live.monotonic, random: { 0 })
    }
}
