/// Something that one thread owns, opened with the first call and anew after a failure: what failed to write must not
/// write again by the same connection.
package final class QueueBound<Value>: @unchecked Sendable {
    // Safe to share because the server calls each of its closures on one queue, one call after the other.
    private var value: Value?
    private let open: @Sendable () throws -> Value

    package init(_ open: @escaping @Sendable () throws -> Value) {
        self.open = open
    }

    package func use<Result>(_ body: (Value) throws -> Result) throws -> Result {
        do {
            let value = try self.value ?? open()
            self.value = value
            return try body(value)
        } catch {
            value = nil
            throw error
        }
    }
}
