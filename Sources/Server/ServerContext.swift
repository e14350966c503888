import Glibc
import Hummingbird
import NIOCore

/// What a request brings beside itself: who is on the other end of the connection.
struct ServerContext: RequestContext, RemoteAddressRequestContext {
    var coreContext: CoreRequestContextStorage
    let remoteAddress: SocketAddress?

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        remoteAddress = source.channel.remoteAddress
    }

    /// Whose requests are counted together. Nil where a proxy doesn't say for whom it asks: then all of the world would be one.
    func caller(_ request: Request) -> String? {
        if isLocal, request.headers[.forwardedFor] == nil { return nil }
        return address(request).map { Self.network(of: $0) }
    }

    /// Where a request comes from. The proxy in front of us stands on this machine and says for whom it asks; from anywhere else
    /// nobody is believed. Nil where what it says is no address.
    func address(_ request: Request) -> String? {
        guard let peer else { return nil }
        guard isLocal, let forwarded = request.headers[.forwardedFor] else { return peer }
        // The proxy puts the address that it saw behind whatever the caller made up.
        let last = forwarded.split(separator: ",").last?.filter { $0 != " " } ?? ""
        guard (2...45).contains(last.utf8.count),
            last.utf8.allSatisfy({ $0 == 0x2E || $0 == 0x3A || Self.isHex($0) })
        else { return nil }
        return String(last)
    }

    /// Whoever listens to both protocols sees IPv4 in the clothes of IPv6.
    private var peer: String? {
        remoteAddress?.ipAddress.map { address in
            address.hasPrefix("::ffff:") && address.contains(".") ? String(address.dropFirst(7)) : address
        }
    }

    private var isLocal: Bool { peer.map { $0 == "::1" || $0.hasPrefix("127.") } ?? false }

    /// A household has a whole /64 of IPv6 addresses.
    private static func network(of address: String) -> String {
        guard address.contains(":") else { return address }
        var bytes = [UInt8](repeating: 0, count: 16)
        guard inet_pton(AF_INET6, address, &bytes) == 1 else { return address }
        return bytes.prefix(8).map { String($0, radix: 16) }.joined(separator: ".")
    }

    private static func isHex(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte | 0x20)
    }
}
