extension ProjectChecker {
    /// A list of steps, in order. What a condition has shown on the way holds for what comes after.
    mutating func checkSteps(_ node: SyntaxNode?, in context: inout StepContext) -> [CheckedStep]? {
        guard let node else { return [] }
        var steps: [CheckedStep] = []
        var isSound = true
        var endedAt: SourceSpan?
        for item in node.items ?? [] {
            guard let (verb, entry) = Self.verb(of: item) else { continue }
            if let end = endedAt {
                diagnostics.report(.unreachableStep(entry.key.span, after: end))
                return nil
            }
            if let action = checkAction(verb, entry, item, in: &context) {
                let step = CheckedStep(
                    key: context.key(of: item), name: item.text("name"), action: action, span: entry.value.span)
                if step.endsRun { endedAt = entry.key.span }
                steps.append(step)
            } else {
                isSound = false
            }
        }
        return isSound ? steps : nil
    }

    private static func verb(of step: SyntaxNode) -> (StepVerb, SyntaxEntry)? {
        for entry in step.entries ?? [] {
            if let verb = StepVerb(rawValue: entry.key.text) { return (verb, entry) }
        }
        return nil
    }

    private mutating func checkAction(
        _ verb: StepVerb, _ entry: SyntaxEntry, _ step: SyntaxNode, in context: inout StepContext
    ) -> CheckedStep.Action? {
        switch verb {
        case .send: return checkSend(entry, step, in: context).map { .send($0) }
        case .wait: return checkWait(entry, in: context).map { .wait($0) }
        case .wait_for: return checkWaitFor(entry, step, in: context)
        case .wait_until:
            guard let conditions = conditions(entry.value, in: context.scope) else { return nil }
            return checkBound(step, in: context, holding: conditions).map { .waitUntil(conditions, $0) }
        case .if: return checkIf(entry, step, in: &context)
        case .choose: return checkChoose(entry, in: context)
        case .split: return checkSplit(entry, step, in: context)
        case .repeat: return checkLoop(entry, step, in: context)
        case .set: return checkSet(entry, in: context).map { .set($0) }
        case .tag:
            guard let name = entry.value.scalar?.text ?? entry.value.text("name") else { return nil }
            return .tag(name, lifetime: entry.value.text("for").flatMap { try? Units.duration($0) })
        case .untag: return entry.value.text.map { .untag($0) }
        case .emit: return checkEmit(entry, in: context)
        case .call: return checkCall(entry, step, in: context).map { .call($0) }
        case .start: return checkStart(entry, step, in: context)
        case .hand_over: return checkHandOver(entry, step, in: context)
        case .use: return checkUse(entry, step, in: context)
        case .exit: return entry.value.text.map { .exit($0) }
        }
    }

    // MARK: Waits

    private mutating func checkWait(_ entry: SyntaxEntry, in context: StepContext) -> CheckedStep.Wait? {
        if let scalar = entry.value.scalar {
            return waitLength(scalar, in: context).map { .duration($0) }
        }
        let node = entry.value
        guard let until = node.value("until")?.scalar else { return nil }
        let days = node.text("days").flatMap { try? Units.days($0) }
        if let time = try? Units.clock(until.text) {
            for key in ["at", "up_to"] {
                guard let extra = node.entry(key) else { continue }
                diagnostics.report(.keysApart(extra.key.span, key, "until: \"\(time.text)\"", also: until.span))
                return nil
            }
            return .clock(time, days, clock(node))
        }
        guard
            let expression = ExpressionCompiler.compile(
                until.embedded, expecting: nil, in: context.scope, reporting: &diagnostics)
        else { return nil }
        switch expression.type.type {
        case .date, .instant, .unknown: break
        default:
            diagnostics.report(.notAPointInTime(expression.span, found: expression.type.type))
            return nil
        }
        if expression.type.isOptional {
            diagnostics.report(
                .valueMayBeMissing(
                    expression.source, field: expression.fieldSlot.map { schema.fields[$0] }, at: expression.span,
                    help: "wrap the step in `if: \(expression.source) is known`; a wait for nothing has no end"))
            return nil
        }
        guard let bound = node.value("up_to")?.scalar.flatMap({ waitLength($0, in: context) }) else {
            if node.value("up_to") == nil {
                diagnostics.report(.missingKey(until.span, "up_to", in: "a wait for a date"))
            }
            return nil
        }
        let time = node.text("at").flatMap { try? Units.clock($0) }
        return .until(expression, time, days, clock(node), upTo: bound)
    }

