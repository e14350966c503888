/// What a file's bytes can't mention, told from a few of their traces: each four bytes in a row leave one bit. An id all of
/// whose traces are there may be in the file, and is looked for; one that lacks a trace is not. Going through the bytes of
/// ten thousand files after each letter that renames something takes longer than everything else.
struct MentionFilter: Sendable {
    private static let width = 4
    private static let bits = 8192
    private var words: [UInt64]
    /// Behind an escape any letter may stand.
    private let hasEscape: Bool

    /// Of a file that has not been read.
    static let none = MentionFilter([])

    init(_ bytes: [UInt8]) {
        var words = [UInt64](repeating: 0, count: Self.bits / 64)
        var hasEscape = false
        words.withUnsafeMutableBufferPointer { words in
            bytes.withUnsafeBufferPointer { bytes in
                var trace: UInt32 = 0
                for index in bytes.indices {
                    let byte = bytes[index]
                    if byte == UInt8(ascii: "\\") { hasEscape = true }
                    trace = trace << 8 | UInt32(byte)
                    if index + 1 >= Self.width { words[Self.place(trace) / 64] |= 1 << (Self.place(trace) % 64) }
                }
            }
        }
        self.words = words
        self.hasEscape = hasEscape
    }

    /// The traces of an id; none where it is shorter than one.
    static func traces(of id: String) -> [Int] {
        var places: [Int] = []
        var trace: UInt32 = 0
        for (index, byte) in id.utf8.enumerated() {
            trace = trace << 8 | UInt32(byte)
            if index + 1 >= width { places.append(place(trace)) }
        }
        return places
    }

    func mayHold(_ traces: [Int]) -> Bool {
        hasEscape || traces.allSatisfy { words[$0 / 64] & 1 << ($0 % 64) != 0 }
    }

    /// The upper bits of a product: they depend on all four bytes.
    private static func place(_ trace: UInt32) -> Int {
        Int((trace &* 2_654_435_769) >> 19)
    }
}
