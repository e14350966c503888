package import RuleEngine

/// What an account has sent: what limits by the day are held against.
package protocol AccountVolumes: AnyObject {
    /// Accepted messages since an instant, and to how many contacts.
    func volume(
        ofChannel channel: String, since: Timestamp
    ) throws(StoreError) -> (messages: Int, contacts: Int)

    /// When the first message was accepted.
    func firstUse(ofChannel channel: String) throws(StoreError) -> Timestamp?
}
