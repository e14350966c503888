/// A program as the evaluator runs it: campaigns, sequences and rules all become this. Nodes are addressed by
/// index; a node's index is what the ledger records as the step.
package struct ProgramGraph: Sendable {
    package enum Node: Sendable {
        /// Where contacts come in: the audience of a campaign, the entry or trigger of the others.
        case entry(next: Int)
        /// Takes people out by chance who get nothing, so that the effect can be seen. The share in millionths.
        case holdout(share: Int64, next: Int)
        /// Stands in front of every send; blocks or lets through. Who is blocked goes on behind the send.
        case gate(purpose: Purpose, next: Int)
        case send(channels: [String], next: Int)
        /// A send of a sequence or rule, with all that it needs.
        case deliver(CheckedSend, next: Int)
        case wait(CheckedStep.Wait, next: Int)
        case waitFor(event: String, conditions: [TypedExpression], upTo: Int64, then: Int, otherwise: Int)
        case waitUntil([TypedExpression], upTo: Int64, then: Int, otherwise: Int)
        /// The first arm all of whose conditions hold.
        case choose([Arm], otherwise: Int)
        case split(name: String, [Share])
        /// Goes into its body at most so often, with a pause between two rounds, and on when the condition holds.
        case loop(atMost: Int, every: Int64, until: [TypedExpression], body: Int, next: Int)
        case set([Assignment], next: Int)
        case tag(String, lifetime: Int64?, next: Int)
        case untag(String, next: Int)
        case emit(event: String, [Assignment], next: Int)
        case call(CheckedCall, next: Int, failed: Int)
        case start(DocumentKind, String, [Assignment], next: Int)
        case handOver(team: String, note: CompiledText?, next: Int)
        case exit(name: String)
    }

    package struct Arm: Sendable {
        package let conditions: [TypedExpression]
        package let next: Int
    }

    package struct Share: Sendable {
        package let name: String
        /// In millionths.
        package let share: Int64
        package let next: Int
    }

    /// A way from one node to another, with what decides that it is taken.
    package struct Edge: Sendable, Hashable {
        package let from: Int
        package let to: Int
        package let label: String?
    }

    package let id: String
    package let nodes: [Node]
    /// The bytes whose SHA-256 is the program's version.
    package let canonicalForm: [UInt8]
    /// What ends the run wherever it stands: the goal, and the conditions of `exit_when`.
    package let goal: CheckedGoal?
    package let exitWhen: [TypedExpression]
    /// The node of each step, by the step's key: expressions point at steps by it.
    package let steps: [String: Int]
    /// What people call each step that has a name, by node.
    package let names: [Int: String]
    /// Where each node comes from; nil for gates and the ends that nobody wrote.
    package let spans: [SourceSpan?]

    package init(
        id: String, nodes: [Node], canonicalForm: [UInt8], goal: CheckedGoal? = nil,
        exitWhen: [TypedExpression] = [], steps: [String: Int] = [:], names: [Int: String] = [:],
        spans: [SourceSpan?] = []
    ) {
        self.id = id
        self.nodes = nodes
        self.canonicalForm = canonicalForm
        self.goal = goal
        self.exitWhen = exitWhen
        self.steps = steps
        self.names = names
        self.spans = spans
    }
}

extension ProgramGraph.Node {
    /// The nodes that may come next, in the order in which the node names them.
    package var successors: [Int] {
        switch self {
        case .entry(let next), .holdout(_, let next), .gate(_, let next), .send(_, let next), .deliver(_, let next),
            .wait(_, let next), .set(_, let next), .tag(_, _, let next), .untag(_, let next), .emit(_, _, let next),
            .start(_, _, _, let next), .handOver(_, _, let next):
            [next]
        case .waitFor(_, _, _, let then, let otherwise), .waitUntil(_, _, let then, let otherwise): [then, otherwise]
        case .choose(let arms, let otherwise): arms.map(\.next) + [otherwise]
        case .split(_, let shares): shares.map(\.next)
        case .loop(_, _, _, let body, let next): [body, next]
        case .call(_, let next, let failed): next == failed ? [next] : [next, failed]
        case .exit: []
        }
    }

    /// The same node with its ways led elsewhere.
    func mapped(_ place: (Int) -> Int) -> ProgramGraph.Node {
        switch self {
        case .entry(let next): .entry(next: place(next))
        case .holdout(let share, let next): .holdout(share: share, next: place(next))
        case .gate(let purpose, let next): .gate(purpose: purpose, next: place(next))
        case .send(let channels, let next): .send(channels: channels, next: place(next))
        case .deliver(let send, let next): .deliver(send, next: place(next))
        case .wait(let wait, let next): .wait(wait, next: place(next))
        case .waitFor(let event, let conditions, let upTo, let then, let otherwise):
            .waitFor(
                event: event, conditions: conditions, upTo: upTo, then: place(then), otherwise: place(otherwise))
        case .waitUntil(let conditions, let upTo, let then, let otherwise):
            .waitUntil(conditions, upTo: upTo, then: place(then), otherwise: place(otherwise))
        case .choose(let arms, let otherwise):
            .choose(
                arms.map { ProgramGraph.Arm(conditions: $0.conditions, next: place($0.next)) },
                otherwise: place(otherwise))
        case .split(let name, let shares):
            .split(
                name: name,
                shares.map { ProgramGraph.Share(name: $0.name, share: $0.share, next: place($0.next)) })
        case .loop(let atMost, let every, let until, let body, let next):
            .loop(atMost: atMost, every: every, until: until, body: place(body), next: place(next))
        case .set(let values, let next): .set(values, next: place(next))
        case .tag(let name, let lifetime, let next): .tag(name, lifetime: lifetime, next: place(next))
        case .untag(let name, let next): .untag(name, next: place(next))
        case .emit(let event, let values, let next): .emit(event: event, values, next: place(next))
        case .call(let call, let next, let failed): .call(call, next: place(next), failed: place(failed))
        case .start(let kind, let id, let values, let next): .start(kind, id, values, next: place(next))
        case .handOver(let team, let note, let next): .handOver(team: team, note: note, next: place(next))
        case .exit(let name): .exit(name: name)
        }
    }
}
