// What can be wrong with campaigns, policies and tests once their keys and values have the right form.
extension Diagnostic {
    static func badGrowth(_ span: SourceSpan, _ text: String, reason: String) -> Diagnostic {
        Diagnostic(
            code: "E0181", message: "`\(text)` is no growth: \(reason)", at: Label(span),
            help: "write for example `30%/d`")
    }

    static func badFrequency(_ span: SourceSpan, _ text: String, reason: String) -> Diagnostic {
        Diagnostic(
            code: "E0182", message: "`\(text)` is no number per time: \(reason)", at: Label(span),
            help: "write for example `3 per 7d`")
    }

    static func unknownArm(_ span: SourceSpan, _ name: String, known: [String]) -> Diagnostic {
        let nearest = NearestName.of(name, among: known)
        return Diagnostic(
            code: "E0253", message: "no arm is called `\(name)`", at: Label(span),
            help: nearest.map { "rename to `\($0)`" }
                ?? "the arms are \(known.map { "`\($0)`" }.joined(separator: ", "))",
            fix: nearest.map { Fix(edits: [(span, $0)], isSafe: false) })
    }

    static func unknownSplit(_ span: SourceSpan, _ name: String, program: String, known: [String]) -> Diagnostic {
        let nearest = NearestName.of(name, among: known)
        return Diagnostic(
            code: "E0253", message: "\(program) has no split `\(name)`", at: Label(span),
            help: nearest.map { "rename to `\($0)`" },
            fix: nearest.map { Fix(edits: [(span, $0)], isSafe: false) })
    }

    static func noExchangeRate(_ span: SourceSpan, _ currency: String, project: String) -> Diagnostic {
        Diagnostic(
            code: "E0354", message: "there is no exchange rate from \(currency) to \(project)", at: Label(span),
            help: "write the amount in \(project), or add `exchange_rates: {\(currency): \(project) …}` to the project")
    }

    static func badExchangeRate(_ span: SourceSpan, _ currency: String, _ text: String, project: String) -> Diagnostic {
        Diagnostic(
            code: "E0354", message: "`\(text)` is not what one \(currency) is worth in \(project)", at: Label(span),
            help: "a rate leads from another currency to the project's: `USD: \(project) 0.92`")
    }