    private mutating func checkWaitFor(
        _ entry: SyntaxEntry, _ step: SyntaxNode, in context: StepContext
    ) -> CheckedStep.Action? {
        guard let name = entry.value.scalar else { return nil }
        var scope = context.scope
        scope.roots.insert(.event)
        let id: String
        switch argument(name, .event, in: context) {
        case .open:
            scope.journey.event = .anyEvent
            id = name.text
        case .scalar(let scalar):
            guard let event = resolveEvent(scalar) else { return nil }
            scope.journey.event = .event(event)
            id = event.id
        case nil: return nil
        }
        let conditions = conditions(step.value("where"), in: scope)
        guard let bound = checkBound(step, in: context, holding: []), let conditions else { return nil }
        return .waitFor(CheckedStep.WaitFor(event: id, conditions: conditions, bound: bound))
    }

    private mutating func checkBound(
        _ step: SyntaxNode, in context: StepContext, holding conditions: [TypedExpression]
    ) -> CheckedStep.Bound? {
        let limit = step.value("up_to")?.scalar.flatMap { waitLength($0, in: context) }
        var inside = context
        inside.scope = inside.scope.knowing(conditions.shown.lasting)
        let then = checkSteps(step.value("then"), in: &inside)
        var outside = context
        let otherwise = checkSteps(step.value("else"), in: &outside)
        guard let limit, let then, let otherwise else { return nil }
        return CheckedStep.Bound(upTo: limit, then: then, otherwise: otherwise)
    }

    /// How long a wait takes, which the project may limit.
    private mutating func waitLength(_ scalar: SyntaxScalar, in context: StepContext) -> Int64? {
        guard let length = duration(scalar, in: context) else { return nil }
        if let limit = settings.waitLimit, length > limit {
            diagnostics.report(
                .waitTooLong(
                    scalar.span, length, limit: limit,
                    declared: settingsDocument?.value("limits")?.value("wait")?.span))
            return nil
        }
        return length
    }

    /// The steps of a file against the project's limit.
    func stepFindings(of file: [Document]) -> [Diagnostic] {
        guard let limit = settings.stepLimit else { return [] }
        var count = 0
        for document in file where [.sequence, .rule, .fragment].contains(document.kind) {
            count += document.node.stepCount
            guard count > limit else { continue }
            let declared = settingsDocument?.value("limits")?.value("steps_per_file")?.span
            return [.tooManySteps(document.idSpan, count: count, limit: limit, declared: declared)]
        }
        return []
    }

    /// A duration, or the input of a fragment that is one.
    mutating func duration(_ scalar: SyntaxScalar, in context: StepContext) -> Int64? {
        switch argument(scalar, .value(.duration), in: context) {
        case .open: 86_400_000_000
        case .scalar(let scalar): try? Units.duration(scalar.text)
        case nil: nil
        }
    }

    // MARK: Ways

    private mutating func checkIf(
        _ entry: SyntaxEntry, _ step: SyntaxNode, in context: inout StepContext
    ) -> CheckedStep.Action? {
        let conditions = conditions(entry.value, in: context.scope)
        var inside = context
        inside.scope = inside.scope.knowing((conditions ?? []).shown.lasting)
        let then = checkSteps(step.value("then"), in: &inside)
        let fails = conditions?.count == 1 ? conditions?[0].narrowing.whenFalse ?? [] : []
        var outside = context
        outside.scope = outside.scope.knowing(fails.lasting)
        let otherwise = checkSteps(step.value("else"), in: &outside)
        guard let conditions, let then, let otherwise else { return nil }
        // Where one way ends the run, whoever goes on came by the other.
        if then.endsRun { context.scope = outside.scope }
        if !otherwise.isEmpty, otherwise.endsRun { context.scope = inside.scope }
        let arm = CheckedStep.Arm(conditions: conditions, steps: then, span: entry.value.span)
        return .branch([arm], otherwise: otherwise)
    }

