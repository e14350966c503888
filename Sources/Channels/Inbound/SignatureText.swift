import Crypto
import FoundationEssentials

/// Hexadecimal, as signatures are written.
package enum HexText {
    static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// Nil unless it is exactly `count` bytes.
    package static func decode(_ text: some StringProtocol, count: Int) -> [UInt8]? {
        let digits = text.utf8.compactMap(digit)
        guard digits.count == text.utf8.count, digits.count == count * 2 else {
            return nil
        }
        return (0..<count).map { digits[$0 * 2] << 4 | digits[$0 * 2 + 1] }
    }

    package static func encode(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}

package enum Base64Text {
    package static func decode(_ text: some StringProtocol) -> [UInt8]? {
        guard !text.isEmpty, let data = Data(base64Encoded: String(text)) else {
            return nil
        }
        return Array(data)
    }

    /// The alphabet for URLs, without padding, as tokens use it.
    package static func decodeURL(_ text: some StringProtocol) -> [UInt8]? {
        guard text.utf8.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "=") })
        else {
            return nil
        }
        var standard = String(
            decoding: text.utf8.map { byte -> UInt8 in
                switch byte {
                case UInt8(ascii: "-"): UInt8(ascii: "+")
                case UInt8(ascii: "_"): UInt8(ascii: "/")
                default: byte
                }
            },
            as: UTF8.self
        )
        while standard.utf8.count % 4 != 0 {
            standard += "="
        }
        return decode(standard)
    }
}

package enum ConstantTime {
    /// Takes the same time wherever they differ, and whatever their lengths are: their hashes are compared.
    package static func equal(_ left: some StringProtocol, _ right: some StringProtocol) -> Bool {
        let difference = zip(SHA256.hash(data: Array(left.utf8)), SHA256.hash(data: Array(right.utf8)))
            .reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) }
        return difference == 0
    }
}

/// A keyed hash by the name that a provider's settings give it.
enum KeyedHash {
    static func isValid<H: HashFunction>(
        _ code: [UInt8]?,
        _ message: [UInt8],
        key: String,
        with hash: H.Type
    ) -> Bool {
        guard let code, code.count == H.Digest.byteCount, !key.isEmpty else {
            return false
        }
        // Compared in constant time by the library.
        return HMAC<H>.isValidAuthenticationCode(
            code,
            authenticating: message,
            using: SymmetricKey(data: Array(key.utf8))
        )
    }
}