    static func rolloutDoesNotRise(_ span: SourceSpan, _ share: Int64, before: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0355", message: "the stage reaches \(NodeLabel.percent(share)), no more than the one before it",
            at: Label(span), also: [Label(before, "the one before it")],
            help: "a stage's share includes the stages before it, so the shares rise")
    }

    static func rolloutEndsEarly(_ span: SourceSpan, _ share: Int64) -> Diagnostic {
        Diagnostic(
            code: "E0355", message: "the rollout ends at \(NodeLabel.percent(share)) of the audience", at: Label(span),
            help: "add a last stage: `- {share: 100%}`")
    }

    static func nothingToWatchFor(_ span: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0355", message: "behind the last stage there is nobody left to watch for", at: Label(span),
            help: "leave `watch` out; `stop_if` holds to the end")
    }

    static func holdoutOfEverybody(_ span: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0356", message: "with a holdout of 100% nobody gets anything", at: Label(span),
            help: "a holdout is mostly between 1% and 20%")
    }

    static func emptyShare(_ span: SourceSpan, _ what: String) -> Diagnostic {
        Diagnostic(code: "E0356", message: "\(what) of 0% is nobody", at: Label(span), help: "give it a share")
    }

    static func confidenceOutOfReach(_ span: SourceSpan, _ confidence: Int64) -> Diagnostic {
        Diagnostic(
            code: "E0359",
            message: confidence >= 1_000_000
                ? "no experiment is ever sure to 100%"
                : "a confidence of \(NodeLabel.percent(confidence)) is no better than a coin",
            at: Label(span), help: "`95%` is usual")
    }

    static func timeWithoutDay(_ span: SourceSpan, _ time: String) -> Diagnostic {
        Diagnostic(
            code: "E0143", message: "`\(time)` is not a date and a time: the day is missing", at: Label(span),
            help: "write for example `2027-03-18 \(time)`, or add `every: day`")
    }

    static func decidesTooLate(
        _ span: SourceSpan, after: Int64, bound: Int64, boundSpan: SourceSpan?, reason: String
    ) -> Diagnostic {
        Diagnostic(
            code: "E0357",
            message: "the experiment is decided after \(NodeLabel.duration(after)), and after "
                + "\(NodeLabel.duration(bound)) \(reason)",
            at: Label(span), also: boundSpan.map { [Label($0, "this bound")] } ?? [],
            help: "decide earlier")
    }

    static func noAfterQuietHours(_ span: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0358", message: "quiet hours hold messages, and nothing says what becomes of them", at: Label(span),
            help: "add `after_quiet_hours: {spread: 90m, check_again: true, drop_after: 72h}`")
    }

    static func tooFewArms(_ span: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0359", message: "an experiment compares at least two arms", at: Label(span),
            help: "add another arm, or write `send`")
    }

    static func metricNotGiven(
        _ span: SourceSpan, _ metric: ExperimentMetric, kind: String, channel: String
    ) -> Diagnostic {
        Diagnostic(
            code: "E0359", message: "`\(kind)` never tells who has `\(metric.rawValue)`",
            at: Label(span, "the channel `\(channel)` is of this kind"), help: "decide by another metric")
    }

    static func nothingToClick(_ span: SourceSpan, arm: String, kind: String) -> Diagnostic {
        Diagnostic(
            code: "E0359", message: "the arm `\(arm)` has no link in its text for `\(kind)`, so nobody can click",
            at: Label(span), help: "declare one with `<<link \"https://…\">>`, or decide by another metric")
    }

    static func tooManySteps(_ span: SourceSpan, count: Int, limit: Int, declared: SourceSpan?) -> Diagnostic {
        Diagnostic(
            code: "E0360", message: "the file has \(count) steps, and the project allows \(limit)", at: Label(span),
            also: declared.map { [Label($0, "the limit")] } ?? [],
            help: "put some of them into another file, or raise the limit")
    }

    static func waitTooLong(_ span: SourceSpan, _ length: Int64, limit: Int64, declared: SourceSpan?) -> Diagnostic {
        Diagnostic(
            code: "E0360",
            message: "the wait takes up to \(NodeLabel.duration(length)), and the project allows "
                + NodeLabel.duration(limit),
            at: Label(span), also: declared.map { [Label($0, "the limit")] } ?? [],
            help: "wait less, or raise the limit")
    }

    static func warmUpShrinks(_ span: SourceSpan, start: SourceSpan?) -> Diagnostic {
        Diagnostic(
            code: "E0361", message: "the warm-up ends no higher than it starts", at: Label(span),
            also: start.map { [Label($0, "the start")] } ?? [], help: "raise `until`, or leave `warm_up` out")
    }

    static func badGap(_ span: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0365", message: "a gap of an approved text has a number", at: Label(span), help: "write `{{1}}`")
    }

    static func gapWithoutValue(_ span: SourceSpan, _ number: Int, values: Int) -> Diagnostic {
        Diagnostic(
            code: "E0365",
            message: "the approved text has a gap `{{\(number)}}`, and there "
                + (values == 1 ? "is one value" : "are \(values) values"),
            at: Label(span), help: "add what stands there to `values:`")
    }

    static func valueWithoutGap(_ span: SourceSpan, _ number: Int, text: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0365", message: "the approved text has no gap `{{\(number)}}` for this value", at: Label(span),
            also: [Label(text, "as it was approved")], help: "remove the value, or write the text as it was approved")
    }

    static func badTestValue(
        _ span: SourceSpan, _ text: String, field: String, type: ValueType, declared: SourceSpan?
    ) -> Diagnostic {
        Diagnostic(
            code: "E0362",
            message: "`\(text)` cannot be the value of `\(field)`, which is \(InputType.value(type).words)",
            at: Label(span), also: declared.map { [Label($0, "declared here")] } ?? [])
    }
}
