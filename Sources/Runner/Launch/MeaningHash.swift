internal import Crypto

/// The version of a program: what it means, not how it is written.
package enum MeaningHash {
    package static func hex(of canonicalForm: [UInt8]) -> String {
        String(decoding: Hex.encode(SHA256.hash(data: canonicalForm)), as: UTF8.self)
    }
}
