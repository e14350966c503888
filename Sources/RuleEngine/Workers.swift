/// Those who do independent pieces of work side by side. The engine knows no threads: whoever has some lends them.
///
/// The pieces must not depend on each other, and what comes of them stands in their order: with one worker and with
/// many the result is the same.
package struct Workers: Sendable {
    package let count: Int
    private let run: @Sendable (_ pieces: Int, _ piece: @escaping @Sendable (Int) -> Void) -> Void

    /// - Parameter run: carries out every piece once, numbered from zero, and comes back when all are done.
    package init(
        count: Int, run: @escaping @Sendable (_ pieces: Int, _ piece: @escaping @Sendable (Int) -> Void) -> Void
    ) {
        self.count = count
        self.run = run
    }

    /// Nobody but the caller.
    package static let one = Workers(count: 1) { pieces, piece in for number in 0..<pieces { piece(number) } }

    /// The results of all, in their order. Few together are one piece: handing each over would cost more than doing it.
    ///
    /// - Parameter state: made once a piece, for work that keeps something at hand from one to the next.
    package func map<State, Result: Sendable>(
        _ count: Int, with state: @escaping @Sendable () -> State,
        _ body: @escaping @Sendable (Int, inout State) -> Result
    ) -> [Result] {
        let size = 64
        guard self.count > 1, count > size else {
            var state = state()
            return (0..<count).map { body($0, &state) }
        }
        let results = UnsafeMutableBufferPointer<Result>.allocate(capacity: count)
        // Every piece writes its own places, and nobody reads before all are done.
        nonisolated(unsafe) let places = results
        run((count + size - 1) / size) { piece in
            var state = state()
            for number in piece * size..<min(count, piece * size + size) {
                places.initializeElement(at: number, to: body(number, &state))
            }
        }
        defer {
            results.deinitialize()
            results.deallocate()
        }
        return Array(results)
    }

    package func map<Result: Sendable>(
        _ count: Int, _ body: @escaping @Sendable (Int) -> Result
    ) -> [Result] {
        map(count, with: {}) { number, _ in body(number) }
    }
}
