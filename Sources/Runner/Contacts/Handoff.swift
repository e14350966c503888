import Channels
import Glibc

/// Hands values from one thread to another, a few at a time: who is ahead waits.
final class Handoff<Value: Sendable>: @unchecked Sendable {
    // Unchecked: every access to the variables below holds the lock.
    private let lock = WaitingLock()
    private var values: [Value] = []
    private var isClosed = false
    private let capacity: Int

    init(capacity: Int) {
        self.capacity = capacity
    }

    /// False where nobody will take it any more.
    func put(_ value: Value) -> Bool {
        lock.locked {
            while values.count >= capacity, !isClosed { lock.wait() }
            if isClosed { return false }
            values.append(value)
            lock.wakeAll()
            return true
        }
    }

    /// Nil once it is closed and empty.
    func take() -> Value? {
        lock.locked {
            while values.isEmpty, !isClosed { lock.wait() }
            guard !values.isEmpty else { return nil }
            let value = values.removeFirst()
            lock.wakeAll()
            return value
        }
    }

    func close() {
        lock.locked {
            isClosed = true
            lock.wakeAll()
        }
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
