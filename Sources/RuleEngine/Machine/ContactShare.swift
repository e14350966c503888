/// Where a contact lies among all, in millionths: what holdouts and splits are drawn by.
///
/// SipHash-2-4 under the key `carillon.shares.` of the program's id, a zero byte, what is drawn, a zero byte and the
/// contact's id; of the 64 bits the upper part, scaled to 0...999,999. The same person gets the same arm after any
/// restart and on any machine; two draws of one person know nothing of each other.
package enum ContactShare {
    package static let whole: Int64 = 1_000_000

    /// What is drawn. A split goes by its place among the program's splits: its name only points inside, and renaming
    /// it must not move anybody.
    package enum Draw: Sendable, Hashable {
        case holdout
        case split(Int)
        /// How early a person comes in a campaign that goes out in stages.
        case rollout

        fileprivate var name: String {
            switch self {
            case .holdout: "holdout"
            case .split(let index): "split \(index)"
            case .rollout: "rollout"
            }
        }
    }

    package static func position(_ contact: [UInt8], in program: String, _ draw: Draw) -> Int64 {
        var message = Array(program.utf8)
        message.append(0)
        message.append(contentsOf: draw.name.utf8)
        message.append(0)
        message.append(contentsOf: contact)
        let hash = SipHash.hash(message, first: key.first, second: key.second)
        return Int64(hash.multipliedFullWidth(by: UInt64(whole)).high)
    }

    /// `carillon.shares.`, as two little-endian integers.
    private static let key = (first: UInt64(0x6E6F_6C6C_6972_6163), second: UInt64(0x2E73_6572_6168_732E))

    /// The arm whose part of the whole the position lies in. Shares add up to the whole; should they fall short, the
    /// last arm takes the rest.
    package static func arm(of position: Int64, among shares: [Int64]) -> Int {
        var end: Int64 = 0
        for (index, share) in shares.enumerated() {
            end += share
            if position < end { return index }
        }
        return shares.count - 1
    }
}

/// SipHash-2-4 of Aumasson and Bernstein: short, keyed, and with published test vectors.
package enum SipHash {
    package static func hash(_ message: [UInt8], first: UInt64, second: UInt64) -> UInt64 {
        var state = (
            first ^ 0x736F_6D65_7073_6575, second ^ 0x646F_7261_6E64_6F6D,
            first ^ 0x6C79_6765_6E65_7261, second ^ 0x7465_6462_7974_6573
        )
        var word: UInt64 = 0
        for (index, byte) in message.enumerated() {
            word |= UInt64(byte) << UInt64(index % 8 * 8)
            guard index % 8 == 7 else { continue }
            absorb(word, into: &state)
            word = 0
        }
        absorb(word | UInt64(truncatingIfNeeded: message.count) << 56, into: &state)
        state.2 ^= 0xFF
        for _ in 0..<4 { round(&state) }
        return state.0 ^ state.1 ^ state.2 ^ state.3
    }

    private static func absorb(_ word: UInt64, into state: inout (UInt64, UInt64, UInt64, UInt64)) {
        state.3 ^= word
        round(&state)
        round(&state)
        state.0 ^= word
    }

    private static func round(_ state: inout (UInt64, UInt64, UInt64, UInt64)) {
        state.0 &+= state.1
        state.2 &+= state.3
        state.1 = rotated(state.1, 13) ^ state.0
        state.3 = rotated(state.3, 16) ^ state.2
        state.0 = rotated(state.0, 32)
        state.2 &+= state.1
        state.0 &+= state.3
        state.1 = rotated(state.1, 17) ^ state.2
        state.3 = rotated(state.3, 21) ^ state.0
        state.2 = rotated(state.2, 32)
    }

    private static func rotated(_ word: UInt64, _ count: UInt64) -> UInt64 {
        word << count | word >> (64 - count)
    }
}