    private mutating func checkChoose(_ entry: SyntaxEntry, in context: StepContext) -> CheckedStep.Action? {
        var arms: [CheckedStep.Arm] = []
        var otherwise: [CheckedStep] = []
        var isSound = true
        var context = context
        let items = entry.value.items ?? []
        for (index, item) in items.enumerated() {
            if let rest = item.entry("otherwise") {
                if let other = item.entries?.first(where: { $0.key.text != "otherwise" }) {
                    diagnostics.report(.keysApart(other.key.span, other.key.text, "otherwise", also: rest.key.span))
                    isSound = false
                }
                if index + 1 < items.count {
                    diagnostics.report(.otherwiseNotLast(rest.key.span))
                    isSound = false
                }
                var inside = context
                if let steps = checkSteps(rest.value, in: &inside) { otherwise = steps } else { isSound = false }
                continue
            }
            let place = item.entries?.first?.key.span ?? item.span
            for key in ["when", "do"] where item.value(key) == nil {
                diagnostics.report(.missingKey(place, key, in: "an arm of `choose`"))
                isSound = false
            }
            guard let written = item.value("when"), item.value("do") != nil else { continue }
            let conditions = conditions(written, in: context.scope)
            var inside = context
            inside.scope = inside.scope.knowing((conditions ?? []).shown.lasting)
            let steps = checkSteps(item.value("do"), in: &inside)
            guard let conditions, let steps else {
                isSound = false
                continue
            }
            if conditions.count == 1 {
                context.scope = context.scope.knowing(conditions[0].narrowing.whenFalse.lasting)
            }
            arms.append(CheckedStep.Arm(conditions: conditions, steps: steps, span: written.span))
        }
        return isSound ? .branch(arms, otherwise: otherwise) : nil
    }

    private mutating func checkSplit(
        _ entry: SyntaxEntry, _ step: SyntaxNode, in context: StepContext
    ) -> CheckedStep.Action? {
        guard let name = entry.value.text, let arms = step.entry("arms") else { return nil }
        var checked: [CheckedStep.SplitArm] = []
        var isSound = true
        for arm in arms.value.entries ?? [] {
            var inside = context
            guard let share = arm.value.text("share").flatMap({ try? Units.share($0) }),
                let steps = checkSteps(arm.value.value("do"), in: &inside)
            else {
                isSound = false
                continue
            }
            checked.append(CheckedStep.SplitArm(name: arm.key.text, share: share, steps: steps))
        }
        guard isSound else { return nil }
        let sum = checked.reduce(0) { $0 + $1.share }
        guard sum == 1_000_000 else {
            diagnostics.report(.sharesDoNotAddUp(arms.key.span, sum: sum))
            return nil
        }
        return .split(name: name, checked)
    }

    private mutating func checkLoop(
        _ entry: SyntaxEntry, _ step: SyntaxNode, in context: StepContext
    ) -> CheckedStep.Action? {
        let node = entry.value
        let until = conditions(node.value("until"), in: context.scope)
        var inside = context
        let steps = checkSteps(step.value("do"), in: &inside)
        let every = node.value("every")?.scalar.flatMap { duration($0, in: context) }
        guard let until, let steps, let every,
            let atMost = node.text("at_most").flatMap({ try? Units.integer($0) })
        else { return nil }
        return .loop(CheckedStep.Loop(atMost: atMost, every: every, until: until, steps: steps))
    }
}

extension CheckedStep {
    /// Whatever happens, nobody comes out behind it. Inside a fragment `exit` only leaves the fragment.
    var endsRun: Bool {
        switch action {
        case .exit: true
        case .branch(let arms, let otherwise):
            !otherwise.isEmpty && otherwise.endsRun && arms.allSatisfy { $0.steps.endsRun }
        case .waitFor(let wait): wait.bound.endsRun
        case .waitUntil(_, let bound): bound.endsRun
        case .split(_, let arms): arms.allSatisfy { $0.steps.endsRun }
        case .send, .wait, .loop, .set, .tag, .untag, .emit, .call, .start, .handOver, .fragment: false
        }
    }
}

extension SyntaxNode {
    /// Every mapping in a list that has a step's verb.
    fileprivate var stepCount: Int {
        var count = 0
        for item in items ?? [] {
            if item.entries?.contains(where: { StepVerb(rawValue: $0.key.text) != nil }) == true { count += 1 }
            count += item.stepCount
        }
        for entry in entries ?? [] { count += entry.value.stepCount }
        return count
    }
}

extension CheckedStep.Bound {
    var endsRun: Bool { then.endsRun && otherwise.endsRun }
}

extension [CheckedStep] {
    var endsRun: Bool { last?.endsRun ?? false }
}
