extension Narrowing {
    /// A comparison holds only where both of its sides are known, so a true one shows as much as `is known` does.
    init(of node: TypedNode) {
        switch node.kind {
        case .isKnown(let operand): whenTrue = Self.neededSlots(operand)
        case .isMissing(let operand): whenFalse = Self.neededSlots(operand)
        case .field: whenTrue = Self.neededSlots(node)
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
            whenTrue = Self.neededSlots(left).union(Self.neededSlots(right))
        case .isAmong(let operand, _), .matches(let operand, _): whenTrue = Self.neededSlots(operand)
        case .inSegment(_, let condition): self = Narrowing(of: condition)
        case .fact(.field): whenTrue = Self.neededSlots(node)
        case .constant, .local, .now, .runStartedAt, .sender, .unsubscribeLink, .preferencesLink, .arithmetic,
            .textLength, .listCount, .fallback, .fact:
            break
        }
    }

    /// Fields without which the node has no value.
    private static func neededSlots(_ node: TypedNode) -> Set<Int> {
        switch node.kind {
        case .field(let field): [field.slot]
        case .fact(.field(let root, let field)): [field.knownSlot(root)]
        case .arithmetic(_, let left, let right): neededSlots(left).union(neededSlots(right))
        case .textLength(let operand), .listCount(let operand): neededSlots(operand)
        default: []
        }
    }

    private static func common(_ sets: [Set<Int>]) -> Set<Int> {
        guard let first = sets.first else { return [] }
        return sets.dropFirst().reduce(first) { $0.intersection($1) }
    }
}
