extension ProjectAnalysis {
    /// Holds what a program may spend against what it must spend, and what it could.
    static let budgets = ProjectAnalysis(name: "keep within budgets") { analysed, diagnostics in
        for program in analysed.programs {
            guard let budget = program.budget, let bounds = ProgramBounds(program, in: analysed.project) else {
                continue
            }
            check(program, budget, bounds, analysed.project, &diagnostics)
        }
    }

    private static func check(
        _ program: AnalysedProject.Program, _ budget: (amount: Money, place: SourceSpan), _ bounds: ProgramBounds,
        _ project: CheckedProject, _ diagnostics: inout DiagnosticBag
    ) {
        let limit = budget.amount.micros
        let people = program.expectedPeople
        let total = people.map { ProjectBounds.Total(bounds.cost, people: $0) }
        let least = total?.least ?? bounds.cost.least.value
        let most = total?.most ?? bounds.cost.most.value
        let dear = program.send(on: bounds.cost.most.path).map { Diagnostic.Label($0, "the dearest way comes by here") }
        if least > limit {
            diagnostics.report(
                .budgetTooSmall(
                    budget.place, least: Money(micros: least, currency: budget.amount.currency), budget: budget.amount,
                    people: people?.lowerBound, also: dear))
        } else if most > limit, !bounds.cost.countsUnknownParts {
            diagnostics.report(
                .budgetMayNotDo(
                    budget.place, most: Money(micros: most, currency: budget.amount.currency), budget: budget.amount,
                    people: people?.upperBound, also: dear))
        }
    }
}

extension AnalysedProject.Program {
    /// What it may spend, and where the file says so.
    fileprivate var budget: (amount: Money, place: SourceSpan)? {
        switch source {
        case .campaign(let campaign):
            campaign.budget.map { (amount: $0, place: campaign.spans["budget.at_most"] ?? campaign.span) }
        case .journey(let journey):
            journey.budget.map { (amount: $0.amount, place: journey.budgetSpan ?? journey.span) }
        }
    }

    /// The place of the last send on the way.
    fileprivate func send(on path: [Int]) -> SourceSpan? {
        path.last { if case .deliver = graph.nodes[$0] { true } else { false } }.flatMap { span(of: $0) }
    }
}

extension Diagnostic {
    static func budgetTooSmall(
        _ span: SourceSpan, least: Money, budget: Money, people: Int?, also: Label?
    ) -> Diagnostic {
        Diagnostic(
            code: "E0435",
            message: "the cheapest way costs \(least.text)\(Self.whom(people)), the budget is \(budget.text)",
            at: Label(span), also: also.map { [$0] } ?? [],
            help: "raise the budget to \(least.text), choose a cheaper channel, or let fewer people in")
    }

    static func budgetMayNotDo(
        _ span: SourceSpan, most: Money, budget: Money, people: Int?, also: Label?
    ) -> Diagnostic {
        Diagnostic(
            code: "L030", severity: .warning,
            message:
                "`budget-may-not-do`: the dearest way costs \(most.text)\(Self.whom(people)), the budget is \(budget.text)",
            at: Label(span), also: also.map { [$0] } ?? [],
            help: "\(most.text) would always do; or choose a cheaper channel for the dearest way")
    }

    private static func whom(_ people: Int?) -> String {
        people.map { $0 == 1 ? " for one person" : " for \($0) people" } ?? " for one person"
    }
}

extension Money {
    /// `EUR 0.075`
    var text: String { "\(currency) \(Value.number(micros, .money).described)" }
}
