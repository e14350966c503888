import Crypto
import CryptoExtras
import FoundationEssentials
import Synchronization

/// The tokens with which an application of Vonage's logs in: signed with its key, good for a quarter of an hour, and
/// made anew after ten minutes.
final class VonageToken: Sendable {
    private struct Made {
        var text = ""
        var at = Int.min
    }

    private let application: String
    private let key: _RSA.Signing.PrivateKey
    private let last = Mutex(Made())

    private static let lifetime = 900
    private static let renewal = 600

    /// Nil where the text is no private key.
    init?(application: String, privateKey: String) {
        guard (1...64).contains(application.utf8.count),
            application.utf8.allSatisfy({ byte in
                (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || byte == 0x2D
            }), let key = try? _RSA.Signing.PrivateKey(pemRepresentation: privateKey)
        else { return nil }
        self.application = application
        self.key = key
    }

    /// The header that logs in at this time, in seconds since 1970.
    func header(now: Int) -> String {
        last.withLock { made in
            if made.text.isEmpty || now < made.at || now - made.at >= Self.renewal {
                // Without a token the request is refused, which says what is wrong.
                made = Made(text: (try? token(now: now)) ?? "", at: now)
            }
            return "Authorization: Bearer " + made.text
        }
    }

    private func token(now: Int) throws -> String {
        var claims = JSONWriter()
        claims.beginObject()
        claims.field("application_id", application)
        claims.field("iat", now)
        claims.field("jti", Self.identifier())
        claims.field("exp", now + Self.lifetime)
        claims.endObject()
        let signed =
            Self.encoded(Array(#"{"alg":"RS256","typ":"JWT"}"#.utf8)) + "." + Self.encoded(claims.bytes)
        let signature = try key.signature(for: SHA256.hash(data: Array(signed.utf8)), padding: .insecurePKCS1v1_5)
        return signed + "." + Self.encoded(Array(signature.rawRepresentation))
    }

    /// A random UUID.
    private static func identifier() -> String {
        var bytes = SymmetricKey(size: .bits128).withUnsafeBytes { Array($0) }
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        var text = ""
        for (index, byte) in bytes.enumerated() {
            if [4, 6, 8, 10].contains(index) { text += "-" }
            text += byte < 16 ? "0" + String(byte, radix: 16) : String(byte, radix: 16)
        }
        return text
    }

    /// Base64 for addresses, without padding.
    private static func encoded(_ bytes: [UInt8]) -> String {
        var text = ""
        for character in Data(bytes).base64EncodedString() {
            switch character {
            case "+": text.append("-")
            case "/": text.append("_")
            case "=": break
            default: text.append(character)
            }
        }
        return text
    }
}
