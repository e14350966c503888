/// The nodes, one by one. Each says where the run goes on, or nil where it stops for now.
extension RunWalk {
    mutating func walk(from start: Int) {
        // Only loops lead back. A loop that is entered is passed again when its body is done, and pauses before it goes
        // round: a walk that is longer than this goes in a circle that the compiler must not have let through.
        var left = 2 * program.graph.nodes.count
        var next: Int? = start
        while let node = next {
            precondition(left > 0, "a graph without a pause in one of its loops")
            left -= 1
            if let choice = program.choices[node] { next = choose(choice, at: node) } else { next = pass(node) }
        }
    }

    private mutating func pass(_ index: Int) -> Int? {
        switch program.graph.nodes[index] {
        case .entry(let next): return next
        case .holdout(let share, let next): return holdOut(share, at: index, next: next)
        case .gate(let purpose, let next):
            self.purpose = purpose
            note(index, .askedGate(purpose))
            return next
        case .send(let channels, _):
            return order(nil, reach: .channels(channels), validFor: nil, tryNext: nil, at: index)
        case .deliver(let send, _):
            return order(
                send.template.id, reach: send.reach, validFor: send.validFor, tryNext: send.tryNext, at: index)
        case .wait(let wait, let next): return begin(wait, at: index, next: next)
        case .waitFor(let event, _, let upTo, let then, _):
            return awaitEvent(event, upTo: upTo, at: index, then: then)
        case .waitUntil(_, let upTo, let then, _): return awaitCondition(upTo: upTo, at: index, then: then)
        case .choose: preconditionFailure("choices are taken by the walk")
        case .split(let name, let shares): return draw(name, shares, at: index)
        case .loop(let atMost, let every, _, let body, let next):
            return turn(atMost: atMost, every: every, body: body, next: next, at: index)
        case .set(let values, let next): return write(values, at: index, next: next)
        case .tag(let name, let lifetime, let next):
            note(index, .tagged(name))
            command(.tag(name, until: lifetime.map { now.advanced(by: $0) }), at: index)
            return stopForFacts(at: next)
        case .untag(let name, let next):
            note(index, .untagged(name))
            command(.untag(name), at: index)
            return stopForFacts(at: next)
        case .emit(let event, let values, let next):
            note(index, .emitted(event))
            command(.emit(event: event, filled(values, at: index)), at: index)
            return next
        case .call(let call, _, _): return place(call, at: index)
        case .start(let kind, let id, let values, let next):
            note(index, .started(kind, id))
            command(.start(kind, id, filled(values, at: index)), at: index)
            return next
        case .handOver(let team, let note, let next):
            self.note(index, .handedOver(team))
            command(.handOver(team: team, note: note.flatMap { filled($0, field: "note", at: index) }), at: index)
            return next
        case .exit(let name):
            end(.exit(name), at: index)
            return nil
        }
    }

    // MARK: Ways

    private mutating func holdOut(_ share: Int64, at index: Int, next: Int) -> Int? {
        let position = ContactShare.position(facts.contact, in: program.graph.id, .holdout)
        let isHeldOut = facts.settled.isHeldOut ?? (position < share)
        note(index, isHeldOut ? .heldOut(position: position) : .notHeldOut(position: position))
        if isHeldOut { end(.heldOut, at: index) }
        return isHeldOut ? nil : next
    }

    private mutating func choose(_ choice: RunChoice, at index: Int) -> Int {
        var conditions: [ConditionTrace] = []
        for arm in choice.conditions.indices {
            let holds = choice.conditions[arm].holds(in: context)
            if tracing == .values { conditions += choice.conditions[arm].traces(in: context) }
            guard holds else { continue }
            note(index, .chose(arm: arm, conditions))
            return choice.ways[arm]
        }
        note(index, .chose(arm: nil, conditions))
        return choice.otherwise
    }

