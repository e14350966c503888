import RuleEngine

/// The sends whose outcome is awaited, by the token that went to the channel. Its size is what an abrupt end would
/// leave uncertain.
struct InFlightTable {
    struct Entry {
        var contact: ContactKey
        var place: RowPlace
        var lane: Int
        var attempt: Int32
        var costMicros: Int64
    }

    private var entries: [Entry?] = []
    /// Counts the uses of a slot, so that a report that comes twice doesn't settle the slot's next send.
    private var generations: [UInt32] = []
    private var free: [Int] = []
    private(set) var count = 0

    mutating func insert(_ entry: Entry) -> UInt64 {
        count += 1
        guard let slot = free.popLast() else {
            entries.append(entry)
            generations.append(0)
            return UInt64(entries.count - 1)
        }
        entries[slot] = entry
        return UInt64(generations[slot]) << 32 | UInt64(slot)
    }

    /// Nil for a token that was taken before.
    mutating func remove(_ token: UInt64) -> Entry? {
        guard let slot = slot(of: token), let entry = entries[slot] else { return nil }
        entries[slot] = nil
        generations[slot] &+= 1
        free.append(slot)
        count -= 1
        return entry
    }

    /// The lane of a send that is still awaited.
    func lane(of token: UInt64) -> Int? {
        slot(of: token).flatMap { entries[$0]?.lane }
    }

    private func slot(of token: UInt64) -> Int? {
        let slot = Int(token & 0xFFFF_FFFF)
        return slot < entries.count && generations[slot] == UInt32(token >> 32) ? slot : nil
    }
}
