/// A block of IP addresses, as `10.0.0.0/8`. One address alone is a block of itself.
package struct AddressBlock: Hashable, Sendable, CustomStringConvertible {
    private let start: EgressAddress
    private let bits: UInt64

    /// Nil for what is no block, and for one whose address has bits behind the slash: whoever writes `10.1.2.3/8` may have meant
    /// something else.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let start = EgressAddress(parts[0]) else { return nil }
        let most: UInt64 = start.isIPv4 ? 32 : 128
        var bits = most
        if parts.count == 2 {
            let digits = parts[1].utf8
            guard (1...3).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }),
                let given = UInt64(parts[1]), given <= most, String(given) == parts[1]
            else { return nil }
            bits = given
        }
        let (high, low) =
            bits <= 64
            ? (bits == 64 ? 0 : start.high << bits, start.low) : (0, bits == 128 ? 0 : start.low << (bits - 64))
        guard high == 0, low == 0 else { return nil }
        self.start = start
        self.bits = bits
    }

    package var description: String { "\(start)/\(bits)" }

    /// An IPv4 address in the clothes of IPv6 is taken for what it is.
    package func contains(_ text: String) -> Bool {
        let plain = text.lowercased().hasPrefix("::ffff:") && text.contains(".") ? String(text.dropFirst(7)) : text
        return EgressAddress(plain).map { contains($0) } ?? false
    }

    func contains(_ address: EgressAddress) -> Bool {
        guard address.isIPv4 == start.isIPv4 else { return false }
        let differs = address.high ^ start.high
        if bits <= 64 { return bits == 0 || differs >> (64 - bits) == 0 }
        return differs == 0 && (address.low ^ start.low) >> (128 - bits) == 0
    }
}
