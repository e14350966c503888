import RuleEngine

/// Why a replay stops.
enum ReferenceStop: Error {
    case noMoreInputs
    case over
    /// The `exit` of a fragment.
    case leftFragment
}

struct ReferenceReplay {
    let journey: CheckedJourney
    let graph: ProgramGraph
    let clocks: [String: TimeZoneRules]
    let projectZone: TimeZoneRules
    let lookBack: Int64
    let entry: RunEntry
    let inputs: [(input: RunInput?, facts: RunFacts)]

    var cursor = 0
    /// By the input that led to them.
    var commands: [[RunCommand]] = [[]]
    var number: UInt32 = 0
    var stand: String? = "the beginning"
    var openSend: UInt32?
    var hasReachedGoal = false
    /// The event of the input at hand, as long as no wait has had it.
    var fresh: RunEvent?
    /// What came while the run was busy.
    var kept: [RunEvent] = []
    /// Everything that was ever used up.
    var used: Set<EventID> = []
    var floor = Timestamp(microseconds: 0)
    var fragments = 0

    var now: Timestamp { inputs[cursor].facts.now }
    var startedAt: Timestamp { inputs[0].facts.now }

    mutating func lastCommands() -> [RunCommand] {
        floor = after(startedAt, -lookBack)
        if let event = entry.event { used.insert(event) }
        do {
            try leaveIfExit()
            if let share = journey.holdout { try holdOut(share) }
            try run(journey.steps)
            try end(.exit("finished"))
        } catch {
            // Over, or out of inputs: either way nothing more happens.
            if case .over = error { stand = nil }
        }
        return commands.count == inputs.count ? commands[inputs.count - 1] : []
    }

    // MARK: Inputs

    mutating func nextInput() throws(ReferenceStop) {
        guard cursor + 1 < inputs.count else { throw .noMoreInputs }
        cursor += 1
        commands.append([])
        fresh = nil
        if case .event(let event)? = inputs[cursor].input {
            fresh = RunEvent(id: event.id, name: event.name, fields: event.fields, at: time)
            try countGoal()
        }
        try leaveIfExit()
    }

    /// The time that the input at hand stands for.
    var time: Timestamp { eventTime ?? now }

    var eventTime: Timestamp? {
        guard case .event(let event)? = inputs[cursor].input else { return nil }
        return event.at < now ? event.at : now
    }

    mutating func countGoal() throws(ReferenceStop) {
        guard let goal = journey.goal, let event = fresh, event.name == goal.event, !hasReachedGoal else { return }
        if let id = event.id, id == entry.event { return }
        if event.at < after(startedAt, -lookBack) { return }
        if let within = goal.within, event.at >= after(startedAt, within) { return }
        guard all(goal.conditions, event: event.fields) else { return }
        hasReachedGoal = true
        give(.reachGoal(event.id))
        if goal.endsRun { try end(.goal) }
    }

    mutating func leaveIfExit() throws(ReferenceStop) {
        for (index, condition) in journey.exitWhen.enumerated() where all([condition]) { try end(.exitWhen(index)) }
    }

    mutating func end(_ ending: RunState.Ending) throws(ReferenceStop) {
        if let number = openSend { give(.withdraw(number)) }
        give(.end(ending))
        throw .over
    }

    mutating func give(_ action: RunCommand.Action, at key: String? = nil) {
        let node = key.flatMap { graph.steps[$0] } ?? 0
        commands[cursor].append(RunCommand(number: number, node: node, action: action))
        number += 1
    }

    // MARK: Steps

    mutating func run(_ steps: [CheckedStep]) throws(ReferenceStop) {
        for step in steps { try run(step) }
    }

