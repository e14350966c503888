import RuleEngine

/// Tells what a run's trace says, for whoever looks over its shoulder.
extension Rehearsal {
    mutating func tell(_ step: TraceStep, of run: Int) {
        let program = stage.programs[runs[run].program]
        guard let kind = kind(of: step, program) else { return }
        note(runs[run].program, occurrence: runs[run].state.occurrence, node: step.node, kind)
    }

    private func kind(of step: TraceStep, _ program: RehearsalProgram) -> RehearsalFact.Kind? {
        func way(_ index: Int) -> String {
            let ways = program.ways[step.node]
            return ways.indices.contains(index) ? ways[index] : ""
        }
        func event() -> String {
            if case .waitFor(let event, _, _, _, _) = program.graph.nodes[step.node] { event } else { "event" }
        }
        switch step.decision {
        case .chose(let arm?, let conditions): return .went(way(arm), conditions)
        case .chose(nil, let conditions): return .went(program.ways[step.node].last ?? "otherwise", conditions)
        case .drew(let arm, _): return .went(way(arm), [])
        case .waits(let until): return .waits(until: until)
        case .tookEvent: return .took(event: event())
        case .passedOver(_, let why): return .passedOver(event: event(), reason: why.word)
        case .round(let number): return .went("round \(number)", [])
        case .leftLoop(let rounds): return .went("done after \(rounds) rounds", [])
        case .conditionHolds(let conditions): return .went("holds", conditions)
        case .timeUp:
            let ways = program.ways[step.node]
            return ways.count > 1 ? .went(ways[1], []) : nil
        case .began, .heldOut, .notHeldOut, .askedGate, .ordered, .settled, .called, .answered, .nothingToWaitFor,
            .conditionFails, .wrote, .unwritten, .tagged, .untagged, .emitted, .started, .handedOver, .reachedGoal,
            .missedGoal, .ended:
            return nil
        }
    }
}

extension TraceStep.PassedOver {
    fileprivate var word: String {
        switch self {
        case .repeated: "used already"
        case .tooEarly: "happened before the wait"
        case .tooLate: "too late"
        case .conditions: "its conditions do not hold"
        }
    }
}
