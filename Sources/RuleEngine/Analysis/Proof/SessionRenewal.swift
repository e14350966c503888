/// A way of a program that is only taken by people who have answered one of its messages: `wait_until: replied(question)`,
/// `if: replied(question)`.
struct SessionRenewal {
    /// A way on from a node, by its place among the node's successors.
    struct Way: Hashable {
        let node: Int
        let number: Int
    }

    let way: Way
    /// The node of the message.
    let answered: Int
    /// Microseconds; nil where the answer may be as old as the message.
    let window: Int64?

    static func all(in graph: ProgramGraph) -> [SessionRenewal] {
        graph.nodes.indices.flatMap { index -> [SessionRenewal] in
            switch graph.nodes[index] {
            case .waitUntil(let conditions, _, _, _):
                return answers(conditions, in: graph).map { answered, window in
                    SessionRenewal(way: Way(node: index, number: 0), answered: answered, window: window)
                }
            case .choose(let arms, _):
                return arms.indices.flatMap { arm in
                    answers(arms[arm].conditions, in: graph).map { answered, window in
                        SessionRenewal(way: Way(node: index, number: arm), answered: answered, window: window)
                    }
                }
            case .entry, .holdout, .gate, .send, .deliver, .wait, .waitFor, .split, .loop, .set, .tag, .untag, .emit,
                .call, .start, .handOver, .exit:
                return []
            }
        }
    }

    /// The messages that must have been answered for all of these to hold.
    private static func answers(
        _ conditions: [TypedExpression], in graph: ProgramGraph
    ) -> [(answered: Int, window: Int64?)] {
        conditions.flatMap(\.root.conjuncts).compactMap { node in
            guard case .fact(.history(let query)) = node.kind, query.function == .replied,
                case .step(let step) = query.subject, let answered = graph.steps[step.key]
            else { return nil }
            return (answered, query.window)
        }
    }
}
