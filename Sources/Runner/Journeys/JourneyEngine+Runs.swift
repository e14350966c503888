import RuleEngine

/// How a run is begun, moved and stopped, and what its commands do.
extension JourneyEngine {
    /// As many steps of one run as may follow each other at once: each writes something that the next one reads.
    private static let mostRounds = 1000

    // MARK: Moving

    /// False where no more are due.
    func wakeRuns(_ turn: inout Turn) throws(StoreError) -> Bool {
        let runs = try store.dueRuns(at: turn.now, limit: options.runsPerTurn, except: programs.unusable)
        let moved = try share(of: runs) { run throws(StoreError) in
            try move(run, .awake, &turn)
        }
        return moved.count == options.runsPerTurn
    }

    func move(_ run: StoredRun, _ input: RunInput, _ turn: inout Turn) throws(StoreError) {
        // A program that rests sends nothing and takes nobody in. What its people wait for happens all the same.
        guard let version = programs.versions[run.launch], !run.state.hasEnded, run.endedAt == nil else { return }
        guard run.state.belongs(to: version.graph) else {
            throw .unusable("the state of a run of `\(version.launch.program)` belongs to another version")
        }
        guard let facts = try facts(of: run.key, version, at: turn.now) else {
            // Nobody is left whom it could be about.
            return try stop(run, as: .cancelled, &turn)
        }
        turn.hasWorked = true
        let step = machine(version).step(run.state, input, facts: facts)
        // Most inputs move most runs nowhere.
        if step.commands.isEmpty, step.trace.isEmpty, step.state == run.state { return }
        try apply(step, to: run, version, isNew: false, &turn)
    }

    /// - Parameter entry: what it begins with; its occurrence counts the person's runs of this program.
    func begin(
        _ entry: RunEntry, _ value: Value?, of contact: ContactKey, in version: LiveVersion, _ facts: RunFacts,
        _ turn: inout Turn
    ) throws(StoreError) {
        turn.hasWorked = true
        turn.tally.runsBegun += 1
        let key = RunKey(contact: contact, program: version.key, occurrence: entry.occurrence)
        let step = machine(version).begin(entry, facts: facts)
        let run = StoredRun(
            key: key, launch: version.launch.id, value: value, state: step.state, startedAt: turn.now)
        try apply(step, to: run, version, isNew: true, &turn)
        try lookBack(key, version, entry, &turn)
    }

    /// Who visits a page and enrols ten seconds later has visited it, in whichever order the two are heard of.
    private func lookBack(
        _ key: RunKey, _ version: LiveVersion, _ entry: RunEntry, _ turn: inout Turn
    ) throws(StoreError) {
        let program = version.machine.program
        var names = program.awaited
        if let goal = version.graph.goal { names.insert(goal.event) }
        guard !names.isEmpty else { return }
        let since = turn.now.advanced(by: -program.lookBack)
        for event in try store.events(of: key.contact, named: names, since: since) where event.id != entry.event {
            guard let run = try store.run(key), !run.state.hasEnded else { return }
            try move(run, .event(event), &turn)
        }
    }

    func stop(_ run: StoredRun, as ending: RunState.Ending, _ turn: inout Turn) throws(StoreError) {
        guard let version = programs.versions[run.launch] else { return }
        turn.hasWorked = true
        let facts =
            try facts(of: run.key, version, at: turn.now)
            ?? RunFacts(
                context: EvaluationContext(
                    page: FactPage(slotCount: version.project.schema.fields.count), row: 0, now: turn.now),
                contact: [])
        try apply(machine(version).stop(run.state, as: ending, facts: facts), to: run, version, isNew: false, &turn)
    }

    private func machine(_ version: LiveVersion) -> JourneyMachine {
        var machine = version.machine
        machine.tracing = options.tracing
        return machine
    }

    // MARK: Facts

    /// What a step is decided from. Nil where the contact is gone.
    func facts(of run: RunKey, _ version: LiveVersion, at now: Timestamp) throws(StoreError) -> RunFacts? {
        guard var facts = try facts(of: run.contact, version, at: now) else { return nil }
        if version.asksOwnMessages {
            let launch = version.launch.id
            facts.context.history.messages += try messages(of: run, launch) { version.stepKeys[$0] }
            // In an earlier version it may have got some as well.
            let earlier = Dictionary(grouping: try store.earlierSteps(of: launch), by: \.launch)
            for (launch, steps) in earlier {
                facts.context.history.messages += try messages(of: run, launch) { node in
                    steps.first { $0.node == node }?.step
                }
            }
        }
        facts.context.journey.runID = Array(RunName.text(of: run, program: version.launch.program).utf8)
        return facts
    }

    private func messages(
        of run: RunKey, _ launch: LaunchID, step: (Int) -> String?
    ) throws(StoreError) -> [HistoryFacts.Message] {
        try store.messages(of: run, launch: launch).map { node, message in
            var message = message
            message.step = step(node)
            return message
        }
    }

    func facts(of contact: ContactKey, _ version: LiveVersion, at now: Timestamp) throws(StoreError) -> RunFacts? {
        let schema = version.project.schema
        guard let person = try store.facts(of: contact, schema: schema, slots: version.slots) else { return nil }
        let history =
            version.history.isEmpty ? HistoryFacts() : try store.history(of: contact, version.history, now: now)
        let context = EvaluationContext(
            page: person.page, row: 0, now: now, sender: version.sender, history: history, offices: version.offices)
        return RunFacts(
            context: context, contact: person.externalID,
            contactZone: person.timeZone.flatMap(zones.rules(of:)) ?? version.zone,
            holidays: zones.holidays(in: person.country, around: now))
    }

