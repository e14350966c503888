import Synchronization

/// Asks a running launch to drain: begin nothing new, wait for what is on its way, write it down and end.
package final class StopSignal: Sendable {
    private let isRaised = Atomic<Bool>(false)
    /// A run that waits goes on when these are called.
    private let wakers = Mutex<[@Sendable () -> Void]>([])

    package init() {}

    package var isStopping: Bool {
        isRaised.load(ordering: .acquiring)
    }

    /// May be called from any thread, but not from a signal handler.
    package func stop() {
        isRaised.store(true, ordering: .releasing)
        for wake in wakers.withLock({ $0 }) { wake() }
    }

    /// Lets the run look for work at once: somebody knows that there is some.
    package func nudge() {
        for wake in wakers.withLock({ $0 }) { wake() }
    }

    func onStop(_ wake: @escaping @Sendable () -> Void) {
        wakers.withLock { $0.append(wake) }
    }
}
