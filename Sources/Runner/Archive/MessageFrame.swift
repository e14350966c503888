internal import Crypto

/// What the messages of one text have in common: its constant parts, one after the other. Written down once, and what each
/// recipient got is told by it and the rest (`ContentArchiver`). It holds nothing about anybody.
///
/// A class: all messages of a text point to the same one.
package final class MessageFrame: Sendable {
    package let bytes: [UInt8]
    /// SHA-256, its first 16 bytes.
    package let hash: [UInt8]
    /// Where eight bytes stand first, by their hash; -1 for nowhere.
    private let places: [Int32]
    private let shift: UInt64

    /// Shorter stretches are cheaper written out.
    static let shortest = 8

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
        hash = Array(SHA256.hash(data: bytes).prefix(16))
        let count = max(0, bytes.count - Self.shortest + 1)
        var bits: UInt64 = 6
        while 1 << bits < 2 * count { bits += 1 }
        let shift = 64 - bits
        var places = [Int32](repeating: -1, count: 1 << bits)
        bytes.withUnsafeBytes { raw in
            for place in 0..<count {
                let word = raw.loadUnaligned(fromByteOffset: place, as: UInt64.self)
                let slot = Self.slot(word, shift)
                if places[slot] < 0 { places[slot] = Int32(place) }
            }
        }
        self.places = places
        self.shift = shift
    }

    /// A place where these eight bytes may stand: the caller compares.
    @inline(__always)
    func place(of word: UInt64) -> Int {
        places.withUnsafeBufferPointer { Int($0[Self.slot(word, shift)]) }
    }

    @inline(__always)
    private static func slot(_ word: UInt64, _ shift: UInt64) -> Int {
        Int(truncatingIfNeeded: (word &* 0x9E37_79B9_7F4A_7C15) >> shift)
    }
}

/// What one recipient got, in the form in which it is kept: readable with its frame alone, whatever becomes of the template,
/// the contact, the key and this program.
package struct ArchivedMessage: Sendable {
    package let frame: MessageFrame
    package let content: [UInt8]

    package init(frame: MessageFrame, content: [UInt8]) {
        self.frame = frame
        self.content = content
    }
}
