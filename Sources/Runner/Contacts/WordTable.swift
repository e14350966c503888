/// A fixed list of words that is asked about bytes: no text is made to look one up.
package struct WordTable: Sendable {
    package let words: [String]
    private let slots: [Int32]
    private let bytes: [[UInt8]]
    private let mask: Int

    package init(_ words: [String]) {
        self.words = words
        bytes = words.map { Array($0.utf8) }
        var capacity = 8
        while capacity < words.count * 2 { capacity *= 2 }
        mask = capacity - 1
        var slots = [Int32](repeating: -1, count: capacity)
        for (index, word) in bytes.enumerated() {
            var slot = word.withUnsafeBufferPointer(Self.hash) & mask
            while slots[slot] >= 0 { slot = (slot + 1) & mask }
            slots[slot] = Int32(index)
        }
        self.slots = slots
    }

    package func index(of word: UnsafeBufferPointer<UInt8>) -> Int? {
        var slot = Self.hash(word) & mask
        while slots[slot] >= 0 {
            let candidate = bytes[Int(slots[slot])]
            if candidate.count == word.count, candidate.elementsEqual(word) { return Int(slots[slot]) }
            slot = (slot + 1) & mask
        }
        return nil
    }

    package func contains(_ word: UnsafeBufferPointer<UInt8>) -> Bool {
        index(of: word) != nil
    }

    /// FNV-1a.
    private static func hash(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return Int(truncatingIfNeeded: hash ^ hash >> 32)
    }
}
