import Runner

/// A few threads, each with a service desk of its own, so that a long read keeps no other caller waiting.
final class DeskPool: Sendable {
    private struct Place: Sendable {
        let thread: BlockingThread
        let desk: QueueBound<ServiceDesk>
    }

    private let places: [Place]

    /// - Parameter open: called on the thread that the desk then belongs to, when the first caller comes.
    init(count: Int = 4, open: @escaping @Sendable () throws -> ServiceDesk) {
        places = (0..<count).map { _ in Place(thread: BlockingThread(limit: 250), desk: QueueBound(open)) }
    }

    func run<Value: Sendable>(_ work: @escaping @Sendable (ServiceDesk) throws -> Value) async throws -> Value {
        // Two callers may see the same one free: then one of them waits for the other, no longer than it would have.
        guard let place = places.min(by: { $0.thread.load < $1.thread.load }) else {
            preconditionFailure("a pool has places")
        }
        let outcome: Result<Value, any Error> = try await place.thread.run {
            try place.desk.use { desk -> Result<Value, any Error> in
                do {
                    return .success(try work(desk))
                } catch let error as ServiceRefusal {
                    // A decision, and no failure of the connection.
                    return .failure(error)
                } catch let error as Problem {
                    return .failure(error)
                } catch let error as LaunchRefusal where error.reason != "store" {
                    return .failure(ServiceRefusal(error))
                }
            }
        }
        return try outcome.get()
    }
}
