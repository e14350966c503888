package import RuleEngine

/// Finds contacts. One thread owns it.
package protocol ContactDirectory: AnyObject {
    /// By the caller's id, else by a normalised address on any channel.
    func find(_ idOrAddress: String) throws(StoreError) -> ContactKey?
    /// Each in its place, all of one moment.
    func find(_ idsOrAddresses: [String]) throws(StoreError) -> [ContactKey?]
    func externalID(of contact: ContactKey) throws(StoreError) -> String?
    func count() throws(StoreError) -> Int
    /// Fields inferred from imports of a project that has no `schema:` document.
    func inferredFields() throws(StoreError) -> [ContactField]
}
