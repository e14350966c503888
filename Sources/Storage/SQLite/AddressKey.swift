package import Runner

/// How suppressions name an address without holding it: they outlive the person's erasure, and still must not tell
/// who it was.
extension DataKey {
    /// 16 bytes of HMAC-SHA256 over the identity's kind and the normalised address in lower case.
    package func addressKey(kind: String, address: String) -> [UInt8] {
        AddressHasher(self).key(kind: kind, address)
    }
}
