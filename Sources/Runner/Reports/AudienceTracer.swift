import RuleEngine

/// Whether one contact is in an audience, condition by condition, with the values that decided.
struct AudienceTracer {
    struct Trace {
        var isInside: Bool
        var steps: [WhyReport.Step]
    }

    let audience: CheckedAudience
    let sources: SourceMap
    let schema: ContactSchema
    let page: FactPage
    let history: HistoryFacts
    let offices: OfficeClocks
    let now: Timestamp
    let showsPersonal: Bool

    func trace() -> Trace {
        var steps: [WhyReport.Step] = []
        var isInside = true
        if audience.include.isEmpty {
            steps.append(WhyReport.Step(kind: "audience", result: .passed, text: "everybody is included"))
        } else {
            let segments = audience.include.map { trace($0) }
            isInside = segments.contains { $0.result == .passed }
            steps += segments
        }
        for segment in audience.exclude {
            var step = trace(segment)
            let isIn = step.result == .passed
            step.text =
                isIn ? "in segment `\(segment.id)`, which is excluded" : "not in the excluded segment `\(segment.id)`"
            step.result = isIn ? .blocked : .passed
            isInside = isInside && !isIn
            steps.append(step)
        }
        for condition in audience.conditions {
            let step = trace(condition)
            isInside = isInside && step.result == .passed
            steps.append(step)
        }
        return Trace(isInside: isInside, steps: steps)
    }

    private func trace(_ segment: CheckedSegment) -> WhyReport.Step {
        let parts = segment.conditions.map { trace($0) }
        let isIn = parts.allSatisfy { $0.result == .passed }
        return WhyReport.Step(
            kind: "audience", result: isIn ? .passed : .blocked,
            text: "\(isIn ? "in" : "not in") segment `\(segment.id)`", place: place(segment.span), parts: parts)
    }

    private func trace(_ condition: TypedExpression) -> WhyReport.Step {
        step(condition.trace(in: EvaluationContext(page: page, row: 0, now: now, history: history, offices: offices)))
    }

    private func step(_ trace: ConditionTrace) -> WhyReport.Step {
        WhyReport.Step(
            kind: "condition", result: trace.result ? .passed : .blocked, text: trace.source,
            values: trace.values.map { value in
                (value.name, value.isPersonal && !showsPersonal ? "«hidden»" : value.text)
            }, place: place(trace.span), parts: trace.parts.map { step($0) })
    }

    private func place(_ span: SourceSpan) -> String {
        let position = sources.start(of: span)
        return "\(sources.path(of: span)):\(position.line):\(position.column)"
    }
}