    // MARK: Carrying out

    private func apply(
        _ first: RunStep, to run: StoredRun, _ version: LiveVersion, isNew: Bool, _ turn: inout Turn
    ) throws(StoreError) {
        var run = run
        var step = first
        var trace = TraceText(sources: version.sources, graph: version.graph)
        var rounds = 0
        while true {
            run.state = step.state
            trace.append(step.trace)
            for entry in step.trace where entry.isPassing {
                turn.passed[run.launch, default: [:]][entry.node, default: 0] += 1
            }
            for command in step.commands { try carryOut(command, &run, version, &turn) }
            rounds += 1
            turn.tally.steps += 1
            guard step.state.waiting == .facts, rounds < Self.mostRounds,
                let facts = try facts(of: run.key, version, at: turn.now)
            else { break }
            step = machine(version).step(step.state, .awake, facts: facts)
        }
        if run.state.hasEnded {
            run.endedAt = turn.now
            turn.tally.runsEnded += 1
        }
        run.steps += 1
        if !trace.isEmpty { run.trace = try store.append(trace.text, behind: run.trace, at: turn.now) }
        if isNew { try store.insert(run) } else { try store.update(run) }
        if programs.isSuperseded(version) { try moveOn(run, version, &turn) }
        if run.state.hasEnded {
            // Asked again, as for a new cause.
            for cause in try store.takeCauses(behind: run.key) {
                try dispatch(cause, to: [version.launch.program], &turn)
            }
        }
    }

    /// A run that waited for an outcome when a new version came goes on there now.
    private func moveOn(_ run: StoredRun, _ version: LiveVersion, _ turn: inout Turn) throws(StoreError) {
        guard let launch = try store.pendingMove(of: run.key) else { return }
        guard !run.state.hasEnded, let target = programs.versions[launch] else {
            return try store.setPendingMove(of: run.key, to: nil)
        }
        let change = VersionChange(from: version, to: target)
        guard try change.carryOut(on: run, store: store, now: turn.now) != .later else { return }
        turn.hasWorked = true
    }

    private func carryOut(
        _ command: RunCommand, _ run: inout StoredRun, _ version: LiveVersion, _ turn: inout Turn
    ) throws(StoreError) {
        let contact = run.key.contact
        switch command.action {
        case .send(let order): try place(order, command, of: run, version, &turn)
        case .withdraw(let number): try withdraw(number, of: run, &turn)
        case .set(let values):
            try store.set(values, of: contact, schema: version.project.schema, now: turn.now)
            try announce(values.map(\.name), of: contact, &turn)
        case .tag(let name, let until):
            try store.tag(name, contact: contact, until: until, now: turn.now)
            try announce(["tags"], of: contact, &turn)
        case .untag(let name):
            try store.untag(name, contact: contact, now: turn.now)
            try announce(["tags"], of: contact, &turn)
        case .emit(let event, let values):
            // The command's own name makes a second time easy to see.
            let id = RunName.text(of: run.key, program: version.launch.program) + "/\(command.number)"
            _ = try store.emit(
                NewEvent(
                    contact: contact, name: event, at: turn.now,
                    fields: Dictionary(values.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 }), keys: [.id(id)]),
                now: turn.now)
        case .call(let order): try place(order, command, of: run, at: turn.now)
        case .start(_, let id, let values):
            try store.enqueue(
                QueuedCause(
                    contact: contact, kind: .started, name: id, at: turn.now,
                    fields: Dictionary(values.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })))
        case .handOver(let team, let note):
            try store.handOver(
                run.key, launch: run.launch, number: command.number, team: team, note: note, at: turn.now)
        case .reachGoal: run.goalAt = turn.now
        // The state says both.
        case .sleep, .end: break
        }
    }

    /// Other programs may wait for what this one has written.
    private func announce(_ fields: [String], of contact: ContactKey, _ turn: inout Turn) throws(StoreError) {
        let names = fields.filter(programs.isWatched)
        guard !names.isEmpty else { return }
        try store.enqueue(
            QueuedCause(
                contact: contact, kind: .contactChanged, name: names.joined(separator: ","), at: turn.now))
    }

    func expireTags(_ turn: inout Turn) throws(StoreError) {
        for contact in try store.expireTags(at: turn.now, limit: options.runsPerTurn) {
            turn.hasWorked = true
            try announce(["tags"], of: contact, &turn)
        }
    }
}

/// What people call a run: `welcome/17/0`, the program, the contact's number, which of its runs.
enum RunName {
    static func text(of run: RunKey, program: String) -> String {
        "\(program)/\(run.contact.rawValue)/\(run.occurrence)"
    }
}

extension TraceStep {
    /// A node counts as passed when a run comes to it, not when it is looked at again.
    fileprivate var isPassing: Bool {
        switch decision {
        case .began, .notHeldOut, .heldOut, .ordered, .called, .chose, .drew, .waits, .nothingToWaitFor, .round, .wrote,
            .tagged, .untagged, .emitted, .started, .handedOver, .ended:
            true
        case .askedGate, .settled, .answered, .timeUp, .tookEvent, .passedOver, .conditionHolds, .conditionFails,
            .leftLoop, .unwritten, .reachedGoal, .missedGoal:
            false
        }
    }
}
