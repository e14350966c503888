extension Narrowing {
    /// A comparison holds only where both of its sides are known, so a true one shows as much as `is known` does.
    init(of node: TypedNode) {
        switch node.kind {
        case .isKnown(let operand): whenTrue = Self.needed(operand)
        case .isMissing(let operand): whenFalse = Self.needed(operand)
        case .field: whenTrue = Self.needed(node)
        case .not(let operand):
            let inner = Narrowing(of: operand)
            whenTrue = inner.whenFalse
            whenFalse = inner.whenTrue
        case .and(let operands):
            let inner = operands.map { Narrowing(of: $0) }
            whenTrue = inner.reduce(into: []) { $0.formUnion($1.whenTrue) }
            whenFalse = Self.common(inner.map(\.whenFalse))
        case .or(let operands):
            let inner = operands.map { Narrowing(of: $0) }
            whenTrue = Self.common(inner.map(\.whenTrue))
            whenFalse = inner.reduce(into: []) { $0.formUnion($1.whenFalse) }
        case .compare(_, let left, let right), .listContains(let left, let right), .text(_, let left, let right):
            whenTrue = Self.needed(left).union(Self.needed(right))
        case .isAmong(let operand, _), .matches(let operand, _): whenTrue = Self.needed(operand)
        case .inSegment(_, let condition): self = Narrowing(of: condition)
        case .fact(.field), .fact(.history): whenTrue = Self.needed(node)
        case .constant, .local, .now, .runStartedAt, .sender, .unsubscribeLink, .preferencesLink, .browserLink,
            .arithmetic,
            .textLength, .listCount, .fallback, .fact:
            break
        }
    }

    /// Values without which the node has no value.
    private static func needed(_ node: TypedNode) -> Set<KnownValue> {
        switch node.kind {
        case .field(let field): [.contact(field.slot)]
        case .fact(.field(let root, let field)): [.event(root, field.name)]
        case .fact(.history(let query)): query.knownValue.map { [$0] } ?? []
        case .arithmetic(_, let left, let right): needed(left).union(needed(right))
        case .textLength(let operand), .listCount(let operand): needed(operand)
        default: []
        }
    }

    private static func common(_ sets: [Set<KnownValue>]) -> Set<KnownValue> {
        guard let first = sets.first else { return [] }
        return sets.dropFirst().reduce(first) { $0.intersection($1) }
    }
}
