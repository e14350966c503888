import Crypto
package import Runner

/// How suppressions name an address without holding it: they outlive the person's erasure, and still must not tell
/// who it was.
extension DataKey {
    /// 16 bytes of HMAC-SHA256 over the identity's kind and the normalised address.
    package func addressKey(kind: String, address: String) -> [UInt8] {
        var code = HMAC<SHA256>(key: SymmetricKey(data: bytes))
        code.update(data: Array(kind.utf8))
        code.update(data: [UInt8(ascii: "|")])
        code.update(data: Array(address.utf8))
        return Array(code.finalize().prefix(16))
    }
}

/// Which kind of identity a channel reaches people by.
package enum IdentityKind {
    package static func of(channelKind: String) -> String {
        switch channelKind {
        case "sms", "mms", "rcs", "voice", "voice_live", "voice_recorded": "phone"
        default: channelKind
        }
    }
}
