import Crypto

/// The secret itself: `crl_` (a session: `crs_`, an invitation: `cri_`), eight characters that name the key, and forty-three that prove it (256 bits).
///
/// A fast keyed hash is enough to keep it by: what is drawn from 2^256 can't be guessed from its hash.
package struct KeyToken: Sendable, CustomStringConvertible, CustomReflectable {
    package enum Kind: String, Sendable {
        case key = "crl_"
        case session = "crs_"
        case invitation = "cri_"
    }

    package let kind: Kind
    package let id: String
    private let secret: [UInt8]

    private static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
    private static let idLength = 8
    private static let secretLength = 43

    /// A new one.
    package init(_ kind: Kind = .key) {
        self.kind = kind
        id = Self.name()
        secret = Self.draw(Self.secretLength)
    }

    /// Eight characters by chance, to tell things apart by.
    package static func name() -> String {
        String(decoding: draw(idLength), as: UTF8.self)
    }

    /// Nil for what has another form.
    package init?(_ text: some StringProtocol, _ kind: Kind = .key) {
        let bytes = Array(text.utf8)
        let start = kind.rawValue.utf8.count
        guard text.hasPrefix(kind.rawValue), bytes.count == start + Self.idLength + Self.secretLength,
            bytes[start...].allSatisfy(Self.isOurs)
        else { return nil }
        self.kind = kind
        id = String(decoding: bytes[start..<start + Self.idLength], as: UTF8.self)
        secret = Array(bytes[(start + Self.idLength)...])
    }

    /// Shown once, to whoever made it.
    package var text: String { kind.rawValue + id + String(decoding: secret, as: UTF8.self) }

    package var description: String { "«redacted»" }
    package var customMirror: Mirror { Mirror(self, children: []) }

    /// What is kept of it.
    package func code(under key: DataKey) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: secret, using: pepper(key)))
    }

    /// What follows from the secret for another use; it says nothing of the secret.
    package func code(under key: DataKey, for use: String) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Array(use.utf8), using: SymmetricKey(data: code(under: key))))
    }

    /// In the same time whether it is right or wrong.
    package func matches(_ code: [UInt8], under key: DataKey) -> Bool {
        HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: secret, using: pepper(key))
    }

    private func pepper(_ key: DataKey) -> SymmetricKey {
        let code = HMAC<SHA256>.authenticationCode(
            for: Array((kind == .key ? "api-keys" : kind.rawValue).utf8), using: SymmetricKey(data: key.bytes))
        return SymmetricKey(data: Array(code))
    }

    private static func isOurs(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }

    /// Each character with the same chance: what lies above the last whole multiple is drawn again.
    private static func draw(_ count: Int) -> [UInt8] {
        var characters: [UInt8] = []
        while characters.count < count {
            let bytes = SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) }
            for byte in bytes where byte < 248 && characters.count < count {
                characters.append(alphabet[Int(byte) % alphabet.count])
            }
        }
        return characters
    }
}
