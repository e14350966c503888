/// One step of one run while it is being taken. Here is the order in which an input is looked at; the nodes are in
/// `RunWalk+Nodes`, the waits in `RunWalk+Waits`.
struct RunWalk {
    let program: JourneyProgram
    let facts: RunFacts
    let tracing: Tracing
    /// The caller's facts with what the run knows itself.
    var context: EvaluationContext
    var state: RunState
    var commands: [RunCommand] = []
    var trace: [TraceStep] = []
    /// Of the gate that was passed last.
    var purpose: Purpose?

    init(_ program: JourneyProgram, _ state: RunState, _ facts: RunFacts, _ tracing: Tracing) {
        self.program = program
        self.facts = facts
        self.tracing = tracing
        self.state = state
        context = facts.context
        context.runStartedAt = state.startedAt
        context.journey.entry = state.entry
        context.journey.conversationID = state.conversationID
    }

    var now: Timestamp { facts.now }

    var step: RunStep { RunStep(state: state, commands: commands, trace: trace) }

    // MARK: Inputs

    mutating func begin() {
        note(0, .began)
        if endsByExit() { return }
        walk(from: 0)
    }

    /// The goal and the exits come before everything else: whoever has bought gets no reminder, however late we are to
    /// hear of it. Then the time, then what the input itself brings.
    mutating func handle(_ input: RunInput) {
        guard !state.hasEnded else { return }
        if case .event(let event) = input, reachesGoal(event) { return }
        if endsByExit() { return }
        switch input {
        case .awake: look(at: now)
        case .event(let event):
            look(at: time(of: event))
            offer(event)
        case .sendSettled(let number, let outcome):
            look(at: now)
            if state.waiting == .send(number) { leave(with: .settled(number, outcome)) }
        case .callSettled(let number, let isSuccess):
            look(at: now)
            if state.waiting == .call(number) { answer(number, isSuccess: isSuccess) }
        }
    }

    mutating func stop(as ending: RunState.Ending) {
        if !state.hasEnded { end(ending, at: state.node) }
    }

    /// No event moves a run to a time that has not come.
    func time(of event: RunEvent) -> Timestamp {
        min(event.at, now)
    }

    // MARK: What ends a run anywhere

    /// True where the run ends with it.
    private mutating func reachesGoal(_ event: RunEvent) -> Bool {
        guard let goal = program.graph.goal, event.name == goal.event, !state.isGoalReached else { return false }
        if let miss = missed(goal, by: event) {
            note(state.node, .missedGoal(event.id, miss))
            return false
        }
        state.isGoalReached = true
        note(state.node, .reachedGoal(event.id))
        command(.reachGoal(event.id), at: state.node)
        if goal.endsRun { end(.goal, at: state.node) }
        return goal.endsRun
    }

    private func missed(_ goal: CheckedGoal, by event: RunEvent) -> TraceStep.PassedOver? {
        // What began the run is where it comes from, not what it is for.
        if let id = event.id, id == state.entryEvent { return .repeated }
        let time = time(of: event)
        if time < state.startedAt.advanced(by: -program.lookBack) { return .tooEarly }
        if let within = goal.within, time >= state.startedAt.advanced(by: within) { return .tooLate }
        let context = context(with: event.fields)
        return program.goal.holds(in: context) ? nil : .conditions(traces(program.goal, in: context))
    }

    private mutating func endsByExit() -> Bool {
        for (index, exit) in program.exits.enumerated() where exit.holds(in: context) {
            end(.exitWhen(index), at: state.node, traces(exit, in: context))
            return true
        }
        return false
    }

    mutating func end(_ ending: RunState.Ending, at node: Int, _ conditions: [ConditionTrace] = []) {
        if case .send(let number) = state.waiting { command(.withdraw(number), at: state.node) }
        state.node = node
        state.waiting = .ended(ending)
        state.due = nil
        state.loops = []
        state.kept = []
        state.taken = []
        note(node, .ended(ending, conditions))
        command(.end(ending), at: node)
    }

    // MARK: Writing down

    @inline(__always)
    mutating func note(_ node: Int, _ decision: TraceStep.Decision) {
        let spans = program.graph.spans
        trace.append(TraceStep(node: node, span: node < spans.count ? spans[node] : nil, decision: decision))
    }

    @discardableResult
    mutating func command(_ action: RunCommand.Action, at node: Int) -> UInt32 {
        let number = state.nextNumber
        state.nextNumber &+= 1
        commands.append(RunCommand(number: number, node: node, action: action))
        return number
    }

    func context(with event: [String: Value]) -> EvaluationContext {
        var context = context
        context.journey.event = event
        return context
    }

    /// Values cost more than decisions, so they are only collected for who wants to read them.
    func traces(_ condition: RunCondition, in context: borrowing EvaluationContext) -> [ConditionTrace] {
        switch tracing {
        case .decisions: []
        case .values: condition.traces(in: context)
        }
    }
}
