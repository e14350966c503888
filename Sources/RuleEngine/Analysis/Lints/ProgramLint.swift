/// Walks through the steps of a sequence or rule with what is certain at each of them.
///
/// Facts about the contact are forgotten by every step that takes time or changes something; facts about the event that
/// the run began with are not. Steps of fragments are walked without a word: what is needless in one use of a fragment
/// is needed in another.
struct ProgramLint {
    private var lint = ConditionLint()
    private var diagnostics = DiagnosticBag()

    static func check(
        _ journey: CheckedJourney, isStartedByOthers: Bool, _ diagnostics: inout DiagnosticBag
    ) {
        var program = ProgramLint()
        program.check(journey, isStartedByOthers: isStartedByOthers)
        diagnostics.report(contentsOf: program.diagnostics)
    }

    private mutating func check(_ journey: CheckedJourney, isStartedByOthers: Bool) {
        var facts = PathFacts()
        if case .segment(let segment, .enters, _) = journey.entry.cause {
            for conjunct in lint.read(segment.conditions) {
                facts.add(conjunct.formula, lasts: false, at: journey.entry.span)
            }
        }
        let entry = ConditionLint(eventIsEntry: true)
        let conditions = entry.read(journey.entry.conditions)
        guard entry.check(conditions, given: facts.all, &diagnostics) != .never else { return }
        for conjunct in conditions {
            facts.add(conjunct.formula, lasts: conjunct.lasts, at: conjunct.node.span)
        }
        // Whom another program starts hasn't come by the entry, and who waits in a queue may have changed there.
        if isStartedByOthers {
            facts = PathFacts()
        } else if journey.runs == .queue {
            facts.timePasses()
        }
        if let goal = journey.goal { judge(goal.conditions, facts.lasting) }
        for condition in journey.exitWhen { judge([condition], facts.lasting) }
        _ = walk(journey.steps, &facts)
    }

    @discardableResult
    private mutating func judge(
        _ conditions: [TypedExpression], _ facts: [PathFacts.Fact]
    ) -> (verdict: ConditionLint.Verdict, conjuncts: [ConditionLint.Conjunct]) {
        let conjuncts = lint.read(conditions)
        return (lint.check(conjuncts, given: facts, &diagnostics), conjuncts)
    }

    /// False where nobody comes out behind the steps.
    private mutating func walk(_ steps: [CheckedStep], _ facts: inout PathFacts) -> Bool {
        for (index, step) in steps.enumerated() {
            if walk(step, &facts) { continue }
            if index + 1 < steps.count, !lint.isMuted {
                diagnostics.report(.unreachableByLogic(steps[index + 1].span, after: step.span))
            }
            return false
        }
        return true
    }

    private mutating func walk(_ step: CheckedStep, _ facts: inout PathFacts) -> Bool {
        switch step.action {
        case .exit: return false
        case .send, .wait, .set, .tag, .untag, .emit, .start, .handOver:
            facts.timePasses()
            return true
        case .call(let call):
            facts.timePasses()
            var failed = facts
            if !call.otherwise.isEmpty { _ = walk(call.otherwise, &failed) }
            return true
        case .waitFor(let wait):
            facts.timePasses()
            let verdict = judge(wait.conditions, facts.lasting).verdict
            var (then, otherwise) = (facts, facts)
            let comes = verdict == .never ? false : walk(wait.bound.then, &then)
            let stays = walk(wait.bound.otherwise, &otherwise)
            return comes || stays
        case .waitUntil(let conditions, let bound):
            facts.timePasses()
            let (verdict, conjuncts) = judge(conditions, facts.lasting)
            var (then, otherwise) = (facts, facts)
            for conjunct in conjuncts {
                then.add(conjunct.formula, lasts: conjunct.lasts, at: conjunct.node.span)
            }
            let comes = verdict == .never ? false : walk(bound.then, &then)
            let stays = verdict == .always ? false : walk(bound.otherwise, &otherwise)
            return comes || stays
        case .branch(let arms, let otherwise): return branch(arms, otherwise, &facts)
        case .split(_, let arms):
            var goesOn = false
            for arm in arms {
                var inside = facts
                if arm.share == 0, let first = arm.steps.first, !lint.isMuted {
                    diagnostics.report(.unreachableByLogic(first.span, after: nil))
                } else if walk(arm.steps, &inside) {
                    goesOn = true
                }
            }
            facts.timePasses()
            return goesOn
        case .loop(let loop):
            facts.timePasses()
            judge(loop.until, facts.lasting)
            var inside = facts
            _ = walk(loop.steps, &inside)
            return true
        case .fragment(_, let steps):
            let wasMuted = lint.isMuted
            lint.isMuted = true
            var inside = facts
            _ = walk(steps, &inside)
            lint.isMuted = wasMuted
            facts.timePasses()
            return true
        }
    }

