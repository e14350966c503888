/// Lists of conditions, compared by what they say.
struct ConditionComparison {
    let old: Wording
    let new: Wording

    /// - Parameter isAlternative: one of them is enough, so that one more takes in more people.
    func compare(
        _ what: String, _ was: [TypedExpression], _ now: [TypedExpression], isAlternative: Bool = false,
        places: (old: SourceSpan?, new: SourceSpan?), into list: inout ChangeList
    ) {
        var gone = was.map { (expression: $0, words: old.condition($0.root).flat) }
        var fresh: [(expression: TypedExpression, words: String)] = []
        for expression in now {
            let words = new.condition(expression.root).flat
            if let index = gone.firstIndex(where: { $0.words == words }) {
                gone.remove(at: index)
            } else {
                fresh.append((expression, words))
            }
        }
        let one: MeaningChange.Direction = isAlternative ? .wider : .narrower
        for item in fresh {
            let side = MeaningChange.Side(item.words, item.expression.span)
            guard let index = partner(of: item.expression, among: gone.map(\.expression), isLast: fresh.count == 1)
            else {
                list.report("\(what) is new", nil, side, one)
                continue
            }
            let before = gone.remove(at: index)
            list.report(
                "\(what) has changed", MeaningChange.Side(before.words, before.expression.span), side,
                direction(before.expression.root, item.expression.root))
        }
        for item in gone {
            list.report("\(what) is gone", MeaningChange.Side(item.words, item.expression.span), nil, one.opposite)
        }
    }

    /// The old condition that a new one took the place of: it asks about the same fields, or it is the only one left.
    private func partner(of expression: TypedExpression, among others: [TypedExpression], isLast: Bool) -> Int? {
        if let index = others.firstIndex(where: { $0.slots == expression.slots && !$0.slots.isEmpty }) { return index }
        return isLast && others.count == 1 ? 0 : nil
    }

    // MARK: Direction

    /// Whether everybody for whom the new condition holds was meant by the old one too, or the other way round; nil where
    /// that is not plain to see.
    func direction(_ was: TypedNode, _ now: TypedNode) -> MeaningChange.Direction? {
        switch (was.kind, now.kind) {
        case (.compare(let first, let left, let right), .compare(let second, let otherLeft, let otherRight))
        where old.term(left) == new.term(otherLeft):
            return bounds(first, right, second, otherRight)
        case (.isAmong(let left, let values), .isAmong(let otherLeft, let others))
        where old.term(left) == new.term(otherLeft):
            return sets(Set(values), Set(others))
        case (.and(let parts), .and(let others)): return sets(words(parts, old), words(others, new))?.opposite
        case (.or(let parts), .or(let others)): return sets(words(parts, old), words(others, new))
        case (_, .and(let others)) where words(others, new).contains(old.condition(was).flat): return .narrower
        case (.and(let parts), _) where words(parts, old).contains(new.condition(now).flat): return .wider
        case (_, .or(let others)) where words(others, new).contains(old.condition(was).flat): return .wider
        case (.or(let parts), _) where words(parts, old).contains(new.condition(now).flat): return .narrower
        default: return nil
        }
    }

    private func words(_ nodes: [TypedNode], _ wording: Wording) -> Set<String> {
        Set(nodes.map { wording.condition($0).flat })
    }

    private func sets<Element>(_ was: Set<Element>, _ now: Set<Element>) -> MeaningChange.Direction? {
        if now.isStrictSubset(of: was) { return .narrower }
        return now.isStrictSuperset(of: was) ? .wider : nil
    }

    private func bounds(
        _ first: Comparison, _ limit: TypedNode, _ second: Comparison, _ other: TypedNode
    ) -> MeaningChange.Direction? {
        guard case .constant(.number(let was, let kind)) = limit.kind,
            case .constant(.number(let now, let otherKind)) = other.kind, kind == otherKind
        else { return nil }
        // As (limit, strictness): the larger pair leaves fewer above it, the smaller fewer below it.
        func lower(_ comparison: Comparison) -> Int? {
            switch comparison {
            case .greaterOrEqual: 0
            case .greater: 1
            case .equal, .notEqual, .less, .lessOrEqual: nil
            }
        }
        func upper(_ comparison: Comparison) -> Int? {
            switch comparison {
            case .lessOrEqual: 1
            case .less: 0
            case .equal, .notEqual, .greater, .greaterOrEqual: nil
            }
        }
        if let strictWas = lower(first), let strictNow = lower(second) {
            return (was, strictWas) < (now, strictNow) ? .narrower : .wider
        }
        if let openWas = upper(first), let openNow = upper(second) {
            return (now, openNow) < (was, openWas) ? .narrower : .wider
        }
        return nil
    }
}
