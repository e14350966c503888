package import Runner

/// How suppressions name an address without holding it: they outlive the person's erasure, and still must not tell
/// who it was.
extension DataKey {
    /// 16 bytes of HMAC-SHA256 over the identity's kind and the normalised address in lower case.
    package func addressKey(kind: String, address: String) -> [UInt8] {
        AddressHasher(self).key(kind: kind, address)
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
