import Crypto
import CryptoExtras
import FoundationEssentials

/// The private half of the key whose public half stands in the domain's DNS.
enum DKIMKey: Sendable {
    case rsa(_RSA.Signing.PrivateKey)
    case ed25519(Curve25519.Signing.PrivateKey)

    /// RFC 8301 section 3.2: verifiers treat shorter keys as no signature at all.
    static let leastBits = 1024

    /// From PEM: an RSA key (PKCS #1 or #8) or an Ed25519 key (PKCS #8). Nil where it is neither, or too short.
    init?(pem: String) {
        if let key = Self.ed25519(pem) {
            self = .ed25519(key)
        } else if let key = try? _RSA.Signing.PrivateKey(pemRepresentation: pem), key.keySizeInBits >= Self.leastBits {
            self = .rsa(key)
        } else {
            return nil
        }
    }

    /// The name of the algorithm in the `a=` tag (RFC 6376 section 3.3, RFC 8463).
    var algorithm: StaticString {
        switch self {
        case .rsa: "rsa-sha256"
        case .ed25519: "ed25519-sha256"
        }
    }

    /// Ed25519 signs the hash as if it were the message (RFC 8463 section 3).
    func signature(of hash: SHA256.Digest) throws -> Data {
        switch self {
        case .rsa(let key): try key.signature(for: hash, padding: .insecurePKCS1v1_5).rawRepresentation
        case .ed25519(let key): try key.signature(for: Data(hash))
        }
    }

    /// PKCS #8 of an Ed25519 key is these bytes and the 32 of the key (RFC 8410 section 7), so no DER reader is needed.
    private static let pkcs8Prefix: [UInt8] = [
        0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
    ]

    private static func ed25519(_ pem: String) -> Curve25519.Signing.PrivateKey? {
        let lines = pem.split(whereSeparator: \.isNewline)
        guard lines.first == "-----BEGIN PRIVATE KEY-----", lines.last == "-----END PRIVATE KEY-----",
            let bytes = Data(base64Encoded: lines.dropFirst().dropLast().joined()), bytes.count == 48,
            bytes.starts(with: pkcs8Prefix)
        else { return nil }
        return try? Curve25519.Signing.PrivateKey(rawRepresentation: bytes.dropFirst(pkcs8Prefix.count))
    }
}
