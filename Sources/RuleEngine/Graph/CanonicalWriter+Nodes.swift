extension CanonicalWriter {
    mutating func write(_ node: ProgramGraph.Node, in project: CheckedProject) {
        switch node {
        case .entry: tag("entry")
        case .holdout(let share, _):
            tag("holdout")
            integer(share)
        case .gate(let purpose, _):
            tag("gate")
            text(purpose.rawValue)
        case .send(let channels, _):
            tag("send")
            list(channels) { $0.write(project.channels[$1]) }
        case .deliver(let send, _):
            tag("deliver")
            write(send, in: project)
        case .wait(let wait, _): write(wait)
        case .waitFor(let event, let conditions, let upTo, _, _):
            tag("wait-for")
            text(event)
            all(conditions)
            integer(upTo)
        case .waitUntil(let conditions, let upTo, _, _):
            tag("wait-until")
            all(conditions)
            integer(upTo)
        case .choose(let arms, _):
            tag("choose")
            list(arms) { $0.all($1.conditions) }
        case .split(_, let shares):
            tag("split")
            list(shares) { $0.integer($1.share) }
        case .loop(let atMost, let every, let until, _, _):
            tag("loop")
            integer(Int64(atMost))
            integer(every)
            all(until)
        case .set(let values, _):
            tag("set")
            write(values)
        case .tag(let name, let lifetime, _):
            tag("tag")
            text(name)
            optional(lifetime) { $0.integer($1) }
        case .untag(let name, _):
            tag("untag")
            text(name)
        case .emit(let event, let values, _):
            tag("emit")
            text(event)
            write(values)
        case .call(let call, _, _): write(call)
        case .start(let kind, let id, let values, _):
            tag("start")
            text(kind.rawValue)
            text(id)
            write(values)
        case .handOver(let team, let note, _):
            tag("hand-over")
            text(team)
            optional(note) { $1.writeCanonical(into: &$0) }
        case .exit(let name):
            tag("exit")
            text(name)
        }
        list(node.successors) { $0.integer(Int64($1)) }
    }

    /// Fields are filled all at once, so their order means nothing.
    private mutating func write(_ values: [Assignment]) {
        set(values) { writer, assignment in
            writer.text(assignment.field)
            switch assignment.value {
            case .expression(let expression):
                writer.tag("expression")
                expression.writeCanonical(into: &writer)
            case .text(let text):
                writer.tag("text")
                text.writeCanonical(into: &writer)
            }
        }
    }

    private mutating func write(_ wait: CheckedStep.Wait) {
        switch wait {
        case .duration(let duration):
            tag("wait")
            integer(duration)
        case .clock(let time, let days, let clock):
            tag("wait-clock")
            write(time)
            optional(days) { $0.integer(Int64($1.rawValue)) }
            text(clock.text)
        case .until(let expression, let time, let days, let clock, let upTo):
            tag("wait-date")
            expression.writeCanonical(into: &self)
            optional(time) { $0.write($1) }
            optional(days) { $0.integer(Int64($1.rawValue)) }
            text(clock.text)
            integer(upTo)
        }
    }

    private mutating func write(_ call: CheckedCall) {
        tag("call")
        text(call.call)
        text(call.endpoint.method)
        text(call.endpoint.path)
        write(call.body)
        integer(Int64(call.attempts))
        integer(call.over)
    }

    private mutating func write(_ send: CheckedSend, in project: CheckedProject) {
        let channels: [String]
        switch send.reach {
        case .channels(let ids):
            tag("channels")
            channels = ids
        case .reply(let id):
            tag("reply")
            channels = [id]
        case .route(let id):
            tag("route")
            let route = project.routes[id]
            channels = route?.candidates ?? []
            all(route?.skipWhen ?? [])
            list(route?.rank ?? []) { $1.writeCanonical(into: &$0) }
            optional(route?.tryNext) { $0.write($1) }
        }
        list(channels) { $0.write(project.channels[$1]) }
        write(send.template, kinds: Set(channels.compactMap { project.channels[$0]?.kind }))
        optional(send.validFor) { $0.integer($1) }
        optional(send.tryNext) { $0.write($1) }
    }

    private mutating func write(_ next: TryNext) {
        text(next.signal.rawValue)
        integer(next.after)
        optional(next.attempts) { $0.integer(Int64($1)) }
    }

    // MARK: Fields that are read

    static func slots(of journey: CheckedJourney, nodes: [ProgramGraph.Node]) -> Set<Int> {
        var slots: Set<Int> = []
        for expression in journey.expressions(in: nodes) { slots.formUnion(expression.slots) }
        for text in nodes.flatMap(\.texts) { slots.formUnion(text.slots) }
        return slots
    }
}

extension CheckedJourney {
    /// Every expression outside of texts.
    package func expressions(in nodes: [ProgramGraph.Node]) -> [TypedExpression] {
        var found = entry.conditions + (key.map { [$0] } ?? []) + exitWhen + (goal?.conditions ?? [])
        if case .segment(let segment, _, _) = entry.cause { found += segment.conditions }
        return found + nodes.flatMap(\.expressions)
    }
}

extension ProgramGraph.Node {
    /// The expressions that the node itself asks.
    package var expressions: [TypedExpression] {
        func values(_ assignments: [Assignment]) -> [TypedExpression] {
            assignments.compactMap { if case .expression(let expression) = $0.value { expression } else { nil } }
        }
        switch self {
        case .waitFor(_, let conditions, _, _, _), .waitUntil(let conditions, _, _, _): return conditions
        case .choose(let arms, _): return arms.flatMap(\.conditions)
        case .loop(_, _, let until, _, _): return until
        case .wait(.until(let expression, _, _, _, _), _): return [expression]
        case .set(let assignments, _), .emit(_, let assignments, _), .start(_, _, let assignments, _):
            return values(assignments)
        case .call(let call, _, _): return values(call.body)
        case .entry, .holdout, .gate, .send, .deliver, .wait, .split, .tag, .untag, .handOver, .exit: return []
        }
    }

    /// The texts that the node fills in.
    package var texts: [CompiledText] {
        func values(_ assignments: [Assignment]) -> [CompiledText] {
            assignments.compactMap { if case .text(let text) = $0.value { text } else { nil } }
        }
        switch self {
        case .deliver(let send, _):
            return send.template.messages.values.flatMap { $0.values.flatMap { Array($0.fields.values) } }
        case .set(let assignments, _), .emit(_, let assignments, _), .start(_, _, let assignments, _):
            return values(assignments)
        case .call(let call, _, _): return values(call.body)
        case .handOver(_, let note, _): return note.map { [$0] } ?? []
        case .entry, .holdout, .gate, .send, .wait, .waitFor, .waitUntil, .choose, .split, .loop, .tag, .untag, .exit:
            return []
        }
    }
}
