extension ProjectChecker {
    /// A `sequence:` or `rule:` document.
    mutating func checkJourney(_ document: Document) -> CheckedJourney? {
        guard let purpose = document.node.text("purpose").flatMap(Purpose.init),
            let entryNode = document.node.entry(document.kind == .sequence ? "enter" : "trigger")
        else { return nil }
        let entry = checkEntry(entryNode)
        let policy = checkPolicy(of: document, purpose: purpose)
        let brand = checkBrand(document, purpose: purpose)
        if purpose == .marketing, settings.publicURL == nil, settingsDocument?.isSound ?? false {
            diagnostics.report(.noPublicURL(document.idSpan, project: settingsDocument?.idSpan))
        }
        checkLawfulBasis(document, purpose: purpose, policy: policy ?? nil)
        let runs = checkRuns(document.kind == .rule ? document.value("runs") : entryNode.value.value("runs"), entry)
        let goal = checkGoal(document.node.entry("goal"), entry)
        // Without an entry nobody knows what `entry.` holds, and the steps would be full of false findings.
        guard let entry, let steps = document.value("steps") else { return nil }

        var context = StepContext(purpose: purpose, scope: stepScope(entry), entry: entry)
        context.via = document.node.entry("via")
        context.brand = brand
        context.scope.journey.steps = StepNames.collect(in: steps, prefix: "", journeyScope.templates)
        let exitWhen = conditions(document.value("exit_when"), in: context.scope, isAlternative: true)
        let checked = checkSteps(steps, in: &context)
        let changes = checkWhenChanged(document.value("when_changed"), steps: context.scope.journey.steps)
        guard let policy, let runs, let goal, let exitWhen, let checked, let changes else { return nil }

        var journey = CheckedJourney(
            kind: document.kind, id: document.id, purpose: purpose, entry: entry.entry, runs: runs.mode, steps: checked,
            file: document.file, span: document.idSpan)
        journey.about = document.node.text("about")
        journey.topic = document.node.text("topic")
        journey.brand = brand
        journey.lawfulBasis = document.node.text("lawful_basis")
        journey.policy = policy
        journey.owner = document.node.text("owner")
        journey.priority = document.node.text("priority").flatMap { try? Units.integer($0) } ?? 0
        journey.budget = document.value("budget")?.text("at_most").flatMap { try? Units.allowance($0) }.flatMap {
            allowance in
            settings.converted(allowance.amount).map { Allowance(amount: $0, period: allowance.period) }
        }
        journey.warnAt = document.value("budget")?.text("warn_at").flatMap { try? Units.share($0) }
        journey.budgetSpan = document.value("budget")?.value("at_most")?.span
        journey.key = runs.key
        journey.goal = goal
        journey.exitWhen = exitWhen
        journey.holdout = checkHoldout(document)
        journey.whenChanged = changes
        collectSpans(document.node, prefix: "", into: &journey.spans)
        return journey
    }

    /// What the steps may ask: the contact, the run, the event or conversation that it began with.
    private func stepScope(_ entry: EntryFacts) -> ExpressionScope {
        var scope = scope
        scope.roots.formUnion([.run, .entry])
        scope.journey.entry = entry.source
        if entry.channel != nil { scope.roots.insert(.conversation) }
        return scope.knowing(entry.known.ofEntry.lasting)
    }

    /// Outer nil: it has errors. Inner nil: there is none.
    private mutating func checkGoal(_ node: SyntaxEntry?, _ entry: EntryFacts?) -> CheckedGoal?? {
        guard let node, let name = node.value.value("event")?.scalar else { return .some(nil) }
        guard let event = resolveEvent(name) else { return nil }
        var scope = scope
        scope.roots.formUnion([.event, .run, .entry])
        scope.journey.event = .event(event)
        // Without a sound entry nobody knows what `entry.` holds, so nothing is said about it.
        scope.journey.entry = entry?.source ?? .anyEvent
        guard let conditions = conditions(node.value.value("where"), in: scope) else { return nil }
        return CheckedGoal(
            event: event.id, conditions: conditions,
            within: node.value.text("within").flatMap { try? Units.duration($0) },
            endsRun: node.value.text("then") != "continue", span: node.key.span)
    }

    private mutating func checkRuns(_ node: SyntaxNode?, _ entry: EntryFacts?) -> (
        mode: RunMode, key: TypedExpression?
    )? {
        guard let node else { return (.one, nil) }
        if let word = node.text { return RunMode(rawValue: word).map { ($0, nil) } }
        guard let mode = node.text("mode").flatMap(RunMode.init(rawValue:)) else { return nil }
        guard let key = node.value("key")?.scalar else { return (mode, nil) }
        guard let entry else { return nil }
        var scope = scope.knowing(entry.known)
        scope.roots.insert(.event)
        scope.journey.event = entry.source
        if entry.channel != nil { scope.roots.insert(.conversation) }
        guard
            let expression = ExpressionCompiler.compile(
                key.embedded, expecting: nil, in: scope, reporting: &diagnostics)
        else { return nil }
        if expression.type.isOptional {
            diagnostics.report(
                .valueMayBeMissing(
                    expression.source, field: expression.fieldSlot.map { schema.fields[$0] }, at: expression.span,
                    help: "ask for it in `where`: `\(expression.source) is known`"))
            return nil
        }
        return (mode, expression)
    }

    private mutating func checkWhenChanged(
        _ node: SyntaxNode?, steps: [String: JourneyScope.Step]
    ) -> ChangeRule? {
        guard let node else { return .keep }
        if let word = node.text { return word == "end" ? .end : .keep }
        var moves: [String: StepReference] = [:]
        var isSound = true
        for entry in node.value("move")?.entries ?? [] {
            guard let target = entry.value.scalar else { continue }
            switch steps[target.text] {
            case .one(let step, _): moves[entry.key.text] = step
            case .several:
                diagnostics.report(.ambiguousStep(target.span, target.text))
                isSound = false
            case nil:
                let nearest = NearestName.of(target.text, among: steps.keys)
                diagnostics.report(.unknownStep(target.span, target.text, nearest: nearest))
                isSound = false
            }
        }
        return isSound ? .move(moves, othersEnd: node.text("otherwise") == "end") : nil
    }
}
