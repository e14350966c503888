/// Looks for conditions that can never hold, or always do, among those that must hold together.
struct ConditionLint {
    enum Verdict {
        case never, always, open
    }

    /// How a condition that never holds is reported.
    enum Subject {
        case condition
        case segment(String)
    }

    var eventIsEntry = false
    var isMuted = false

    /// All that must hold for a list of conditions to hold, read once.
    struct Conjunct {
        let formula: ConditionFormula
        let opposite: ConditionFormula
        let node: TypedNode
        let lasts: Bool
    }

    func read(_ conditions: [TypedExpression]) -> [Conjunct] {
        var reader = ConditionReader(eventIsEntry: eventIsEntry)
        return conditions.flatMap(\.root.conjuncts).map { node in
            Conjunct(
                formula: reader.read(node), opposite: reader.read(node, holds: false), node: node,
                lasts: node.isLasting(eventIsEntry: eventIsEntry))
        }
    }

    /// Reports the first condition that makes the rest impossible, and every one that the others make needless.
    func check(
        _ conjuncts: [Conjunct], given facts: [PathFacts.Fact], as subject: Subject = .condition,
        _ diagnostics: inout DiagnosticBag
    ) -> Verdict {
        var facts = facts
        var known = HeldConditions(facts.map(\.formula))
        var isAlways = true
        for conjunct in conjuncts {
            if known.exclude(conjunct.formula) {
                report(
                    .never, conjunct.node, because: cause(of: conjunct.formula, in: facts), subject,
                    &diagnostics)
                return .never
            }
            if known.exclude(conjunct.opposite) {
                report(
                    .always, conjunct.node, because: cause(of: conjunct.opposite, in: facts), subject,
                    &diagnostics)
            } else {
                isAlways = false
                checkAlternatives(conjunct, known, subject, &diagnostics)
            }
            known.add(conjunct.formula)
            facts.append(PathFacts.Fact(formula: conjunct.formula, span: conjunct.node.span))
        }
        return isAlways && !conjuncts.isEmpty ? .always : .open
    }

    /// One way of an `or` that can never be the one.
    private func checkAlternatives(
        _ conjunct: Conjunct, _ known: HeldConditions, _ subject: Subject,
        _ diagnostics: inout DiagnosticBag
    ) {
        guard case .or(let operands) = conjunct.node.kind, case .any(let formulas) = conjunct.formula,
            operands.count == formulas.count
        else { return }
        for (operand, formula) in zip(operands, formulas)
        where known.exclude(formula) {
            report(.never, operand, because: nil, .condition, &diagnostics)
        }
    }

    /// The one earlier condition that is enough to decide it, if there is one.
    private func cause(of formula: ConditionFormula, in facts: [PathFacts.Fact]) -> SourceSpan? {
        guard !ConditionSolver.areImpossible([formula]) else { return nil }
        return facts.first { ConditionSolver.areImpossible([$0.formula, formula]) }?.span
    }

    private func report(
        _ verdict: Verdict, _ node: TypedNode, because span: SourceSpan?, _ subject: Subject,
        _ diagnostics: inout DiagnosticBag
    ) {
        guard !isMuted else { return }
        switch (verdict, subject) {
        case (.never, .segment(let id)): diagnostics.report(.emptySegment(node.span, id, because: span))
        case (.never, .condition): diagnostics.report(.neverTrue(node.span, because: span))
        case (.always, _): diagnostics.report(.alwaysTrue(node.span, because: span))
        case (.open, _): break
        }
    }
}

extension Diagnostic {
    static func neverTrue(_ span: SourceSpan, because: SourceSpan?) -> Diagnostic {
        Diagnostic(
            code: "L031", severity: .warning, message: "`never-true`: this can't hold here",
            at: Label(span),
            also: because.map { [Label($0, "it contradicts this")] } ?? [],
            help: "change the condition, or remove it with all that depends on it")
    }

    static func alwaysTrue(_ span: SourceSpan, because: SourceSpan?) -> Diagnostic {
        Diagnostic(
            code: "L032", severity: .warning, message: "`always-true`: this holds in any case here",
            at: Label(span),
            also: because.map { [Label($0, "it follows from this")] } ?? [],
            help: "remove the condition, or write what was meant by it")
    }

    static func emptySegment(_ span: SourceSpan, _ id: String, because: SourceSpan?) -> Diagnostic {
        Diagnostic(
            code: "L036", severity: .warning, message: "`empty-segment`: nobody can ever be in `\(id)`",
            at: Label(span),
            also: because.map { [Label($0, "it contradicts this")] } ?? [],
            help: "change one of the conditions; those of `where` must all hold")
    }
}
