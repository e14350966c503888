import Synchronization

/// Asks a running launch to drain: begin nothing new, wait for what is on its way, write it down and end.
package final class StopSignal: Sendable {
    private let isRaised = Atomic<Bool>(false)
    /// A run that waits goes on when these are called.
    private let wakers = Mutex<[@Sendable () -> Void]>([])
    /// How often somebody nudged, for those who wait here.
    private let nudges = Monitor(0)

    package init() {}

    package var isStopping: Bool {
        isRaised.load(ordering: .acquiring)
    }

    /// May be called from any thread, but not from a signal handler.
    package func stop() {
        isRaised.store(true, ordering: .releasing)
        nudge()
    }

    /// Lets the run look for work at once: somebody knows that there is some.
    package func nudge() {
        nudges.update { $0 += 1 }
        for wake in wakers.withLock({ $0 }) { wake() }
    }

    /// Waits until somebody stops the run or nudges it, or time is up.
    ///
    /// - Parameter isOver: another reason to go on at once; whoever makes it true nudges.
    package func wait(atMost seconds: Double, unless isOver: () -> Bool = { false }) {
        var seen: Int?
        _ = nudges.wait(atMost: seconds) { count -> Bool? in
            if isStopping || isOver() { return true }
            defer { seen = seen ?? count }
            return seen.map { $0 == count } ?? true ? nil : true
        }
    }

    func onStop(_ wake: @escaping @Sendable () -> Void) {
        wakers.withLock { $0.append(wake) }
    }
}
