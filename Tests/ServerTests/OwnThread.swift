import Dispatch

/// Blocking work of a test, off the threads that Tasks share.
enum OwnThread {
    static func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue(label: "carillon.tests").async {
                continuation.resume(with: Result { try work() })
            }
        }
    }
}
