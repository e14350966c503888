package import RuleEngine

/// A key and what its secret is known by.
package struct StoredKey: Sendable {
    package var key: APIKey
    package var code: [UInt8]

    package init(key: APIKey, code: [UInt8]) {
        self.key = key
        self.code = code
    }
}

/// The keys of the API. One thread owns it.
package protocol KeyStore: AnyObject {
    /// All of them, the newest last.
    func keys() throws(StoreError) -> [StoredKey]
    func insert(_ key: StoredKey) throws(StoreError)
    /// False where there is no such key, or it was revoked before.
    func revoke(_ id: String, now: Timestamp) throws(StoreError) -> Bool
    /// Lets it end then, where it wouldn't end before.
    func expire(_ id: String, at: Timestamp) throws(StoreError)
    /// Another key took its place: what was begun with it goes on with that one's rights.
    func replace(_ id: String, by successor: String) throws(StoreError)
    func noteUse(_ used: [String: Timestamp]) throws(StoreError)
}
