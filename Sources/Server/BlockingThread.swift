import Dispatch
import Synchronization

/// Runs work that blocks (the database, file sync) off the threads that Tasks share: there are only as many of
/// those as cores, and a request that waits for the disk would hold up all others.
///
/// The queue is bounded, so that a slow disk becomes a clear refusal instead of growing memory.
final class BlockingThread: Sendable {
    struct Overloaded: Error {}

    private let queue = DispatchQueue(label: "carillon.server.store")
    private let waiting = Mutex(0)
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    /// How many wait or are worked on.
    var load: Int { waiting.withLock { $0 } }

    func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        let isAdmitted = waiting.withLock { count in
            guard count < limit else { return false }
            count += 1
            return true
        }
        guard isAdmitted else { throw Overloaded() }
        return try await withCheckedThrowingContinuation { continuation in
            queue.async {
                let result = Result { try work() }
                self.waiting.withLock { $0 -= 1 }
                continuation.resume(with: result)
            }
        }
    }
}
