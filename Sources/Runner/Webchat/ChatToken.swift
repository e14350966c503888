import Crypto
package import RuleEngine

/// What a browser shows to say who it is: the visitor's id and an end, signed with the data folder's own key. Nothing of it
/// is kept here, and nobody else can make one.
package struct ChatTokens: Sendable {
    /// A browser that comes back within this time goes on where it was.
    package static let life: Double = 180 * 86_400

    private let key: SymmetricKey

    package init(_ key: DataKey) {
        self.key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: key.bytes), info: Array("carillon web chat".utf8), outputByteCount: 32)
    }

    /// An id for a browser that nobody knows: 128 bits of chance.
    package func newVisitor() -> String {
        "v_" + Self.text(SymmetricKey(size: .bits128).withUnsafeBytes { Array($0) })
    }

    /// The id of a person whom the site knows: the same in every browser, and no hint of who it is.
    package func visitor(of externalID: String, channel: String) -> String {
        "u_" + Self.text(code("visitor\u{0}\(channel)\u{0}\(externalID)").prefix(16))
    }

    package func token(for visitor: ChatVisitor, until end: Timestamp) -> String {
        let seconds = end.microseconds / 1_000_000
        return "\(visitor.id).\(seconds).\(mac(visitor, seconds))"
    }

    /// Nil for a token that we didn't make for this channel, or that is over.
    package func visitor(_ token: String, channel: String, now: Timestamp) -> ChatVisitor? {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard token.utf8.count <= 200, parts.count == 3, let seconds = Int64(parts[1]), Self.isVisitor(parts[0]) else {
            return nil
        }
        let visitor = ChatVisitor(channel: channel, id: String(parts[0]))
        guard Self.equal(mac(visitor, seconds), String(parts[2])), seconds > now.microseconds / 1_000_000 else {
            return nil
        }
        return visitor
    }

    package static func isVisitor(_ text: some StringProtocol) -> Bool {
        guard text.hasPrefix("v_") || text.hasPrefix("u_"), text.utf8.count == 28 else { return false }
        return text.utf8.dropFirst(2).allSatisfy { (0x61...0x7A).contains($0) || (0x32...0x37).contains($0) }
    }

    /// A browser that nobody has said anything of.
    static func isGuest(_ visitor: String) -> Bool { visitor.hasPrefix("v_") }

    // MARK: Files

    static func newFile() -> String { "f_" + text(SymmetricKey(size: .bits128).withUnsafeBytes { Array($0) }) }

    /// By which the address of a file is good until then: an image in a page can't show who it is for.
    func ticket(file: String, channel: String, until end: Timestamp) -> String {
        let seconds = end.microseconds / 1_000_000
        return "\(seconds).\(mac(file: file, channel, seconds))"
    }

    func opens(_ ticket: String, file: String, channel: String, now: Timestamp) -> Bool {
        let parts = ticket.split(separator: ".", omittingEmptySubsequences: false)
        guard ticket.utf8.count <= 100, parts.count == 2, let seconds = Int64(parts[0]) else { return false }
        return Self.equal(mac(file: file, channel, seconds), String(parts[1]))
            && seconds > now.microseconds / 1_000_000
    }

    private func mac(file: String, _ channel: String, _ seconds: Int64) -> String {
        Self.text(code("file\u{0}\(channel)\u{0}\(file)\u{0}\(seconds)"))
    }

    private func mac(_ visitor: ChatVisitor, _ seconds: Int64) -> String {
        Self.text(code("token\u{0}\(visitor.channel)\u{0}\(visitor.id)\u{0}\(seconds)"))
    }

    private func code(_ text: String) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key))
    }

    /// In constant time: how far two texts agree is nobody's business.
    private static func equal(_ one: String, _ two: String) -> Bool {
        let (left, right) = (Array(one.utf8), Array(two.utf8))
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    /// Base 32 in small letters.
    private static func text(_ bytes: some Sequence<UInt8>) -> String {
        let letters = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)
        var text: [UInt8] = []
        var bits = 0
        var value = 0
        for byte in bytes {
            value = value << 8 | Int(byte)
            bits += 8
            while bits >= 5 {
                bits -= 5
                text.append(letters[value >> bits & 31])
                value &= (1 << bits) - 1
            }
        }
        if bits > 0 { text.append(letters[value << (5 - bits) & 31]) }
        return String(decoding: text, as: UTF8.self)
    }
}

/// Whether a site has proved who its visitor is: HMAC-SHA256 of the contact's id under the channel's key, in hex.
package struct ChatProof: Sendable {
    private let keys: [SymmetricKey]

    /// - Parameter secrets: several while one takes over from another.
    package init(_ secrets: [String]) {
        keys = secrets.filter { $0.utf8.count >= 16 }.map { SymmetricKey(data: Array($0.utf8)) }
    }

    package var isConfigured: Bool { !keys.isEmpty }

    package func proves(_ externalID: String, _ hash: String) -> Bool {
        guard hash.utf8.count == 64, let code = Self.bytes(hash) else { return false }
        let matches = keys.map {
            HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: Array(externalID.utf8), using: $0)
        }
        return matches.contains(true)
    }

    private static func bytes(_ hex: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        let digits = Array(hex.utf8)
        for index in stride(from: 0, to: digits.count - 1, by: 2) {
            guard let byte = UInt8(String(decoding: digits[index...index + 1], as: UTF8.self), radix: 16) else {
                return nil
            }
            bytes.append(byte)
        }
        return bytes
    }
}
