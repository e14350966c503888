/// A page's memory as plain pointers, for the loops that run over every contact of an audience.
struct FactView {
    struct Column {
        var values: UnsafePointer<Int64>?
        var present: UnsafePointer<UInt8>?
    }

    /// One a schema slot, then one a fact; only the slots that a condition reads are filled in.
    let columns: UnsafeMutableBufferPointer<Column>
    let pool: UnsafeBufferPointer<UInt8>
    /// The texts of the facts.
    let factPool: UnsafeBufferPointer<UInt8>

    /// The column of a slot; nil where it wasn't loaded or hasn't that many rows, and everything in it is missing.
    @inline(__always)
    func column(_ slot: Int) -> (values: UnsafePointer<Int64>, present: UnsafePointer<UInt8>)? {
        guard slot < columns.count, let values = columns[slot].values, let present = columns[slot].present else {
            return nil
        }
        return (values, present)
    }
}

extension FactPage {
    /// Lends the page's memory out for a moment.
    ///
    /// The pointers leave the closures that made them. That is sound here, because an array's elements stay where
    /// they are while nobody changes or frees it, and the page is borrowed until `body` returns.
    @inline(__always)
    borrowing func withView<Result>(
        of slots: UnsafeBufferPointer<Int>, rows: Int, facts: FactColumns, _ body: (FactView) -> Result
    ) -> Result {
        let highest = slots.last ?? -1
        let end = highest + 1 + facts.columns.count
        return withUnsafeTemporaryAllocation(of: FactView.Column.self, capacity: max(1, end)) { buffer in
            for slot in slots {
                buffer[slot] = FactView.Column()
                guard slot < columns.count, columns[slot].values.count >= rows, columns[slot].present.count >= rows
                else { continue }
                columns[slot].values.withUnsafeBufferPointer { buffer[slot].values = $0.baseAddress }
                columns[slot].present.withUnsafeBufferPointer { buffer[slot].present = $0.baseAddress }
            }
            for (index, column) in facts.columns.enumerated() {
                buffer[highest + 1 + index] = FactView.Column()
                column.values.withUnsafeBufferPointer { buffer[highest + 1 + index].values = $0.baseAddress }
                column.present.withUnsafeBufferPointer { buffer[highest + 1 + index].present = $0.baseAddress }
            }
            return withExtendedLifetime(facts) {
                pool.withUnsafeBufferPointer { pool in
                    facts.pool.withUnsafeBufferPointer { factPool in
                        body(
                            FactView(
                                columns: UnsafeMutableBufferPointer(rebasing: buffer[0..<end]), pool: pool,
                                factPool: factPool))
                    }
                }
            }
        }
    }
}
