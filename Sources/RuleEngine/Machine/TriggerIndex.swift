/// Which programs something could move, found by its name alone: of ten thousand programs nobody looks at the others.
/// Programs go by their place in the list that the index was made of.
package struct TriggerIndex: Sendable {
    /// What may begin a run.
    package enum Cause: Sendable, Hashable {
        case event(String)
        case webhook(String)
        case inbound(channel: String)
        case segment(String, CheckedEntry.Crossing)
    }

    /// What may move a run that has begun.
    package enum Wake: Sendable, Hashable {
        /// A step waits for this event, or it is the goal.
        case event(String)
        /// A condition of a wait or an exit asks for the history of this event, or of messages.
        case history(event: String)
        case messages
        /// A condition of a wait or an exit reads this field of the contact.
        case field(slot: Int)
    }

    private var starts: [Cause: [Int32]] = [:]
    private var wakes: [Wake: [Int32]] = [:]
    /// Programs that a clock starts.
    package private(set) var scheduled: [(program: Int, schedule: Schedule)] = []

    /// - Parameter programs: sequences and rules with their graphs.
    package init(_ programs: [(journey: CheckedJourney, graph: ProgramGraph)]) {
        for (index, program) in programs.enumerated() {
            switch program.journey.entry.cause {
            case .event(let name): starts[.event(name), default: []].append(Int32(index))
            case .webhook(let name): starts[.webhook(name), default: []].append(Int32(index))
            case .inbound(let channel): starts[.inbound(channel: channel), default: []].append(Int32(index))
            case .segment(let segment, let crossing, _):
                starts[.segment(segment.id, crossing), default: []].append(Int32(index))
            case .schedule(let schedule): scheduled.append((index, schedule))
            }
            for wake in program.graph.wakes { wakes[wake, default: []].append(Int32(index)) }
        }
    }

    /// The programs that may begin, in their order.
    package func begun(by cause: Cause) -> [Int32] {
        starts[cause] ?? []
    }

    /// The programs with runs that may go on or end.
    package func moved(by wake: Wake) -> [Int32] {
        wakes[wake] ?? []
    }
}

extension ProgramGraph {
    /// What can move a run of this program, beside time and the outcomes of what it ordered.
    package var wakes: Set<TriggerIndex.Wake> {
        var wakes: Set<TriggerIndex.Wake> = []
        if let goal { wakes.insert(.event(goal.event)) }
        for condition in exitWhen { condition.root.collectWakes(into: &wakes) }
        for node in nodes {
            switch node {
            case .waitFor(let event, _, _, _, _): wakes.insert(.event(event))
            case .waitUntil(let conditions, _, _, _):
                for condition in conditions { condition.root.collectWakes(into: &wakes) }
            // A date that moves takes the wait along.
            case .wait(.until(let expression, _, _, _, _), _): expression.root.collectWakes(into: &wakes)
            case .entry, .holdout, .gate, .send, .deliver, .wait, .choose, .split, .loop, .set, .tag, .untag, .emit,
                .call, .start, .handOver, .exit:
                break
            }
        }
        return wakes
    }
}

extension TypedNode {
    fileprivate func collectWakes(into wakes: inout Set<TriggerIndex.Wake>) {
        switch kind {
        case .field(let field): wakes.insert(.field(slot: field.slot))
        case .fact(.history(let query)):
            switch query.subject {
            case .event(let name): wakes.insert(.history(event: name))
            case .step, .template: wakes.insert(.messages)
            }
        default: break
        }
        for operand in operands { operand.collectWakes(into: &wakes) }
    }
}
