extension ProjectAnalysis {
    /// Conditions without effect, arms and steps that nobody comes to, segments and audiences without anybody.
    static let logic = ProjectAnalysis(name: "find what can't happen, or always does") {
        analysed, diagnostics in
        let project = analysed.project
        let lint = ConditionLint()
        var empty: Set<String> = []
        for (id, segment) in project.segments.sorted(by: { $0.key < $1.key }) {
            let verdict = lint.check(
                lint.read(segment.conditions), given: [], as: .segment(id), &diagnostics)
            if verdict == .never { empty.insert(id) }
        }
        for route in project.routes.values.sorted(by: { $0.id < $1.id }) {
            for condition in route.skipWhen {
                _ = lint.check(lint.read([condition]), given: [], &diagnostics)
            }
        }
        let started = analysed.startedPrograms
        analysed.findEach(&diagnostics) { [empty] program, diagnostics in
            switch program.source {
            case .campaign(let campaign):
                check(campaign.audience, of: campaign, empty: empty, &diagnostics)
            case .journey(let journey):
                ProgramLint.check(
                    journey, isStartedByOthers: started.contains(program.reference), &diagnostics)
            }
        }
    }

    private static func check(
        _ audience: CheckedAudience, of campaign: CheckedCampaign, empty: Set<String>,
        _ diagnostics: inout DiagnosticBag
    ) {
        let lint = ConditionLint()
        let conjuncts = lint.read(audience.conditions)
        guard lint.check(conjuncts, given: [], &diagnostics) != .never else { return }
        // Segments that are empty by themselves, and those that are excluded by name, have findings of their own.
        let excluded = Set(audience.exclude.map(\.id))
        let included = audience.include.filter { !empty.contains($0.id) && !excluded.contains($0.id) }
        guard audience.include.isEmpty || !included.isEmpty else { return }
        var formulas = conjuncts.map(\.formula)
        if !included.isEmpty {
            formulas.append(.any(included.map { .all(lint.read($0.conditions).map(\.formula)) }))
        }
        formulas += audience.exclude.map { .any(lint.read($0.conditions).map(\.opposite)) }
        if ConditionSolver.areImpossible(formulas) {
            diagnostics.report(.emptyAudience(campaign.spans["audience"] ?? campaign.span, campaign.span))
        }
    }

    /// A wait that outlasts the goal: whoever is in it can't reach the goal any more.
    static let goalWindows = ProjectAnalysis(name: "find waits that outlast the goal") {
        analysed, diagnostics in
        for program in analysed.programs {
            guard case .journey = program.source, let goal = program.graph.goal, goal.endsRun,
                let window = goal.within
            else { continue }
            for index in program.graph.nodes.indices {
                guard let span = program.span(of: index),
                    let wait = program.graph.nodes[index].longestWait
                else { continue }
                if wait > window {
                    diagnostics.report(.waitOutlastsGoal(span, wait: wait, window: window, goal: goal.span))
                } else if let (last, total) = outlasting(window, from: index, in: program.graph) {
                    diagnostics.report(
                        .waitsOutlastGoal(
                            span, last: program.span(of: last), total: total, window: window, goal: goal.span))
                }
            }
        }
    }

    /// Waits right behind each other are one wait. Nil where those that begin here stay within the window.
    private static func outlasting(
        _ window: Int64, from first: Int, in graph: ProgramGraph
    ) -> (last: Int, total: Int64)? {
        func wait(_ index: Int) -> (length: Int64, next: Int)? {
            guard case .wait(.duration(let length), let next) = graph.nodes[index] else { return nil }
            return (length, next)
        }
        // What begins in the middle of a row was told at its beginning.
        let isInside = graph.nodes.indices.contains { wait($0)?.next == first }
        guard !isInside, var (total, next) = wait(first) else { return nil }
        while let (length, behind) = wait(next) {
            // A wait that is too long by itself has a finding of its own.
            guard length <= window else { return nil }
            total += length
            if total > window { return (next, total) }
            next = behind
        }
        return nil
    }
}

extension ProgramGraph.Node {
    /// How long somebody may stand here, as the file says it.
    fileprivate var longestWait: Int64? {
        switch self {
        case .wait(.duration(let length), _): length
        case .wait(.until(_, _, _, _, let upTo), _): upTo
        case .waitFor(_, _, let upTo, _, _), .waitUntil(_, let upTo, _, _): upTo
        case .loop(_, let every, _, _, _): every
        case .wait(.clock, _), .entry, .holdout, .gate, .send, .deliver, .choose, .split, .set, .tag,
            .untag, .emit,
            .call, .start, .handOver, .exit:
            nil
        }
    }
}

extension Diagnostic {
    static func emptyAudience(_ span: SourceSpan, _ campaign: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "L037", severity: .warning,
            message: "`empty-audience`: nobody can ever be in this audience",
            at: Label(campaign), also: [Label(span, "`include`, `exclude` and `where` leave nobody")],
            help: "change one of the three")
    }

    static func waitOutlastsGoal(_ span: SourceSpan, wait: Int64, window: Int64, goal: SourceSpan)
        -> Diagnostic
    {
        func text(_ duration: Int64) -> String { Value.number(duration, .duration).described }
        return Diagnostic(
            code: "E0437",
            message: "this may wait \(text(wait)), longer than the \(text(window)) of the goal",
            at: Label(span), also: [Label(goal, "the goal counts for \(text(window))")],
            help: "shorten the wait, or lengthen `within`")
    }

    static func waitsOutlastGoal(
        _ span: SourceSpan, last: SourceSpan?, total: Int64, window: Int64, goal: SourceSpan
    ) -> Diagnostic {
        func text(_ duration: Int64) -> String { Value.number(duration, .duration).described }
        return Diagnostic(
            code: "E0437",
            message: "these waits take \(text(total)) together, longer than the \(text(window)) of the goal",
            at: Label(span),
            also: (last.map { [Label($0, "up to this one")] } ?? [])
                + [Label(goal, "the goal counts for \(text(window))")],
            help: "shorten the waits, or lengthen `within`")
    }
}
