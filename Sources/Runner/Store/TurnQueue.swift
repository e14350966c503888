import Channels
import Glibc

/// A lock that is given in the order in which it was asked for. For threads that block; a Task must not.
package final class TurnQueue: @unchecked Sendable {
    // Safe to share: everything below is only touched with `lock` held.
    private let lock = WaitingLock()
    private var waiting: [UInt64] = []
    private var isTaken = false
    private var lastTicket: UInt64 = 0

    package init() {}

    /// False when the time is over first.
    package func enter(within milliseconds: Int32) -> Bool {
        var deadline = timespec()
        clock_gettime(CLOCK_MONOTONIC, &deadline)
        let nanoseconds = Int(milliseconds) * 1_000_000 + deadline.tv_nsec
        deadline.tv_sec += nanoseconds / 1_000_000_000
        deadline.tv_nsec = nanoseconds % 1_000_000_000
        return lock.locked {
            lastTicket += 1
            let ticket = lastTicket
            waiting.append(ticket)
            while isTaken || waiting.first != ticket {
                if lock.wait(until: deadline) { continue }
                if !isTaken, waiting.first == ticket { break }
                waiting.removeAll { $0 == ticket }
                // Whoever stood behind may be the first now.
                lock.wakeAll()
                return false
            }
            waiting.removeFirst()
            isTaken = true
            return true
        }
    }

    /// Whether somebody waits for whoever has the turn. A long piece of work that can stop asks now and then.
    package var isAwaited: Bool {
        lock.locked { !waiting.isEmpty }
    }

    package func leave() {
        lock.locked {
            isTaken = false
            lock.wakeAll()
        }
    }
}
