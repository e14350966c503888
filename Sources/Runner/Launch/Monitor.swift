import Channels
import Glibc

/// State behind a lock, and a way to wait until somebody changes it.
///
/// The runner's threads block in SQLite, sockets and file sync, so they are real threads and not tasks: a blocked
/// task would take one of as many pool threads as there are cores.
final class Monitor<State>: @unchecked Sendable {
    // Safe to share: `state` is only touched with `lock` held.
    private let lock = WaitingLock()
    private var state: State

    init(_ state: State) {
        self.state = state
    }

    /// Changes the state and wakes everybody who waits for it.
    func update<Result>(_ body: (inout State) throws -> Result) rethrows -> Result {
        try lock.locked {
            defer { lock.wakeAll() }
            return try body(&state)
        }
    }

    /// Looks at the state, or takes from it, without waking anybody.
    func withState<Result>(_ body: (inout State) throws -> Result) rethrows -> Result {
        try lock.locked { try body(&state) }
    }

    /// Waits until `body` gives a value, and gives it; nil when the time is over first.
    func wait<Result>(atMost seconds: Double, for body: (inout State) throws -> Result?) rethrows -> Result? {
        var deadline = timespec()
        clock_gettime(CLOCK_MONOTONIC, &deadline)
        let nanoseconds = Int(min(max(seconds, 0), 86_400) * 1_000_000_000) + deadline.tv_nsec
        deadline.tv_sec += nanoseconds / 1_000_000_000
        deadline.tv_nsec = nanoseconds % 1_000_000_000
        return try lock.locked {
            while true {
                if let result = try body(&state) { return result }
                if !lock.wait(until: deadline) { return try body(&state) }
            }
        }
    }
}
