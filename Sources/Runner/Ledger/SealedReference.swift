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
    /// Keeps references apart from other uses of the same data key.
    private static let context = Array("carillon/reference/1".utf8)

    package init(_ key: DataKey) {
        var keyed = HMAC<SHA256>(key: SymmetricKey(data: key.bytes))
        keyed.update(data: Self.context)
        self.keyed = keyed
    }

    package func seal(_ delivery: DeliveryKey, into text: inout [UInt8]) {
        var sealed: [UInt8] = []
        sealed.reserveCapacity(48)
        Self.append(Int64(delivery.tenant), to: &sealed)
        Self.append(delivery.launch.rawValue, to: &sealed)
        Self.append(delivery.contact.rawValue, to: &sealed)
        Self.append(Int64(delivery.step), to: &sealed)
        Self.append(delivery.occurrence, to: &sealed)
        appendMAC(of: sealed.count, to: &sealed)
        Base32.encode(sealed, into: &text)
    }

    package func seal(_ delivery: DeliveryKey) -> String {
        var text: [UInt8] = []
        seal(delivery, into: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// Nil for anything that this key did not seal.
    package func open(_ text: some StringProtocol) -> DeliveryKey? {
        guard text.utf8.count <= 128, let sealed = Base32.decode(text.utf8), sealed.count > Self.macLength else {
            return nil
        }
        let payload = sealed.dropLast(Self.macLength)
        var genuine = Array(payload)
        appendMAC(of: genuine.count, to: &genuine)
        // Every byte is looked at, whether the one before agreed or not.
        let difference = zip(genuine, sealed).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) }
        guard difference == 0 else { return nil }
        var numbers: [Int64] = []
        var rest = payload
        while !rest.isEmpty {
            guard let number = Self.number(from: &rest) else { return nil }
            numbers.append(number)
        }
        return DeliveryKey(numbers: numbers)
    }

    /// Appends the code of the first `count` bytes.
    private func appendMAC(of count: Int, to bytes: inout [UInt8]) {
        var mac = keyed
        bytes.withUnsafeBytes { mac.update(data: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
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
