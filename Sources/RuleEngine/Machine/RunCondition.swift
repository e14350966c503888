/// Conditions all of which must hold, ready for the machine: compiled where a page of columns is all that they read.
///
/// A class, because every step of every run asks some: copying a compiled condition takes longer than asking it.
final class RunCondition: Sendable {
    let expressions: [TypedExpression]
    /// Empty where the page alone doesn't decide.
    private let compiled: CompiledCondition
    private let isCompiled: Bool
    /// It may come to hold by time alone.
    let readsClock: Bool

    init(_ expressions: [TypedExpression]) {
        self.expressions = expressions
        // A page of one contact has no columns for what is asked of the past, of the run or of an office's clock.
        let readsPage = expressions.allSatisfy { $0.isForAudiences && !$0.root.asksFacts }
        isCompiled = readsPage
        compiled = CompiledCondition(all: readsPage ? expressions : [])
        readsClock = expressions.contains { $0.root.readsClock }
    }

    /// With none, always.
    @inline(__always)
    func holds(in context: borrowing EvaluationContext) -> Bool {
        if isCompiled { return compiled.holds(for: context.row, in: context.page, now: context.now) }
        return expressions.allSatisfy { $0.evaluate(in: context).isTrue }
    }

    func traces(in context: borrowing EvaluationContext) -> [ConditionTrace] {
        var traces: [ConditionTrace] = []
        for expression in expressions { traces.append(expression.trace(in: context)) }
        return traces
    }
}

extension TypedNode {
    fileprivate var asksFacts: Bool {
        if case .fact = kind { true } else { operands.contains(where: \.asksFacts) }
    }

    /// Whether its value changes while nothing happens.
    fileprivate var readsClock: Bool {
        switch kind {
        case .now: true
        case .fact(let query): query.readsClock || operands.contains(where: \.readsClock)
        default: operands.contains(where: \.readsClock)
        }
    }
}

extension FactQuery {
    fileprivate var readsClock: Bool {
        switch self {
        case .isOpen, .opensNext: true
        case .history(let query): query.window != nil
        case .localDay(let query): query.instant.readsClock
        case .field, .runID, .conversationID, .channel, .rate, .input: false
        }
    }
}
