import Glibc

/// Hands values from one thread to another, a few at a time: who is ahead waits.
final class Handoff<Value: Sendable>: @unchecked Sendable {
    // Unchecked: every access to the variables below holds the mutex.
    private var mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private var changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var values: [Value] = []
    private var isClosed = false
    private let capacity: Int

    init(capacity: Int) {
        self.capacity = capacity
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(changed, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        pthread_cond_destroy(changed)
        mutex.deallocate()
        changed.deallocate()
    }

    /// False where nobody will take it any more.
    func put(_ value: Value) -> Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while values.count >= capacity, !isClosed { pthread_cond_wait(changed, mutex) }
        if isClosed { return false }
        values.append(value)
        pthread_cond_broadcast(changed)
        return true
    }

    /// Nil once it is closed and empty.
    func take() -> Value? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while values.isEmpty, !isClosed { pthread_cond_wait(changed, mutex) }
        guard !values.isEmpty else { return nil }
        let value = values.removeFirst()
        pthread_cond_broadcast(changed)
        return value
    }

    func close() {
        pthread_mutex_lock(mutex)
        isClosed = true
        pthread_cond_broadcast(changed)
        pthread_mutex_unlock(mutex)
    }
}

/// A thread of our own that somebody waits for.
struct JoinableThread {
    private final class Body: Sendable {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) {
            self.run = run
        }
    }

    private let thread: pthread_t

    /// Nil where the system gives no thread.
    init?(_ body: @escaping @Sendable () -> Void) {
        let boxed = Unmanaged.passRetained(Body(body))
        var thread = pthread_t()
        let code = pthread_create(
            &thread,
            nil,
            { argument in
                if let argument { Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run() }
                return nil
            },
            boxed.toOpaque()
        )
        guard code == 0 else {
            boxed.release()
            return nil
        }
        self.thread = thread
    }

    func join() {
        pthread_join(thread, nil)
    }
}
