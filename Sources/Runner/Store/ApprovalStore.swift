package import RuleEngine

/// Somebody agreed to what a program means. A changed meaning is another version, to which nobody has agreed yet.
package struct Approval: Sendable, Equatable {
    package var program: String
    package var version: String
    package var name: String
    /// The permission that the policy asks of whoever agrees.
    package var permission: String
    package var at: Timestamp

    package init(program: String, version: String, name: String, permission: String, at: Timestamp) {
        self.program = program
        self.version = version
        self.name = name
        self.permission = permission
        self.at = at
    }
}

package protocol ApprovalStore: AnyObject {
    func approvals(of program: String, version: String) throws(StoreError) -> [Approval]
    /// False where this person had agreed to it already.
    func approve(_ approval: Approval) throws(StoreError) -> Bool
}
