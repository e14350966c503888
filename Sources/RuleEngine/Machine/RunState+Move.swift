/// What becomes of a run when its program has a new version.
package enum RunChange: Sendable, Hashable {
    /// It goes on in the version that it began with.
    case keep
    /// It ends: `JourneyMachine.stop`, as cancelled.
    case end
    /// It goes on in the new version with this state, and wants to be looked at right away: `RunInput.awake`.
    case move(RunState)
    /// Not yet: it waits for the outcome of something that it has ordered, or has just written. Ask again behind that.
    case later
}

extension RunState {
    /// Where `when_changed` of the new version leads a run of the old one.
    ///
    /// A run stands at the step that holds it. If the step that it moves to holds people in the same way, it has waited
    /// there as long as it has waited here; else it comes to the new step as if from the step before it. Steps of
    /// fragments have names of their own inside, so nobody moves from there or to there.
    package func changed(from old: ProgramGraph, to new: ProgramGraph, by rule: ChangeRule) -> RunChange {
        if hasEnded { return .keep }
        switch rule {
        case .keep: return .keep
        case .end: return .end
        case .move(let steps, let othersEnd):
            // Where it will stand then decides.
            if waitsForOutcome { return .later }
            guard let name = old.outerName(of: node), let step = steps[name], let target = new.steps[step.key] else {
                return othersEnd ? .end : .keep
            }
            return .move(moved(from: old, to: target, of: new, by: steps))
        }
    }

    private var waitsForOutcome: Bool {
        switch waiting {
        case .send, .call, .facts: true
        case .time, .event, .condition, .pause, .ended: false
        }
    }

    private func moved(
        from old: ProgramGraph, to target: Int, of new: ProgramGraph, by steps: [String: StepReference]
    ) -> RunState {
        var state = self
        // Loops that the new place doesn't lie in are left; those that it does lie in have begun at least one round.
        var rounds: [Int: Int32] = [:]
        for loop in loops {
            guard let name = old.outerName(of: Int(loop.node)) else { continue }
            let place = steps[name].flatMap { new.steps[$0.key] } ?? new.outerNode(named: name)
            if let place { rounds[place] = loop.rounds }
        }
        state.loops = new.nodes.indices.compactMap { index in
            let isInside = new.nodes(inside: index).contains(target)
            guard isInside || (index == target && waiting == .pause && holds(at: new.nodes[index])) else { return nil }
            return Loop(node: Int32(index), rounds: max(1, rounds[index] ?? 1))
        }
        if holds(at: new.nodes[target]) {
            state.node = target
            state.due = end(of: new.nodes[target])
        } else {
            state.node = new.gate(of: target) ?? target
            state.waiting = .facts
            state.due = since
        }
        return state
    }

    /// Whether a node holds people in the way in which this run is held.
    private func holds(at node: ProgramGraph.Node) -> Bool {
        switch (waiting, node) {
        case (.time, .wait), (.event, .waitFor), (.condition, .waitUntil), (.pause, .loop): true
        case (.time, _), (.event, _), (.condition, _), (.pause, _), (.send, _), (.call, _), (.facts, _), (.ended, _):
            false
        }
    }

    /// The end of a wait that began when this one did. Waits for a time are looked up when the run is looked at, and so
    /// are conditions.
    private func end(of node: ProgramGraph.Node) -> Timestamp {
        switch node {
        case .waitFor(_, _, let upTo, _, _): since.advanced(by: upTo)
        case .loop(_, let every, _, _, _): since.advanced(by: every)
        case .wait, .waitUntil, .entry, .holdout, .gate, .send, .deliver, .choose, .split, .set, .tag, .untag, .emit,
            .call, .start, .handOver, .exit:
            since
        }
    }
}

extension ProgramGraph {
    /// The name that the author gave the step of a node, or its template; nil inside of fragments.
    fileprivate func outerName(of node: Int) -> String? {
        let isOuter = steps.contains { $0.value == node && !$0.key.contains(">") }
        return isOuter ? names[node] : nil
    }

    fileprivate func outerNode(named name: String) -> Int? {
        names.filter { $0.value == name }.keys.sorted().first { outerName(of: $0) != nil }
    }

    /// The gate in front of a send.
    fileprivate func gate(of send: Int) -> Int? {
        nodes.indices.first { index in
            if case .gate(_, let next) = nodes[index] { next == send } else { false }
        }
    }
}