    mutating func run(_ step: CheckedStep) throws(ReferenceStop) {
        switch step.action {
        case .send(let send): try order(send, at: step.key)
        case .wait(let wait): try self.wait(wait, at: step.key)
        case .waitFor(let wait): try awaitEvent(wait, at: step.key)
        case .waitUntil(let conditions, let bound): try awaitCondition(conditions, bound, at: step.key)
        case .branch(let arms, let otherwise):
            for arm in arms where all(arm.conditions) { return try run(arm.steps) }
            try run(otherwise)
        case .split(let name, let arms): try run(arms[drawn(name, arms, key: step.key)].steps)
        case .loop(let loop): try turn(loop, at: step.key)
        case .set(let values):
            give(.set(filled(values)), at: step.key)
            try refresh()
        case .tag(let name, let lifetime):
            give(.tag(name, until: lifetime.map { after(now, $0) }), at: step.key)
            try refresh()
        case .untag(let name):
            give(.untag(name), at: step.key)
            try refresh()
        case .emit(let event, let values): give(.emit(event: event, filled(values)), at: step.key)
        case .call(let call): try place(call, at: step.key)
        case .start(let kind, let id, let values): give(.start(kind, id, filled(values)), at: step.key)
        case .handOver(let team, let note):
            give(.handOver(team: team, note: note.flatMap { rendered($0) }), at: step.key)
        case .fragment(_, let steps):
            fragments += 1
            defer { fragments -= 1 }
            do { try run(steps) } catch { if case .leftFragment = error {} else { throw error } }
        case .exit(let name):
            if fragments > 0 { throw .leftFragment }
            try end(.exit(name))
        }
    }

    /// New facts come with the next input.
    mutating func refresh() throws(ReferenceStop) {
        give(.sleep(until: now))
        stand = "facts"
        keepFresh()
        try nextInput()
    }

    mutating func keepFresh() {
        guard let event = fresh else { return }
        fresh = nil
        guard Self.waits(in: journey.steps).contains(event.name), event.at >= floor, !isUsed(event) else { return }
        if let id = event.id, kept.contains(where: { $0.id == id }) { return }
        kept.append(event)
        if kept.count > 16 { kept.removeFirst() }
    }

    func isUsed(_ event: RunEvent) -> Bool { event.id.map { used.contains($0) } ?? false }

    static func waits(in steps: [CheckedStep]) -> Set<String> {
        var names: Set<String> = []
        for step in steps {
            switch step.action {
            case .waitFor(let wait):
                names.insert(wait.event)
                names.formUnion(waits(in: wait.bound.then + wait.bound.otherwise))
            case .waitUntil(_, let bound): names.formUnion(waits(in: bound.then + bound.otherwise))
            case .branch(let arms, let otherwise):
                names.formUnion(waits(in: arms.flatMap(\.steps) + otherwise))
            case .split(_, let arms): names.formUnion(waits(in: arms.flatMap(\.steps)))
            case .loop(let loop): names.formUnion(waits(in: loop.steps))
            case .call(let call): names.formUnion(waits(in: call.otherwise))
            case .fragment(_, let steps): names.formUnion(waits(in: steps))
            case .send, .wait, .set, .tag, .untag, .emit, .start, .handOver, .exit: break
            }
        }
        return names
    }

    // MARK: Effects

    mutating func order(_ send: CheckedSend, at key: String) throws(ReferenceStop) {
        let mine = number
        give(
            .send(
                SendOrder(
                    purpose: journey.purpose, template: send.template.id, reach: send.reach, tryNext: send.tryNext,
                    expires: send.validFor.map { after(now, $0) })), at: key)
        openSend = mine
        stand = "send"
        while true {
            keepFresh()
            try nextInput()
            if case .sendSettled(mine, _)? = inputs[cursor].input { break }
        }
        openSend = nil
    }

    mutating func place(_ call: CheckedCall, at key: String) throws(ReferenceStop) {
        let mine = number
        give(
            .call(
                CallOrder(
                    call: call.call, endpoint: call.endpoint, body: filled(call.body), attempts: call.attempts,
                    over: call.over)), at: key)
        stand = "call"
        while true {
            keepFresh()
            try nextInput()
            if case .callSettled(mine, let isSuccess)? = inputs[cursor].input {
                if !isSuccess { try run(call.otherwise) }
                return
            }
        }
    }
}
