import Channels
import Crypto
import Glibc

/// The sandbox's side of TLS: an authority made at the start and forgotten at the end, the certificate that it shows, and
/// those that nobody may accept.
final class SandboxTLS: Sendable {
    /// PEM of the authority, for `ca_file`.
    static let authorityName = "ca.pem"
    private static let day = 86_400

    private let right: TLSContext
    private let wrongName: TLSContext
    private let expired: TLSContext
    private let stranger: TLSContext

    /// Writes the authority's certificate into the folder; its key stays in memory.
    init(folder: String) throws(ChannelSetupError) {
        // The clients' own clock decides what is expired, so it is the system's here too.
        let now = SystemClock.now
        let valid: CertificateMaker.Span = (now - 3600, now + 30 * Self.day)
        let ours = Authority("Carillon sandbox \(now)", valid)
        let other = Authority("Somebody else", valid)
        let here = CertificateMaker.Role.server(names: ["localhost"], addresses: [[127, 0, 0, 1]])
        right = try ours.context(here, valid)
        wrongName = try ours.context(.server(names: ["elsewhere.example"], addresses: []), valid)
        expired = try ours.context(here, (now - 30 * Self.day, now - Self.day))
        stranger = try other.context(here, valid)
        let path = folder + "/" + Self.authorityName
        let bytes = Array(ours.certificate.utf8)
        guard let file = fopen(path, "w") else {
            throw ChannelSetupError(message: "can't write the sandbox's authority to \(path)")
        }
        let written = fwrite(bytes, 1, bytes.count, file)
        guard fclose(file) == 0, written == bytes.count else {
            throw ChannelSetupError(message: "can't write the sandbox's authority to \(path)")
        }
    }

    /// Speaks TLS on a connection, or fails at it in the way a script wants. Nil where the connection is over.
    func accept(_ descriptor: Int32, _ fault: TLSFault?) -> SocketStream? {
        switch fault {
        case nil: return right.accept(descriptor).map { SocketStream(descriptor, $0) }
        case .wrongName: return wrongName.accept(descriptor).map { SocketStream(descriptor, $0) }
        case .expired: return expired.accept(descriptor).map { SocketStream(descriptor, $0) }
        case .stranger: return stranger.accept(descriptor).map { SocketStream(descriptor, $0) }
        case .refused, .cut, .hang:
            var plain = SocketStream(descriptor)
            // The client's hello is read first: bytes left unread would turn a close into a reset.
            guard let head = plain.read(count: 5), plain.read(count: Int(head[3]) << 8 | Int(head[4])) != nil else {
                return nil
            }
            if fault == .refused { plain.write(Self.handshakeFailure) }
            if fault == .cut { plain.resetOnClose() }
            if fault == .hang { plain.waitForEnd() }
            return nil
        }
    }

    /// A fatal alert, as a server sends that shares no cipher with its client.
    private static let handshakeFailure: [UInt8] = [0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x28]

    private struct Authority {
        let key = P256.Signing.PrivateKey()
        let name: String
        let certificate: String

        init(_ name: String, _ span: CertificateMaker.Span) {
            self.name = name
            certificate =
                CertificateMaker.certificate(
                    for: key.publicKey, named: name, as: .authority, number: 1, within: span, by: key, named: name)
                ?? ""
        }

        func context(
            _ role: CertificateMaker.Role, _ span: CertificateMaker.Span
        ) throws(ChannelSetupError) -> TLSContext {
            let leaf = P256.Signing.PrivateKey()
            let pem = CertificateMaker.certificate(
                for: leaf.publicKey, named: "sandbox", as: role, number: 2, within: span, by: key, named: name)
            guard let pem, let context = TLSContext(certificate: pem, key: leaf.pemRepresentation) else {
                throw ChannelSetupError(message: "the sandbox's certificates can't be made")
            }
            return context
        }
    }
}
