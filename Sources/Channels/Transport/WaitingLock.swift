package import Glibc

/// A lock, and a way to wait until somebody changes what it guards. For threads that block; a Task must not.
///
/// It guards nothing by itself: whoever has one says what is only touched with it held.
package final class WaitingLock: @unchecked Sendable {
    // Sendable because the system's lock is made for being shared; the addresses never change.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>

    package init() {
        mutex = .allocate(capacity: 1)
        condition = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        // Waits must not end early or late when somebody sets the clock.
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    package func locked<Result>(_ body: () throws -> Result) rethrows -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body()
    }

    /// With the lock held: gives it away while `body` runs.
    package func unlocked<Result>(_ body: () throws -> Result) rethrows -> Result {
        pthread_mutex_unlock(mutex)
        defer { pthread_mutex_lock(mutex) }
        return try body()
    }

    /// With the lock held: gives it away until `wakeAll`, or sooner; look again at what you wait for.
    package func wait() {
        pthread_cond_wait(condition, mutex)
    }

    /// The same, until a time on the monotonic clock at most. False once it is over.
    package func wait(until deadline: timespec) -> Bool {
        var deadline = deadline
        return pthread_cond_timedwait(condition, mutex, &deadline) != ETIMEDOUT
    }

    package func wakeAll() {
        pthread_cond_broadcast(condition)
    }
}
