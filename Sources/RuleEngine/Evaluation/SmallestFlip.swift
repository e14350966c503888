/// A part of a condition that would have to come out otherwise.
package struct FlippedPart: Sendable, Hashable {
    /// As the author wrote it.
    package let source: String
    package let span: SourceSpan
    /// What it would have to come to.
    package let becomes: Bool

    package init(source: String, span: SourceSpan, becomes: Bool) {
        self.source = source
        self.span = span
        self.becomes = becomes
    }
}

extension TypedExpression {
    /// The fewest parts that would have to come out otherwise for the whole to come to this. Empty where it does.
    ///
    /// Where several parts would do, the first that is written.
    package func smallestFlip(to wanted: Bool, in context: borrowing EvaluationContext) -> [FlippedPart] {
        flip(root, to: wanted, in: context)
    }

    private func flip(
        _ node: TypedNode, to wanted: Bool, in context: borrowing EvaluationContext
    ) -> [FlippedPart] {
        switch node.kind {
        case .and(let operands) where !covers(node, operands):
            return wanted ? all(operands, wanted, in: context) : fewest(operands, wanted, in: context)
        case .or(let operands) where !covers(node, operands):
            return wanted ? fewest(operands, wanted, in: context) : all(operands, wanted, in: context)
        case .not(let operand): return flip(operand, to: !wanted, in: context)
        default:
            guard node.evaluate(in: context).isTrue != wanted else { return [] }
            let bytes = Array(source.utf8)
            return [
                FlippedPart(
                    source: String(decoding: bytes[node.range.clamped(to: 0..<bytes.count)], as: UTF8.self),
                    span: node.span, becomes: wanted)
            ]
        }
    }

    /// A comparison that was taken apart by the compiler is one to its author.
    private func covers(_ node: TypedNode, _ operands: [TypedNode]) -> Bool {
        operands.contains { $0.range == node.range }
    }

    private func all(
        _ nodes: [TypedNode], _ wanted: Bool, in context: borrowing EvaluationContext
    ) -> [FlippedPart] {
        var parts: [FlippedPart] = []
        for node in nodes { parts += flip(node, to: wanted, in: context) }
        return parts
    }

    private func fewest(
        _ nodes: [TypedNode], _ wanted: Bool, in context: borrowing EvaluationContext
    ) -> [FlippedPart] {
        var best: [FlippedPart]?
        for node in nodes {
            let parts = flip(node, to: wanted, in: context)
            if parts.count < best?.count ?? Int.max { best = parts }
        }
        return best ?? []
    }
}
