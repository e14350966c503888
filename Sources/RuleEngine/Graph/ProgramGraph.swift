/// A program as the evaluator runs it: campaigns, sequences and rules all become this. Nodes are addressed by
/// index; a node's step number is what the ledger records.
package struct ProgramGraph: Sendable {
    package enum Node: Sendable {
        /// Where contacts come in: the audience of a campaign.
        case entry(next: Int)
        /// Stands in front of every send; blocks or lets through.
        case gate(purpose: Purpose, next: Int)
        case send(channels: [String], next: Int)
        case exit(name: String)
    }

    package let id: String
    package let nodes: [Node]
    /// The bytes whose SHA-256 is the program's version.
    package let canonicalForm: [UInt8]

    package init(id: String, nodes: [Node], canonicalForm: [UInt8]) {
        self.id = id
        self.nodes = nodes
        self.canonicalForm = canonicalForm
    }
}