    private mutating func draw(_ name: String, _ shares: [ProgramGraph.Share], at index: Int) -> Int {
        let position = ContactShare.position(facts.contact, in: program.graph.id, .split(program.splits[index]))
        let settled = facts.settled.arms[name].flatMap { arm in shares.firstIndex { $0.name == arm } }
        let arm = settled ?? ContactShare.arm(of: position, among: shares.map(\.share))
        note(index, .drew(arm: arm, position: position))
        return shares[arm].next
    }

    /// Comes here from outside and behind each round. The condition is asked before each round, and before the pause
    /// in front of it: whom it holds for needn't wait for nothing.
    private mutating func turn(atMost: Int, every: Int64, body: Int, next: Int, at index: Int) -> Int? {
        let rounds = state.rounds(at: index)
        if rounds >= atMost || holdsToLeave(index) { return leaveLoop(after: rounds, at: index, next: next) }
        guard rounds > 0 else { return beginRound(at: index, body: body) }
        sleep(.pause, until: now.advanced(by: every), at: index)
        return nil
    }

    /// None means that nothing but the number of rounds ends the loop.
    func holdsToLeave(_ index: Int) -> Bool {
        let until = program.conditions[index]
        return !until.expressions.isEmpty && until.holds(in: context)
    }

    mutating func beginRound(at index: Int, body: Int) -> Int {
        state.beginRound(at: index)
        note(index, .round(state.rounds(at: index)))
        return body
    }

    mutating func leaveLoop(after rounds: Int, at index: Int, next: Int) -> Int {
        state.leaveLoop(at: index)
        note(index, .leftLoop(rounds))
        return next
    }

    // MARK: Effects

    private mutating func order(
        _ template: String?, reach: CheckedSend.Reach, validFor: Int64?, tryNext: TryNext?, at index: Int
    ) -> Int? {
        guard let purpose else { preconditionFailure("a send that no gate stands in front of") }
        let order = SendOrder(
            purpose: purpose, template: template, reach: reach, tryNext: tryNext,
            expires: validFor.map { now.advanced(by: $0) })
        let number = command(.send(order), at: index)
        note(index, .ordered(number))
        stop(.send(number), at: index)
        return nil
    }

    private mutating func place(_ call: CheckedCall, at index: Int) -> Int? {
        let order = CallOrder(
            call: call.call, endpoint: call.endpoint, body: filled(call.body, at: index), attempts: call.attempts,
            over: call.over)
        let number = command(.call(order), at: index)
        note(index, .called(number))
        stop(.call(number), at: index)
        return nil
    }

    private mutating func write(_ values: [Assignment], at index: Int, next: Int) -> Int? {
        let filled = filled(values, at: index)
        note(index, .wrote(filled))
        command(.set(filled), at: index)
        return stopForFacts(at: next)
    }

    /// What the run has just written must be read by what comes next, and these facts don't know it.
    private mutating func stopForFacts(at next: Int) -> Int? {
        sleep(.facts, until: now, at: next)
        return nil
    }

    // MARK: Values

    /// A value that is missing, or a text that can't be filled in, is left out.
    private mutating func filled(_ values: [Assignment], at index: Int) -> [NamedValue] {
        var filled: [NamedValue] = []
        for assignment in values {
            switch assignment.value {
            case .expression(let expression):
                let value = expression.evaluate(in: context)
                if !value.isMissing { filled.append(NamedValue(name: assignment.field, value: value)) }
            case .text(let text):
                guard let bytes = self.filled(text, field: assignment.field, at: index) else { continue }
                filled.append(NamedValue(name: assignment.field, value: .text(bytes)))
            }
        }
        return filled
    }

    private mutating func filled(_ text: CompiledText, field: String, at index: Int) -> [UInt8]? {
        let rendering = RenderContext(
            sender: context.sender, unsubscribeLink: context.unsubscribeLink, runID: context.journey.runID,
            runStartedAt: state.startedAt, now: now, timeZone: program.projectZone, journey: context.journey)
        var bytes: [UInt8] = []
        do throws(RenderError) {
            try text.render(into: &bytes, facts: context.page, row: context.row, context: rendering)
            return bytes
        } catch {
            note(index, .unwritten(field: field, error))
            return nil
        }
    }
}
