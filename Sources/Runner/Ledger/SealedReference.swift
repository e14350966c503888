internal import Crypto

/// A delivery's key in a form that may leave the house: what a provider echoes, what stands in a Message-ID and in
/// an unsubscribe link. Nobody without the data key can make one, and reading one needs no lookup.
///
/// The text is the key's integers, each as a variable-length number, and the first twelve bytes of their
/// HMAC-SHA256, in lower-case base32 (`a-z2-7`): it survives mail systems that fold case.
package struct ReferenceSealer: Sendable {
    /// Has taken in the key and the context already, which is half of the work.
    private let keyed: HMAC<SHA256>
    private static let macLength = 12

    /// What a reference may be used for: whoever has one for one thing has none for another.
    package enum Use: String, Sendable {
        /// To name the message, and to refuse more of its kind.
        case message = "carillon/reference/1"
        /// To agree to something, by a link that only its recipient has.
        case confirmation = "carillon/confirmation/1"
        case click = "carillon/click/1"
        case open = "carillon/open/1"
        /// To look at the message as it was sent.
        case view = "carillon/view/1"
    }

    package init(_ key: DataKey, for use: Use = .message) {
        var keyed = HMAC<SHA256>(key: SymmetricKey(data: key.bytes))
        keyed.update(data: Array(use.rawValue.utf8))
        self.keyed = keyed
    }

    /// - Parameter target: what else the seal holds: it opens beside nothing else.
    package func seal(_ delivery: DeliveryKey, with target: [UInt8] = [], into text: inout [UInt8]) {
        var sealed: [UInt8] = []
        sealed.reserveCapacity(48)
        Self.append(Int64(delivery.tenant), to: &sealed)
        Self.append(delivery.launch.rawValue, to: &sealed)
        Self.append(delivery.contact.rawValue, to: &sealed)
        Self.append(Int64(delivery.step), to: &sealed)
        Self.append(delivery.occurrence, to: &sealed)
        appendMAC(of: sealed.count, with: target, to: &sealed)
        Base32.encode(sealed, into: &text)
    }

    /// A row of ours that is no message.
    package func seal(tenant: Int32, row: Int64) -> String {
        var sealed: [UInt8] = []
        Self.append(Int64(tenant), to: &sealed)
        Self.append(row, to: &sealed)
        appendMAC(of: sealed.count, with: [], to: &sealed)
        var text: [UInt8] = []
        Base32.encode(sealed, into: &text)
        return String(decoding: text, as: UTF8.self)
    }

    package func seal(_ delivery: DeliveryKey) -> String {
        var text: [UInt8] = []
        seal(delivery, into: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// Nil for anything that this key did not seal.
    package func open(_ text: some StringProtocol, with target: [UInt8] = []) -> DeliveryKey? {
        numbers(of: text, with: target).flatMap { DeliveryKey(numbers: $0) }
    }

    package func openRow(_ text: some StringProtocol) -> (tenant: Int32, row: Int64)? {
        guard let numbers = numbers(of: text, with: []), numbers.count == 2, let tenant = Int32(exactly: numbers[0])
        else { return nil }
        return (tenant, numbers[1])
    }

    private func numbers(of text: some StringProtocol, with target: [UInt8]) -> [Int64]? {
        guard text.utf8.count <= 128, let sealed = Base32.decode(text.utf8), sealed.count > Self.macLength else {
            return nil
        }
        let payload = sealed.dropLast(Self.macLength)
        var genuine = Array(payload)
        appendMAC(of: genuine.count, with: target, to: &genuine)
        // Every byte is looked at, whether the one before agreed or not.
        let difference = zip(genuine, sealed).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) }
        guard difference == 0 else { return nil }
        var numbers: [Int64] = []
        var rest = payload
        while !rest.isEmpty {
            guard let number = Self.number(from: &rest) else { return nil }
            numbers.append(number)
        }
        return numbers
    }

    /// Appends the code of the first `count` bytes and the target. The numbers say themselves where they end.
    private func appendMAC(of count: Int, with target: [UInt8], to bytes: inout [UInt8]) {
        var mac = keyed
        bytes.withUnsafeBytes { mac.update(data: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        if !target.isEmpty { mac.update(data: target) }
        mac.finalize().withUnsafeBytes { bytes.append(contentsOf: $0[..<Self.macLength]) }
    }

    private static func append(_ number: Int64, to bytes: inout [UInt8]) {
        var rest = UInt64(bitPattern: number)
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private static func number(from bytes: inout ArraySlice<UInt8>) -> Int64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while let byte = bytes.popFirst() {
            guard shift < 64 else { return nil }
            value |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return Int64(bitPattern: value) }
            shift += 7
        }
        return nil
    }
}

extension DeliveryKey {
    fileprivate var numbers: [Int64] {
        [Int64(tenant), launch.rawValue, contact.rawValue, Int64(step), occurrence]
    }

    fileprivate init?(numbers: [Int64]) {
        guard numbers.count == 5, let tenant = Int32(exactly: numbers[0]), let step = Int32(exactly: numbers[3])
        else { return nil }
        self.init(
            tenant: tenant, launch: LaunchID(rawValue: numbers[1]), contact: ContactKey(rawValue: numbers[2]),
            step: step, occurrence: numbers[4])
    }

    /// SHA-256 of the key, its first 16 bytes in hex: the idempotency key that a provider gets. It is the same over
    /// all attempts.
    package var idempotencyKey: [UInt8] {
        var hash = SHA256()
        for number in numbers {
            withUnsafeBytes(of: number.littleEndian) { hash.update(bufferPointer: $0) }
        }
        return Hex.encode(hash.finalize().prefix(16))
    }
}
