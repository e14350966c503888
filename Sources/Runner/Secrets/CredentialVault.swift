internal import Crypto
package import RuleEngine

/// A credential as it is kept: sealed by a key of its own, which is sealed by a key that isn't here.
package struct SealedCredential: Sendable, Equatable {
    package var name: String
    /// Which key encryption key its own key is sealed by.
    package var keyName: String
    package var wrapped: [UInt8]
    package var sealed: [UInt8]
    /// Grows with each new value.
    package var version: Int64
    /// The last four characters, of long ones; to tell two apart by.
    package var hint: String
    package var fingerprint: String
    package var updatedAt: Timestamp

    package init(
        name: String, keyName: String, wrapped: [UInt8], sealed: [UInt8], version: Int64, hint: String,
        fingerprint: String, updatedAt: Timestamp
    ) {
        self.name = name
        self.keyName = keyName
        self.wrapped = wrapped
        self.sealed = sealed
        self.version = version
        self.hint = hint
        self.fingerprint = fingerprint
        self.updatedAt = updatedAt
    }

    /// What may be shown: nothing from which the secret follows.
    package var json: JSON {
        [
            "name": .string(name), "ends_with": .string(hint), "fingerprint": .string(fingerprint),
            "key": .string(keyName), "version": JSON(version), "updated_at": .string(ISOInstant.text(updatedAt)),
        ]
    }
}

/// Credentials in the data folder. One thread owns it.
package protocol CredentialStore: AnyObject {
    func all() throws(StoreError) -> [SealedCredential]
    func find(_ name: String) throws(StoreError) -> SealedCredential?
    func put(_ credential: SealedCredential) throws(StoreError)
    /// Seals its key anew. False where somebody else has changed it since.
    func rewrap(_ credential: SealedCredential, from keyName: String) throws(StoreError) -> Bool
    func remove(_ name: String) throws(StoreError) -> Bool
}

/// Seals and opens credentials (AES-256-GCM, a nonce by chance for each). What names a row is part of the seal, so that two
/// rows can't be exchanged.
package struct CredentialVault: Sendable {
    package enum Fault: Error, Sendable, Equatable {
        /// The key that it was sealed by isn't here.
        case noKey(String)
        /// It is not what was written.
        case broken
    }

    private let keys: KeyEncryptionKeys
    private let dataKey: DataKey

    package init(_ keys: KeyEncryptionKeys, dataKey: DataKey) {
        self.keys = keys
        self.dataKey = dataKey
    }

    package var primary: String { keys.primary }

    package func seal(_ secret: String, named name: String, version: Int64, now: Timestamp) throws(Fault)
        -> SealedCredential
    {
        let own = SymmetricKey(size: .bits256)
        let kek = try kek(keys.primary)
        let bytes = Array(secret.utf8)
        guard
            let sealed = try? AES.GCM.seal(bytes, using: own, authenticating: Self.about(name, version)).combined,
            let wrapped = try? AES.GCM.seal(
                own.withUnsafeBytes { Array($0) }, using: kek, authenticating: Self.about(name, keys.primary)
            ).combined
        else { throw .broken }
        return SealedCredential(
            name: name, keyName: keys.primary, wrapped: Array(wrapped), sealed: Array(sealed), version: version,
            hint: bytes.count >= 16 ? String(secret.suffix(4)) : "", fingerprint: fingerprint(bytes), updatedAt: now)
    }

    package func open(_ credential: SealedCredential) throws(Fault) -> String {
        let own = try ownKey(of: credential)
        guard let box = try? AES.GCM.SealedBox(combined: credential.sealed),
            let bytes = try? AES.GCM.open(
                box, using: own, authenticating: Self.about(credential.name, credential.version)),
            let text = String(validating: Array(bytes), as: UTF8.self)
        else { throw .broken }
        return text
    }

    /// The same secret, its key sealed by the first of ours; nil where it is already.
    package func rewrapped(_ credential: SealedCredential) throws(Fault) -> SealedCredential? {
        guard credential.keyName != keys.primary else { return nil }
        let own = try ownKey(of: credential)
        let kek = try kek(keys.primary)
        guard
            let wrapped = try? AES.GCM.seal(
                own.withUnsafeBytes { Array($0) }, using: kek,
                authenticating: Self.about(credential.name, keys.primary)
            ).combined
        else { throw .broken }
        var next = credential
        next.keyName = keys.primary
        next.wrapped = Array(wrapped)
        return next
    }

    private func ownKey(of credential: SealedCredential) throws(Fault) -> SymmetricKey {
        let kek = try kek(credential.keyName)
        guard let box = try? AES.GCM.SealedBox(combined: credential.wrapped),
            let own = try? AES.GCM.open(
                box, using: kek, authenticating: Self.about(credential.name, credential.keyName))
        else { throw .broken }
        return SymmetricKey(data: own)
    }

    private func kek(_ id: String) throws(Fault) -> SymmetricKey {
        guard let key = keys.key(id) else { throw .noKey(id) }
        return key
    }

    /// Tells two secrets apart, and says nothing of either without the data folder's key.
    private func fingerprint(_ bytes: [UInt8]) -> String {
        let key = SymmetricKey(
            data: Array(
                HMAC<SHA256>.authenticationCode(
                    for: Array("carillon/credential-fingerprint/1".utf8), using: SymmetricKey(data: dataKey.bytes))))
        let code = HMAC<SHA256>.authenticationCode(for: bytes, using: key)
        return String(decoding: Hex.encode(Array(code).prefix(6)), as: UTF8.self)
    }

    /// What the seal holds beside the secret: tenant, name, and the version of the value or the name of the key.
    private static func about(_ name: String, _ version: Int64) -> [UInt8] {
        Array("carillon/credential/1\u{0}1\u{0}\(name)\u{0}value\u{0}\(version)".utf8)
    }

    private static func about(_ name: String, _ keyName: String) -> [UInt8] {
        Array("carillon/credential/1\u{0}1\u{0}\(name)\u{0}key\u{0}\(keyName)".utf8)
    }
}
