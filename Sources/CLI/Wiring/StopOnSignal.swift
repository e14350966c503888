import Dispatch
import Glibc
import Runner
import Synchronization

/// Turns Ctrl-C and SIGTERM into a request to drain. A second one ends the process at once, which is safe as well: the
/// ledger knows what was on its way.
enum StopOnSignal {
    /// Call before any thread is started: threads inherit which signals are blocked, and only the one that waits for
    /// them may take them.
    static func install(_ stop: StopSignal, note: @escaping @Sendable (String) -> Void) {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGINT)
        sigaddset(&signals, SIGTERM)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        let awaited = signals
        DispatchQueue(label: "carillon.signals").async {
            var awaited = awaited
            var number: Int32 = 0
            sigwait(&awaited, &number)
            note("finishing what is on its way; once more to end at once")
            stop.stop()
            sigwait(&awaited, &number)
            _exit(128 + number)
        }
    }
}
