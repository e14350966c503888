import RuleEngine

/// What a step decided, as lines for the table `trace`: the node, the place in the file, a word for the decision,
/// and what decided it. Personal values are left out: a trace outlives the reason to know them.
struct TraceText {
    let sources: SourceMap
    let graph: ProgramGraph
    private(set) var text = ""

    init(sources: SourceMap, graph: ProgramGraph) {
        self.sources = sources
        self.graph = graph
    }

    var isEmpty: Bool { text.isEmpty }

    mutating func append(_ steps: [TraceStep]) {
        for step in steps {
            if !text.isEmpty { text += "\n" }
            text += "\(step.node)\t"
            if let span = step.span {
                let place = sources.start(of: span)
                text += "\(sources.path(of: span)):\(place.line):\(place.column)"
            }
            text += "\t"
            append(step.decision)
        }
    }

    private mutating func append(_ decision: TraceStep.Decision) {
        switch decision {
        case .began: text += "began"
        case .heldOut(let position): text += "held_out\t\(Self.share(position))"
        case .notHeldOut(let position): text += "not_held_out\t\(Self.share(position))"
        case .askedGate(let purpose): text += "gate\t\(purpose.rawValue)"
        case .ordered(let number): text += "ordered\t\(number)"
        case .settled(let number, let outcome): text += "settled\t\(number) \(outcome)"
        case .called(let number): text += "called\t\(number)"
        case .answered(let number, let isSuccess): text += "answered\t\(number) \(isSuccess ? "well" : "not")"
        case .chose(let arm, let conditions):
            text += "chose\t" + (arm.map { "way \($0 + 1)" } ?? "otherwise")
            append(conditions)
        case .drew(let arm, let position): text += "drew\tarm \(arm + 1) at \(Self.share(position))"
        case .waits(let until): text += "waits\t" + (until.map { "until \(ISOInstant.text($0))" } ?? "")
        case .nothingToWaitFor: text += "nothing_to_wait_for"
        case .timeUp: text += "time_up"
        case .tookEvent(let id): text += "took_event\t" + Self.event(id)
        case .passedOver(let id, let reason):
            text += "passed_over\t\(Self.event(id)) "
            append(reason)
        case .conditionHolds(let conditions):
            text += "holds\t"
            append(conditions)
        case .conditionFails(let conditions):
            text += "fails\t"
            append(conditions)
        case .round(let number): text += "round\t\(number)"
        case .leftLoop(let rounds): text += "left_loop\tafter \(rounds)"
        // Values may be personal, so that the names have to do.
        case .wrote(let values): text += "wrote\t" + values.map(\.name).joined(separator: ", ")
        case .unwritten(let field, let error): text += "unwritten\t\(field): \(error)"
        case .tagged(let tag): text += "tagged\t\(tag)"
        case .untagged(let tag): text += "untagged\t\(tag)"
        case .emitted(let event): text += "emitted\t\(event)"
        case .started(let kind, let id): text += "started\t\(kind.rawValue) \(id)"
        case .handedOver(let team): text += "handed_over\t\(team)"
        case .reachedGoal(let id): text += "reached_goal\t" + Self.event(id)
        case .missedGoal(let id, let reason):
            text += "missed_goal\t\(Self.event(id)) "
            append(reason)
        case .ended(let ending, let conditions):
            text += "ended\t\(ending.text)"
            append(conditions)
        }
    }

    private mutating func append(_ reason: TraceStep.PassedOver) {
        switch reason {
        case .repeated: text += "repeated"
        case .tooEarly: text += "too early"
        case .tooLate: text += "too late"
        case .conditions(let conditions): append(conditions)
        }
    }

    private mutating func append(_ conditions: [ConditionTrace]) {
        for condition in conditions {
            if condition.parts.isEmpty {
                let values = condition.values.map { "\($0.name) = \($0.isPersonal ? "•" : $0.text)" }
                text += " \(condition.result ? "✓" : "✗") " + Self.line(condition.source)
                if !values.isEmpty { text += " (" + Self.line(values.joined(separator: ", ")) + ")" }
            } else {
                append(condition.parts)
            }
        }
    }

    /// One line, whatever a person's data or an author's expression holds.
    private static func line(_ text: String) -> String {
        String(text.map { $0.isNewline || $0 == "\t" ? " " : $0 })
    }

    private static func event(_ id: EventID?) -> String {
        id.map { "event \($0.rawValue)" } ?? "event"
    }

    private static func share(_ position: Int64) -> String {
        "\(position / 10_000).\(String(position % 10_000 + 10_000).dropFirst()) %"
    }
}

extension RunState.Ending {
    /// As the store and reports write it.
    package var text: String {
        switch self {
        case .exit(let name): "exit \(name)"
        case .goal: "goal"
        case .exitWhen(let index): "exit_when \(index + 1)"
        case .heldOut: "held_out"
        case .replaced: "replaced"
        case .cancelled: "cancelled"
        }
    }
}
