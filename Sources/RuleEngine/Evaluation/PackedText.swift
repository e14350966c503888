/// A text in eight bytes: up to seven bytes lie in the value itself, longer ones in a page's byte pool.
///
/// Codes and enumerations (`DE`, `trial`, `de-AT`) are nearly always short, so comparing them is comparing two
/// integers, without a table of interned strings and without touching the pool.
package struct PackedText: Hashable, Sendable {
    /// Top byte 0...7: length of the inline text, whose first byte is the lowest. Top byte 0xFF: 24 bits of
    /// length, then 32 bits of offset into the pool.
    package let bits: UInt64

    package init(bits: UInt64) {
        self.bits = bits
    }

    /// The inline form, or nil where the text is longer than seven bytes.
    package init?(inline bytes: some Collection<UInt8>) {
        guard bytes.count <= 7 else { return nil }
        var bits = UInt64(bytes.count) << 56
        for (index, byte) in bytes.enumerated() {
            bits |= UInt64(byte) << UInt64(index * 8)
        }
        self.bits = bits
    }

    package init(offset: Int, length: Int) {
        precondition(length < 1 << 24 && offset < 1 << 32, "a page's text pool holds at most 4 GiB, a text 16 MiB")
        bits = 0xFF << 56 | UInt64(length) << 32 | UInt64(offset)
    }

    package var isInline: Bool {
        bits >> 56 != 0xFF
    }

    package var count: Int {
        isInline ? Int(bits >> 56) : Int(bits >> 32 & 0xFF_FFFF)
    }

    package var poolOffset: Int {
        Int(bits & 0xFFFF_FFFF)
    }

    /// Appends the text's bytes to a buffer.
    package func append(to buffer: inout [UInt8], pool: [UInt8]) {
        if isInline {
            var rest = bits
            for _ in 0..<count {
                buffer.append(UInt8(truncatingIfNeeded: rest))
                rest >>= 8
            }
        } else {
            pool.withUnsafeBufferPointer { bytes in
                buffer.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[poolOffset..<poolOffset + count]))
            }
        }
    }

    package func string(pool: [UInt8]) -> String {
        var bytes: [UInt8] = []
        append(to: &bytes, pool: pool)
        return String(decoding: bytes, as: UTF8.self)
    }
}
