package import RuleEngine

/// In which order a route's candidates are tried for one contact: those that nothing rules out, by its expressions.
package struct RouteChoice: Sendable {
    private let skipWhen: [TypedExpression]
    private let rank: [TypedExpression]

    package init(_ route: CheckedRoute) {
        skipWhen = route.skipWhen
        rank = route.rank
    }

    /// Whether an expression asks if the person wrote within the session window: reading it costs a query.
    package var asksSession: Bool {
        (skipWhen + rank).contains { Self.asks($0.root, .session_open) }
    }

    private static func asks(_ node: TypedNode, _ field: FactQuery.ChannelField) -> Bool {
        if case .fact(.channel(let asked)) = node.kind, asked == field { return true }
        return node.operands.contains { asks($0, field) }
    }

    /// Indices of the candidates, the best first; equal ones keep the order of the file.
    package func order(_ candidates: [ChannelFacts], in context: EvaluationContext) -> [Int] {
        var context = context
        var kept: [(index: Int, keys: [Value])] = []
        for (index, candidate) in candidates.enumerated() {
            context.channel = candidate
            if skipWhen.contains(where: { $0.evaluate(in: context).isTrue }) { continue }
            kept.append((index, rank.map { $0.evaluate(in: context) }))
        }
        return kept.sorted { one, two in
            for (left, right) in zip(one.keys, two.keys) {
                let order = Self.compare(left, right)
                if order != 0 { return order < 0 }
            }
            return one.index < two.index
        }.map(\.index)
    }

    /// Negative where the first comes before: true before false, small before large, and what nobody knows last.
    private static func compare(_ one: Value, _ two: Value) -> Int {
        switch (one, two) {
        case (.missing, .missing): return 0
        case (.missing, _): return 1
        case (_, .missing): return -1
        case (.bool(let left), .bool(let right)): return left == right ? 0 : (left ? -1 : 1)
        case (.number(let left, _), .number(let right, _)): return left == right ? 0 : (left < right ? -1 : 1)
        case (.text(let left), .text(let right)):
            if left == right { return 0 }
            return left.lexicographicallyPrecedes(right) ? -1 : 1
        default: return 0
        }
    }
}
