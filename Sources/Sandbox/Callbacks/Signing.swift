import Channels
import Crypto
import FoundationEssentials

/// The signatures of callbacks, made with the sandbox's own keys.
enum Signing {
    static func hex<H: HashFunction>(_ message: [UInt8], key: String, with hash: H.Type) -> String {
        HexText.encode(HMAC<H>.authenticationCode(for: message, using: SymmetricKey(data: Array(key.utf8))))
    }

    static func base64<H: HashFunction>(_ message: [UInt8], key: String, with hash: H.Type) -> String {
        Data(HMAC<H>.authenticationCode(for: message, using: SymmetricKey(data: Array(key.utf8)))).base64EncodedString()
    }

    static func sha256(_ bytes: [UInt8]) -> String {
        HexText.encode(SHA256.hash(data: bytes))
    }

    /// For tokens: the alphabet of URLs, without padding.
    static func base64URL(_ bytes: some Sequence<UInt8>) -> String {
        var text = ""
        for character in Data(Array(bytes)).base64EncodedString() {
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

/// A form, as callbacks carry it and as signatures see it.
struct CallbackForm {
    private(set) var fields: [(name: String, value: String)] = []

    mutating func add(_ name: String, _ value: String?) {
        if let value { fields.append((name, value)) }
    }

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        for (name, value) in fields {
            if !bytes.isEmpty { bytes.append(0x26) }
            FormWriter.escape(name.utf8, into: &bytes)
            bytes.append(0x3D)
            FormWriter.escape(value.utf8, into: &bytes)
        }
        return bytes
    }
}