    // MARK: Choices

    private mutating func branch(
        _ arms: [CheckedStep.Arm], _ otherwise: [CheckedStep], _ facts: inout PathFacts
    ) -> Bool {
        let before = facts
        var failed = facts
        var behind: [PathFacts] = []
        var isClosed = false
        var earlier: [(conjuncts: [ConditionLint.Conjunct], span: SourceSpan)] = []
        for arm in arms {
            let (verdict, conjuncts) = judge(arm.conditions, isClosed ? [] : before.all)
            let isShadowed =
                !isClosed && verdict == .open && isShadowed(conjuncts, at: arm, failed, earlier)
            if !isClosed, verdict != .never, !isShadowed {
                if verdict == .open { compare(conjuncts, at: arm, with: earlier) }
                var inside = failed
                for conjunct in conjuncts {
                    inside.add(conjunct.formula, lasts: conjunct.lasts, at: conjunct.node.span)
                }
                if walk(arm.steps, &inside) { behind.append(inside) }
            }
            if verdict == .always { isClosed = true }
            failed.add(
                .any(conjuncts.map(\.opposite)), lasts: conjuncts.allSatisfy(\.lasts), at: arm.span)
            earlier.append((conjuncts, arm.span))
        }
        let isOpen = !isClosed && !ConditionSolver.areImpossible(failed.all.map(\.formula))
        if isOpen {
            if walk(otherwise, &failed) { behind.append(failed) }
        } else if !isClosed, arms.count > 1, let first = otherwise.first, !lint.isMuted {
            diagnostics.report(.unreachableOtherwise(first.span, arms: earlier.map(\.span)))
        }
        guard let only = behind.first else { return false }
        if behind.count == 1 {
            facts = only
        } else if behind.contains(where: { $0.forgotten != before.forgotten }) {
            facts.timePasses()
        }
        return true
    }

    /// Whether everybody for whom the arm holds goes an earlier way, which is reported then.
    private mutating func isShadowed(
        _ conjuncts: [ConditionLint.Conjunct], at arm: CheckedStep.Arm, _ failed: PathFacts,
        _ earlier: [(conjuncts: [ConditionLint.Conjunct], span: SourceSpan)]
    ) -> Bool {
        let own = conjuncts.map(\.formula)
        guard !earlier.isEmpty, ConditionSolver.areImpossible(failed.all.map(\.formula) + own) else {
            return false
        }
        guard !lint.isMuted else { return true }
        let one = earlier.first { other in
            ConditionSolver.areImpossible(own + [.any(other.conjuncts.map(\.opposite))])
        }
        diagnostics.report(.shadowedArm(arm.span, by: one.map { [$0.span] } ?? earlier.map(\.span)))
        return true
    }

