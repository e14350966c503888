import Synchronization

/// The number of a message that a sandbox accepted. Ids, chances and waits follow from it and the seed alone, so that a
/// run can be repeated.
package struct MessageNumber: Sendable, Hashable {
    package let seed: UInt64
    package let number: UInt64

    /// 64 bits that look like chance; other ones for each purpose.
    func bits(_ purpose: UInt64) -> UInt64 {
        var mixed = seed &+ number &* 0x9E37_79B9_7F4A_7C15 &+ purpose &* 0xD1B5_4A32_D192_ED03
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// From 0 up to 1, without 1.
    func chance(_ purpose: UInt64) -> Double {
        Double(bits(purpose) >> 11) / Double(1 << 53)
    }

    func hex(_ digits: Int) -> String {
        var text: [UInt8] = []
        var purpose: UInt64 = 100
        while text.count < digits {
            var bits = bits(purpose)
            for _ in 0..<16 {
                let digit = UInt8(bits & 15)
                text.append(digit < 10 ? 0x30 + digit : 0x57 + digit)
                bits >>= 4
            }
            purpose += 1
        }
        return String(decoding: text[..<digits], as: UTF8.self)
    }

    /// In the form of a random UUID.
    var uuid: String {
        let text = Array(hex(32).utf8)
        func part(_ range: Range<Int>) -> String { String(decoding: text[range], as: UTF8.self) }
        return "\(part(0..<8))-\(part(8..<12))-4\(part(13..<16))-8\(part(17..<20))-\(part(20..<32))"
    }

    /// Gives one number after the other, on any thread.
    final class Source: Sendable {
        private let seed: UInt64
        private let last: Atomic<UInt64>

        /// - Parameter last: the number that was given last, by an earlier process.
        init(seed: UInt64, last: UInt64) {
            self.seed = seed
            self.last = Atomic(last)
        }

        func next() -> MessageNumber {
            MessageNumber(seed: seed, number: last.wrappingAdd(1, ordering: .relaxed).newValue)
        }
    }
}
