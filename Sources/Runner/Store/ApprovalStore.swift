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

/// Somebody changed what a program means.
package struct ProgramEdit: Sendable, Equatable {
    package var program: String
    package var version: String
    package var editor: String
    package var at: Timestamp

    package init(program: String, version: String, editor: String, at: Timestamp) {
        self.program = program
        self.version = version
        self.editor = editor
        self.at = at
    }
}

package protocol ApprovalStore: AnyObject {
    func approvals(of program: String, version: String) throws(StoreError) -> [Approval]
    /// False where this person had agreed to it already.
    func approve(_ approval: Approval) throws(StoreError) -> Bool
    /// Who brought it to this meaning last, as `Principal.actor` names callers; nil where nobody knows: the files are changed by
    /// other hands too.
    func editor(of program: String, version: String) throws(StoreError) -> String?
    /// - Parameter replaces: whether somebody else may be known as the last one.
    func note(_ edit: ProgramEdit, replaces: Bool) throws(StoreError)
}
