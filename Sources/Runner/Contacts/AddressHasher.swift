internal import Crypto

/// The keyed hash under which an address is known to the suppression list: the first 16 bytes of
/// HMAC-SHA256(data key, kind `|` address in lower case). It outlives the person's erasure, and nobody without the
/// data key can tell whether an address is listed.
package struct AddressHasher: Sendable {
    package static let byteCount = 16

    private let prototypes: [String: HMAC<SHA256>]
    private let blank: HMAC<SHA256>

    package init(_ key: DataKey) {
        // The key is mixed in once; each hash goes on from a copy.
        let blank = HMAC<SHA256>(key: SymmetricKey(data: key.bytes))
        self.blank = blank
        prototypes = Dictionary(
            uniqueKeysWithValues: AddressNormalizer.kinds.map { kind in
                var mac = blank
                mac.update(data: Array("\(kind)|".utf8))
                return (kind, mac)
            }
        )
    }

    /// Appends the key of a normalised address.
    package func append(kind: String, _ address: UnsafeBufferPointer<UInt8>, to output: inout [UInt8]) {
        var mac: HMAC<SHA256>
        if let prototype = prototypes[kind] {
            mac = prototype
        } else {
            mac = blank
            mac.update(data: Array("\(kind)|".utf8))
        }
        var isPlain = true
        for byte in address where byte >= 0x80 || byte &- 0x41 < 26 { isPlain = false }
        if isPlain {
            mac.update(data: UnsafeRawBufferPointer(address))
        } else {
            let lowered = String(decoding: address, as: UTF8.self).lowercased()
            mac.update(data: Array(NormalForm.composed(lowered).utf8))
        }
        mac.finalize().withUnsafeBytes { output.append(contentsOf: $0.prefix(Self.byteCount)) }
    }

    package func key(kind: String, _ address: String) -> [UInt8] {
        var address = address
        var output: [UInt8] = []
        address.withUTF8 { append(kind: kind, $0, to: &output) }
        return output
    }
}
