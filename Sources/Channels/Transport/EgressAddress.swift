import CCurlShim
import Glibc

/// An IP address, and whether requests to addresses that a user named may reach it.
struct EgressAddress: Hashable, Sendable, CustomStringConvertible {
    enum Reach: Sendable {
        /// Part of the public internet.
        case open
        /// This machine or its private network: only where the channel allows it.
        case local
        /// Never: metadata services, multicast, reserved blocks, and forms that wrap another address.
        case closed
    }

    let isIPv4: Bool
    /// The first eight bytes; an IPv4 address stands in the upper four.
    let high: UInt64
    let low: UInt64

    init(ipv4 address: UInt32) {
        isIPv4 = true
        high = UInt64(address) << 32
        low = 0
    }

    init(ipv6 high: UInt64, _ low: UInt64) {
        isIPv4 = false
        self.high = high
        self.low = low
    }

    /// Reads the usual notation only: four decimal numbers without leading zeros, or IPv6 without a zone.
    init?(_ text: some StringProtocol) {
        let text = String(text)
        guard text.utf8.count <= 45, !text.utf8.contains(0) else {
            return nil
        }
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            self.init(ipv4: UInt32(bigEndian: four.s_addr))
            return
        }
        var six = in6_addr()
        guard inet_pton(AF_INET6, text, &six) == 1 else {
            return nil
        }
        self.init(six)
    }

    private init(_ address: in6_addr) {
        let (high, low) = withUnsafeBytes(of: address) { bytes in
            (bytes.loadUnaligned(as: UInt64.self), bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        }
        self.init(ipv6: UInt64(bigEndian: high), UInt64(bigEndian: low))
    }

    /// Nil for anything but IPv4 and IPv6.
    init?(_ address: UnsafePointer<sockaddr>, length: Int) {
        let raw = UnsafeRawPointer(address)
        switch Int32(address.pointee.sa_family) {
        case AF_INET where length >= MemoryLayout<sockaddr_in>.size:
            self.init(ipv4: UInt32(bigEndian: raw.loadUnaligned(as: sockaddr_in.self).sin_addr.s_addr))
        case AF_INET6 where length >= MemoryLayout<sockaddr_in6>.size:
            self.init(raw.loadUnaligned(as: sockaddr_in6.self).sin6_addr)
        default:
            return nil
        }
    }

    /// Those of this machine's own interfaces.
    static func ofThisMachine() -> Set<EgressAddress> {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else {
            return []
        }
        defer { freeifaddrs(list) }
        var found: Set<EgressAddress> = []
        var entry = list
        while let current = entry {
            if let raw = current.pointee.ifa_addr {
                let isIPv4 = Int32(raw.pointee.sa_family) == AF_INET
                let length = isIPv4 ? MemoryLayout<sockaddr_in>.size : MemoryLayout<sockaddr_in6>.size
                if let address = EgressAddress(raw, length: length) {
                    found.insert(address)
                }
            }
            entry = current.pointee.ifa_next
        }
        return found
    }

    var reach: Reach {
        for block in EgressAddress.blocks where block.addresses.contains(self) {
            return block.reach
        }
        // Of IPv6 only 2000::/3 has been given out as public addresses.
        return isIPv4 || high >> 61 == 1 ? .open : .closed
    }

    var description: String {
        var room = [CChar](repeating: 0, count: 46)
        if isIPv4 {
            var address = in_addr(s_addr: UInt32(high >> 32).bigEndian)
            inet_ntop(AF_INET, &address, &room, 46)
        } else {
            var bytes = (high.bigEndian, low.bigEndian)
            inet_ntop(AF_INET6, &bytes, &room, 46)
        }
        return room.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }.text
    }

    /// Smaller blocks stand before those that hold them: the first that fits decides.
    private static let blocks: [(addresses: AddressBlock, reach: Reach)] = table.map { text, reach in
        guard let block = AddressBlock(text) else { preconditionFailure("a block of addresses is misspelt: \(text)") }
        return (block, reach)
    }

    private static let table: [(String, Reach)] = [
        // Metadata services of clouds that don't hide behind 169.254/16.
        ("100.100.100.200/32", .closed), ("168.63.129.16/32", .closed), ("fd00:ec2::/32", .closed),
        ("0.0.0.0/8", .closed), ("10.0.0.0/8", .local), ("100.64.0.0/10", .local), ("127.0.0.0/8", .local),
        ("169.254.0.0/16", .closed), ("172.16.0.0/12", .local), ("192.0.0.0/24", .closed),
        ("192.0.2.0/24", .closed), ("192.88.99.0/24", .closed), ("192.168.0.0/16", .local),
        ("198.18.0.0/15", .closed), ("198.51.100.0/24", .closed), ("203.0.113.0/24", .closed),
        ("224.0.0.0/4", .closed), ("240.0.0.0/4", .closed),
        ("::/128", .closed), ("::1/128", .local), ("::ffff:0:0/96", .closed), ("64:ff9b::/96", .closed),
        ("64:ff9b:1::/48", .closed), ("100::/64", .closed), ("2001::/23", .closed), ("2001:db8::/32", .closed),
        ("2002::/16", .closed), ("3fff::/20", .closed), ("fc00::/7", .local), ("fe80::/10", .closed),
        ("ff00::/8", .closed),
    ]
}
