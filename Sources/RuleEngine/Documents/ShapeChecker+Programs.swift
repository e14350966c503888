extension ShapeChecker {
    /// Each step is a mapping with exactly one verb, which decides what may stand beside it.
    func checkSteps(
        _ node: SyntaxNode, _ key: SyntaxScalar, isSound: inout Bool, reporting diagnostics: inout DiagnosticBag
    ) {
        func fail(_ diagnostic: Diagnostic) {
            isSound = false
            diagnostics.report(diagnostic)
        }
        guard let items = node.items else {
            return fail(.wrongShape(node.span, key: key.text, expected: Shape.steps.description))
        }
        if items.isEmpty { fail(.missingValue(key.span, key: key.text, expected: Shape.steps.description)) }
        if items.count > Self.entryLimit { fail(.tooMany(key.span, key: key.text, limit: Self.entryLimit)) }
        for item in items {
            if item.isInvalid {
                isSound = false
                continue
            }
            guard let entries = item.entries, let first = entries.first else {
                fail(.wrongShape(item.span, key: key.text, expected: "a list of steps, each with its verb"))
                continue
            }
            // `if` and `repeat` are words of Swift too; only what the author wrote counts here.
            let verbs = entries.compactMap { entry in StepVerb(rawValue: entry.key.text).map { ($0, entry.key) } }
            guard let (verb, verbKey) = verbs.first else {
                if item.hasGap {
                    isSound = false
                    continue
                }
                let names = StepVerb.allCases.map(\.rawValue)
                let nearest = entries.lazy.compactMap { entry in
                    NearestName.of(entry.key.text, among: names).map { (entry.key.span, $0) }
                }.first
                fail(.stepWithoutVerb(nearest?.0 ?? first.key.span, nearest: nearest?.1))
                continue
            }
            if verbs.count > 1 {
                fail(.stepWithTwoVerbs(verbs[1].1.span, verbs[1].0, first: verbKey.span, verb))
                continue
            }
            checkKeys(
                item, keys: verb.keys, place: "a `\(verb.rawValue)` step", missingAt: verbKey.span,
                isSound: &isSound, reporting: &diagnostics)
        }
    }

    /// The scalars of sequences and rules.
    func programFault(_ scalar: SyntaxScalar, _ shape: Shape) -> Diagnostic? {
        let text = scalar.text
        let span = scalar.span
        do throws(Units.Fault) {
            switch shape {
            case .duration: _ = try Units.duration(text)
            case .share: _ = try Units.share(text)
            case .clock: _ = try Units.clock(text)
            case .hours: _ = try Units.hours(text)
            case .days: _ = try Units.days(text)
            case .date: _ = try Units.date(text)
            case .dateTime: _ = try Units.dateTime(text)
            case .zone: _ = try Units.zone(text)
            case .cron: _ = try Units.cron(text)
            case .allowance:
                let allowance = try Units.allowance(text)
                if let fault = rateFault(allowance.amount, span) { return fault }
            case .attempts: _ = try Units.attempts(text)
            case .moment: _ = try Units.moment(text)
            case .growth: _ = try Units.growth(text)
            case .frequency: _ = try Units.frequency(text)
            case .contactCount: _ = try Units.contactCount(text)
            case .span: _ = try Units.span(text)
            case .generated: _ = try Units.generated(text)
            case .again: _ = try Units.again(text)
            case .event: try Units.fieldName(text)
            case .call: _ = try Units.call(text)
            case .program: _ = try Units.program(text)
            case .inputType:
                if InputType(text) == nil { return .unknownInputType(span, text) }
            default: break
            }
        } catch {
            return fault(of: shape, span, text, error.text)
        }
        return nil
    }

    private func fault(of shape: Shape, _ span: SourceSpan, _ text: String, _ reason: String) -> Diagnostic {
        switch shape {
        case .duration: .badDuration(span, text, reason: reason)
        case .share: .badShare(span, text, reason: reason)
        case .clock, .hours, .days, .date, .dateTime: .badTime(span, text, reason: reason, expected: shape.description)
        case .zone:
            .badTimeZone(
                span, text, reason: reason,
                help: "write such a name or `contact_zone`, or leave the key out: then the project's clock counts")
        case .cron: .badCron(span, text, reason: reason)
        case .allowance: .badMoney(span, text, reason: reason, currency: currency)
        case .attempts, .contactCount, .generated: .badInteger(span, text, reason: reason)
        case .moment, .span: .badTime(span, text, reason: reason, expected: shape.description)
        case .growth: .badGrowth(span, text, reason: reason)
        case .frequency: .badFrequency(span, text, reason: reason)
        case .again: .badDuration(span, text, reason: reason)
        case .call, .program: .badPath(span, text, reason: reason, expected: shape.description)
        default: .badID(span, text, reason: reason)
        }
    }
}
