internal import Crypto
package import RuleEngine

/// Codes that an app shows for half a minute each (RFC 6238): six digits that follow from a secret and the time.
package struct OneTimeCode: Sendable, CustomStringConvertible, CustomReflectable {
    /// Seconds for which a code is the newest.
    package static let period: Int64 = 30
    package static let digits = 6
    /// A clock may be so many steps wrong, to either side.
    private static let window: Int64 = 1

    package let secret: [UInt8]

    /// A new one of 160 bits, as RFC 4226 asks for.
    package init() {
        secret = SymmetricKey(size: .bits256).withUnsafeBytes { Array($0.prefix(20)) }
    }

    package init(secret: [UInt8]) {
        self.secret = secret
    }

    package var description: String { "«redacted»" }
    package var customMirror: Mirror { Mirror(self, children: []) }

    package static func step(at now: Timestamp) -> Int64 { now.microseconds / 1_000_000 / period }

    /// SHA-1, because apps know no other everywhere; as a keyed hash nothing is known against it.
    package func code(at step: Int64, digits: Int = OneTimeCode.digits) -> String {
        let counter = withUnsafeBytes(of: step.bigEndian) { Array($0) }
        let hash = Array(
            HMAC<Insecure.SHA1>.authenticationCode(for: counter, using: SymmetricKey(data: secret)))
        let offset = Int(hash[hash.count - 1] & 0x0F)
        let number = hash[offset..<offset + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF
        let text = String(number % (0..<digits).reduce(1) { power, _ in power * 10 })
        return String(repeating: "0", count: digits - text.count) + text
    }

    /// The step of which this is the code; nil for one of no step that counts. Each step is compared, in the same time.
    package func step(of code: String, at now: Timestamp) -> Int64? {
        let newest = Self.step(at: now)
        let given = Array(code.utf8)
        var found: Int64?
        for step in newest - Self.window...newest + Self.window {
            let wanted = Array(self.code(at: step).utf8)
            let isSame = given.count == wanted.count && zip(given, wanted).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
            if isSame { found = step }
        }
        return found
    }

    /// As people type it into an app.
    package var text: String {
        var text: [UInt8] = []
        Base32.encode(secret, into: &text)
        return String(decoding: text, as: UTF8.self).uppercased()
    }

    /// What apps read from a picture.
    package func address(of user: String) -> String {
        "otpauth://totp/Carillon:\(user)?secret=\(text)&issuer=Carillon&algorithm=SHA1&digits=\(Self.digits)"
            + "&period=\(Self.period)"
    }
}

/// By which second factors are kept: what is in the database alone opens nothing.
package struct FactorSeal: Sendable {
    private let key: SymmetricKey
    private let pepper: SymmetricKey

    package init(_ dataKey: DataKey) {
        func derived(_ use: String) -> SymmetricKey {
            SymmetricKey(
                data: Array(
                    HMAC<SHA256>.authenticationCode(
                        for: Array(use.utf8), using: SymmetricKey(data: dataKey.bytes))))
        }
        key = derived("carillon/totp/1")
        pepper = derived("carillon/recovery/1")
    }

    /// Nobody else's row opens it.
    package func seal(_ code: OneTimeCode, of user: String) -> [UInt8] {
        guard let sealed = try? AES.GCM.seal(code.secret, using: key, authenticating: Array(user.utf8)).combined else {
            preconditionFailure("twenty bytes can be sealed")
        }
        return Array(sealed)
    }

    /// Nil for what was not sealed by this folder for this person.
    package func open(_ sealed: [UInt8], of user: String) -> OneTimeCode? {
        guard let box = try? AES.GCM.SealedBox(combined: sealed),
            let bytes = try? AES.GCM.open(box, using: key, authenticating: Array(user.utf8))
        else { return nil }
        return OneTimeCode(secret: Array(bytes))
    }

    /// For the day on which the app is gone: ten, each for one login. `hxk3v-7m2pq`.
    package static func recoveryCodes() -> [String] {
        (0..<10).map { _ in
            var text: [UInt8] = []
            // 56 bits make eleven and a bit characters.
            Base32.encode(SymmetricKey(size: .bits128).withUnsafeBytes { Array($0.prefix(7)) }, into: &text)
            return String(decoding: text.prefix(5), as: UTF8.self) + "-"
                + String(decoding: text.dropFirst(5).prefix(5), as: UTF8.self)
        }
    }

    /// What is kept of one: whoever types it may forget the hyphen, or shout.
    package func hash(ofRecovery code: String, of user: String) -> [UInt8] {
        let plain = code.lowercased().filter { $0 != "-" && $0 != " " }
        return Array(HMAC<SHA256>.authenticationCode(for: Array((user + "\n" + plain).utf8), using: pepper))
    }
}
