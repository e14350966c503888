import Crypto
import FoundationEssentials

/// The keys of one endpoint, and what is signed with them, as Standard Webhooks 1 says.
package struct WebhookSecret: Sendable {
    private let keys: [SymmetricKey]

    /// Reads `whsec_…`, or two of them with a space between while one takes over from the other. Nil if one of them
    /// is not Base64 of 24 to 64 bytes.
    package init?(_ text: String) {
        let parts = text.split(whereSeparator: \.isWhitespace)
        let keys = parts.compactMap { WebhookSecret.key($0) }
        guard (1...2).contains(parts.count), keys.count == parts.count else {
            return nil
        }
        self.keys = keys
    }

    private static func key(_ text: Substring) -> SymmetricKey? {
        var encoded = text.hasPrefix("whsec_") ? String(text.dropFirst(6)) : String(text)
        while encoded.utf8.count % 4 != 0, encoded.utf8.count % 4 != 1 {
            encoded += "="
        }
        guard let bytes = Data(base64Encoded: encoded), (24...64).contains(bytes.count) else {
            return nil
        }
        return SymmetricKey(data: bytes)
    }

    /// `v1,` and the signature, for each key.
    package func signature(id: String, timestamp: Int, body: [UInt8]) -> String {
        let signed = WebhookSecret.signed(id: id, timestamp: "\(timestamp)", body: body)
        return keys.map { key in
            "v1," + Data(HMAC<SHA256>.authenticationCode(for: signed, using: key)).base64EncodedString()
        }
        .joined(separator: " ")
    }

    /// Whether a received message was signed with one of the keys, at most five minutes from `now`.
    ///
    /// Signatures of other versions and malformed ones are passed over, since senders may add new kinds.
    package func verifies(id: String, timestamp: String, signature: String, body: [UInt8], now: Int) -> Bool {
        guard !id.isEmpty, let sentAt = Int(timestamp), sentAt > 0, abs(now - sentAt) <= 300 else {
            return false
        }
        let signed = WebhookSecret.signed(id: id, timestamp: timestamp, body: body)
        return signature.split(separator: " ").contains { part in
            guard part.hasPrefix("v1,"), let code = Data(base64Encoded: String(part.dropFirst(3))) else {
                return false
            }
            // Compared in constant time by the library.
            return keys.contains { HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: signed, using: $0) }
        }
    }

    private static func signed(id: String, timestamp: String, body: [UInt8]) -> [UInt8] {
        var signed: [UInt8] = []
        signed.reserveCapacity(id.utf8.count + timestamp.utf8.count + body.count + 2)
        signed.append(contentsOf: id.utf8)
        signed.append(0x2E)
        signed.append(contentsOf: timestamp.utf8)
        signed.append(0x2E)
        signed.append(contentsOf: body)
        return signed
    }
}
