/// A page of contacts in columns: what conditions run over and templates read from.
///
/// There is one column a schema slot; a column that nobody asked for is empty. Rows of all loaded columns line up.
package struct FactPage: Sendable {
    /// The values of one field. What the integer means follows from the field's type:
    /// int as it is, decimal and money in millionths, bool 0 or 1, date in days, instant and duration in
    /// microseconds, text (and every textual type) the bits of a `PackedText`, a list of text the bits of a
    /// `PackedText` in which each item ends with the byte 0x1F.
    package struct Column: Sendable {
        package var values: [Int64] = []
        /// 1 where the value is known, 0 where it is missing (its entry in `values` is then 0).
        package var present: [UInt8] = []

        package init() {}

        package mutating func appendMissing() {
            values.append(0)
            present.append(0)
        }

        package mutating func append(_ value: Int64) {
            values.append(value)
            present.append(1)
        }
    }

    package private(set) var count = 0
    package var columns: [Column]
    /// The texts of more than seven bytes, end to end.
    package var pool: [UInt8] = []

    package init(slotCount: Int) {
        columns = Array(repeating: Column(), count: slotCount)
    }

    /// Call after a value was appended to every loaded column.
    package mutating func finishRow() {
        count += 1
    }

    /// Empties the page and keeps its memory.
    package mutating func removeAll() {
        count = 0
        for index in columns.indices {
            columns[index].values.removeAll(keepingCapacity: true)
            columns[index].present.removeAll(keepingCapacity: true)
        }
        pool.removeAll(keepingCapacity: true)
    }

    /// Puts a text into the page and gives its packed form.
    package mutating func pack(_ bytes: UnsafeBufferPointer<UInt8>) -> PackedText {
        if let inline = PackedText(inline: bytes) { return inline }
        let offset = pool.count
        pool.append(contentsOf: bytes)
        return PackedText(offset: offset, length: bytes.count)
    }

    package mutating func pack(_ text: String) -> PackedText {
        var text = text
        return text.withUTF8 { pack($0) }
    }

    package func isPresent(slot: Int, row: Int) -> Bool {
        columns[slot].present[row] != 0
    }

    package func text(slot: Int, row: Int) -> String? {
        guard isPresent(slot: slot, row: row) else { return nil }
        return PackedText(bits: UInt64(bitPattern: columns[slot].values[row])).string(pool: pool)
    }
}
