/// The waits: how each begins, what time does to it, and what an event does.
extension RunWalk {
    // MARK: Beginning

    mutating func begin(_ wait: CheckedStep.Wait, at index: Int, next: Int) -> Int? {
        guard let end = end(of: wait, since: now) else {
            note(index, .nothingToWaitFor)
            return next
        }
        sleep(.time, until: end, at: index)
        return nil
    }

    /// What came while the run was busy counts, the earliest first.
    mutating func awaitEvent(_ event: String, upTo: Int64, at index: Int, then: Int) -> Int? {
        let kept = state.kept.filter { $0.name == event }.sorted { $0.at < $1.at }
        for earlier in kept where missed(index, by: earlier.fields, id: earlier.id, at: earlier.at) == nil {
            take(earlier.id, of: earlier.at, at: index)
            return then
        }
        sleep(.event, until: now.advanced(by: upTo), at: index)
        return nil
    }

    mutating func awaitCondition(upTo: Int64, at index: Int, then: Int) -> Int? {
        let condition = program.conditions[index]
        if condition.holds(in: context) {
            note(index, .conditionHolds(traces(condition, in: context)))
            state.raiseFloor(to: now)
            return then
        }
        note(index, .conditionFails(traces(condition, in: context)))
        sleep(.condition, until: nextLook(condition, before: now.advanced(by: upTo)), at: index)
        return nil
    }

    mutating func sleep(_ waiting: RunState.Waiting, until due: Timestamp, at index: Int) {
        stop(waiting, at: index)
        state.due = due
        command(.sleep(until: due), at: index)
        if waiting == .facts { return }
        // What nobody waited for is past once the run waits for something else.
        state.kept = []
        note(index, .waits(until: due))
    }

    mutating func stop(_ waiting: RunState.Waiting, at index: Int) {
        state.node = index
        state.waiting = waiting
        state.since = now
        state.due = nil
    }

    // MARK: Time

    /// Ends the wait if it is over by then, and walks on. The moment at which it ends belongs to what comes behind it.
    mutating func look(at time: Timestamp) {
        let index = state.node
        switch (state.waiting, program.graph.nodes[index]) {
        case (.facts, _): resume(at: index)
        case (.time, .wait(let wait, let next)):
            let end = end(of: wait, since: state.since) ?? state.since
            guard end <= time else { return postpone(to: end) }
            expire(end, at: index)
            resume(at: next)
        case (.pause, .loop(_, _, _, let body, let next)):
            guard let due = state.due, due <= time else { return }
            expire(due, at: index)
            let rounds = state.rounds(at: index)
            resume(
                at: holdsToLeave(index)
                    ? leaveLoop(after: rounds, at: index, next: next) : beginRound(at: index, body: body))
        case (.event, .waitFor(_, _, _, _, let otherwise)):
            guard let due = state.due, due <= time else { return }
            expire(due, at: index)
            resume(at: otherwise)
        case (.condition, .waitUntil(_, let upTo, let then, let otherwise)):
            lookAtCondition(at: time, upTo: upTo, then: then, otherwise: otherwise)
        case (.time, _), (.pause, _), (.event, _), (.condition, _), (.send, _), (.call, _), (.ended, _): break
        }
    }

    /// The condition is asked a last time when its time is up.
    private mutating func lookAtCondition(at time: Timestamp, upTo: Int64, then: Int, otherwise: Int) {
        let index = state.node
        let condition = program.conditions[index]
        let end = state.since.advanced(by: upTo)
        if condition.holds(in: context) {
            note(index, .conditionHolds(traces(condition, in: context)))
            state.raiseFloor(to: now)
            resume(at: then)
        } else if end <= time {
            note(index, .conditionFails(traces(condition, in: context)))
            expire(end, at: index)
            resume(at: otherwise)
        } else {
            postpone(to: nextLook(condition, before: end))
        }
    }

    /// Looks are five minutes apart where time alone may make a condition hold, on full five minutes: office hours
    /// begin on them.
    private func nextLook(_ condition: RunCondition, before end: Timestamp) -> Timestamp {
        guard condition.readsClock else { return end }
        let pause: Int64 = 300_000_000
        let past = now.microseconds % pause
        return min(end, now.advanced(by: past < 0 ? -past : pause - past))
    }

    private mutating func postpone(to due: Timestamp) {
        guard due != state.due else { return }
        state.due = due
        note(state.node, .waits(until: due))
        command(.sleep(until: due), at: state.node)
    }

    private mutating func expire(_ end: Timestamp, at index: Int) {
        state.raiseFloor(to: end)
        note(index, .timeUp)
    }

    private func end(of wait: CheckedStep.Wait, since: Timestamp) -> Timestamp? {
        WaitTime.end(
            of: wait, since: since,
            clock: { clockwork in
                WallClock(
                    rules: program.rules(of: clockwork, contact: facts.contactZone), holidays: facts.holidays)
            },
            value: { $0.evaluate(in: context) })
    }

    // MARK: Events

    /// What an event is to the run as it stands now.
    mutating func offer(_ event: RunEvent) {
        switch state.waiting {
        case .event: offerToWait(event)
        case .send, .call, .facts:
            guard program.awaited.contains(event.name) else { return }
            state.keep(
                RunState.KeptEvent(id: event.id, name: event.name, at: time(of: event), fields: event.fields))
        case .time, .condition, .pause, .ended: break
        }
    }

    private mutating func offerToWait(_ event: RunEvent) {
        let index = state.node
        guard case .waitFor(let name, _, _, let then, _) = program.graph.nodes[index], name == event.name else {
            return
        }
        let time = time(of: event)
        if let miss = missed(index, by: event.fields, id: event.id, at: time) {
            note(index, .passedOver(event.id, miss))
        } else {
            take(event.id, of: time, at: index)
            resume(at: then)
        }
    }

    private func missed(
        _ index: Int, by fields: [String: Value], id: EventID?, at time: Timestamp
    ) -> TraceStep.PassedOver? {
        if state.hasTaken(id) { return .repeated }
        if time < state.floor { return .tooEarly }
        let condition = program.conditions[index]
        let context = context(with: fields)
        return condition.holds(in: context) ? nil : .conditions(traces(condition, in: context))
    }

    private mutating func take(_ id: EventID?, of time: Timestamp, at index: Int) {
        note(index, .tookEvent(id))
        state.take(id, at: time)
    }

    // MARK: Going on

    /// What it waited for is settled: an end on the way must not take a message back that has left.
    private mutating func resume(at next: Int) {
        state.waiting = .facts
        state.due = nil
        walk(from: next)
    }

    /// Goes on behind a message.
    mutating func leave(with decision: TraceStep.Decision) {
        note(state.node, decision)
        if let next = program.graph.nodes[state.node].successors.first { resume(at: next) }
    }

    mutating func answer(_ number: UInt32, isSuccess: Bool) {
        guard case .call(_, let next, let failed) = program.graph.nodes[state.node] else { return }
        note(state.node, .answered(number, isSuccess: isSuccess))
        resume(at: isSuccess ? next : failed)
    }
}
