internal import Crypto
internal import CryptoExtras

/// A password as it is kept: by scrypt, with what it was made with beside it, so that a stronger cost can come later.
package struct PasswordHash: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
    /// log2 of the rounds. 17 takes 128 MiB and some tenths of a second: what a login may cost us, and a thief for each guess.
    package static let cost: UInt8 = 17
    private static let blockSize = 8

    package let cost: UInt8
    package let salt: [UInt8]
    package let code: [UInt8]

    /// - Returns: nil where the memory isn't there.
    package init?(_ password: String, cost: UInt8 = PasswordHash.cost) {
        let salt = SymmetricKey(size: .bits128).withUnsafeBytes { Array($0) }
        guard let code = Self.code(password, salt, cost) else { return nil }
        self.cost = cost
        self.salt = salt
        self.code = code
    }

    /// As it was kept: cost, salt, code.
    package init?(kept bytes: [UInt8]) {
        guard bytes.count == 49, (1...24).contains(bytes[0]) else { return nil }
        cost = bytes[0]
        salt = Array(bytes[1..<17])
        code = Array(bytes[17...])
    }

    package var kept: [UInt8] { [cost] + salt + code }

    /// Every byte is compared, whether the one before agreed or not.
    package func matches(_ password: String) -> Bool {
        guard let other = Self.code(password, salt, cost) else { return false }
        return zip(code, other).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    package var description: String { "«redacted»" }
    package var customMirror: Mirror { Mirror(self, children: []) }

    private static func code(_ password: String, _ salt: [UInt8], _ cost: UInt8) -> [UInt8]? {
        let key = try? KDF.Scrypt.deriveKey(
            from: Array(password.utf8), salt: salt, outputByteCount: 32, rounds: 1 << Int(cost), blockSize: blockSize,
            parallelism: 1, maxMemory: 2 * 128 * blockSize << Int(cost))
        return key?.withUnsafeBytes { Array($0) }
    }
}

/// What a password has to be: long. Anything else that it must hold only makes people write it down.
package enum PasswordRule {
    package static let length = 12...1_024

    package static func holds(_ password: String, for name: String) -> Bool {
        length.contains(password.unicodeScalars.count) && password.lowercased() != name.lowercased()
            && Set(password.unicodeScalars).count > 3
    }
}