    /// Arms that share some values of one term, and of which neither holds all of the other's: most likely a border that
    /// was meant to belong to one of them.
    private mutating func compare(
        _ conjuncts: [ConditionLint.Conjunct], at arm: CheckedStep.Arm,
        with earlier: [(conjuncts: [ConditionLint.Conjunct], span: SourceSpan)]
    ) {
        guard !lint.isMuted, let own = ConditionRanges(conjuncts) else { return }
        for other in earlier {
            guard let ranges = ConditionRanges(other.conjuncts),
                let common = own.partlyShared(with: ranges)
            else {
                continue
            }
            diagnostics.report(.overlappingArms(arm.span, first: other.span, common: common))
            return
        }
    }
}

/// The numbers for which an arm holds that asks about one term alone.
struct ConditionRanges {
    private let key: ConditionTerm.Key
    private let type: ValueType
    private let ranges: [ClosedRange<Int64>]

    init?(_ conjuncts: [ConditionLint.Conjunct]) {
        var found: (term: ConditionTerm, domain: ConditionDomain)?
        for conjunct in conjuncts {
            guard case .question(let term, .numbers(let ranges), let holds) = conjunct.formula,
                found.map({ $0.term.key == term.key }) ?? true
            else { return nil }
            var domain = found?.domain ?? ConditionDomain(term)
            domain.narrow(to: .numbers(ranges), holds: holds)
            found = (term, domain)
        }
        guard let found, case .numbers(let ranges) = found.domain.values, !found.domain.mayBeMissing,
            case .compare(_, let left, let right)? = conjuncts.first?.node.kind
        else { return nil }
        if case .constant = left.kind { type = right.type.type } else { type = left.type.type }
        key = found.term.key
        self.ranges = ranges
    }

    /// The first values that both have, where neither has all of the other's.
    func partlyShared(with other: ConditionRanges) -> String? {
        guard key == other.key, let kind = type.numberKind else { return nil }
        let common = ConditionDomain.common(ranges, other.ranges)
        guard let first = common.first, common != ranges, common != other.ranges else { return nil }
        func text(_ number: Int64) -> String { Value.number(number, kind).described }
        if first.lowerBound == first.upperBound { return text(first.lowerBound) }
        if first.lowerBound == .min { return "everything up to \(text(first.upperBound))" }
        if first.upperBound == .max { return "everything from \(text(first.lowerBound))" }
        return "\(text(first.lowerBound)) to \(text(first.upperBound))"
    }
}

extension Diagnostic {
    static func unreachableByLogic(_ span: SourceSpan, after: SourceSpan?) -> Diagnostic {
        Diagnostic(
            code: "L035", severity: .warning, message: "`unreachable-step`: nobody comes to this step",
            at: Label(span),
            also: after.map { [Label($0, "every way that can be taken ends here")] } ?? [],
            help: "remove it, or change what leads away before it")
    }

    static func shadowedArm(_ span: SourceSpan, by arms: [SourceSpan]) -> Diagnostic {
        Diagnostic(
            code: "L033", severity: .warning,
            message: "`shadowed-arm`: everybody for whom this holds has gone another way before",
            at: Label(span),
            also: arms.prefix(4).map { Label($0, arms.count == 1 ? "they go here" : "some go here") },
            help: "put the narrower condition first, or remove the arm")
    }

    static func overlappingArms(_ span: SourceSpan, first: SourceSpan, common: String) -> Diagnostic {
        Diagnostic(
            code: "L034", severity: .warning,
            message: "`overlapping-arms`: \(common) fits two arms, and the first one takes it",
            at: Label(span),
            also: [Label(first, "it is taken here")],
            help: "let one of the two conditions end where the other begins")
    }

    static func unreachableOtherwise(_ span: SourceSpan, arms: [SourceSpan]) -> Diagnostic {
        Diagnostic(
            code: "E0436", message: "`otherwise` is never reached: one of the arms holds for everybody",
            at: Label(span),
            also: arms.prefix(4).map { Label($0, "some go here") },
            help: "remove `otherwise`, or one of the arms")
    }
}
