import RuleEngine

/// What happened: whom it moves, and whom it lets in.
extension JourneyEngine {
    /// False where none are left.
    func takeCauses(_ turn: inout Turn) throws(StoreError) -> Bool {
        let causes = try store.causes(after: 0, limit: options.causesPerTurn)
        try look(at: causes, turn)
        guard !causes.isEmpty else { return false }
        // In the order in which things happened: those who tell of them send them again, and mix them up.
        let inOrder = causes.sorted { ($0.at, $0.sequence) < ($1.at, $1.sequence) }
        let taken = try share(of: inOrder) { cause throws(StoreError) in
            try dispatch(cause, to: nil, &turn)
        }
        try store.remove(taken)
        turn.tally.causes += taken.count
        turn.hasWorked = true
        return taken.count == options.causesPerTurn
    }

    /// Runs that are under way hear of it first: who has just come in through it doesn't go on through it as well.
    ///
    /// - Parameter names: only these programs; nil for all.
    func dispatch(_ cause: QueuedCause, to names: [String]?, _ turn: inout Turn) throws(StoreError) {
        if names == nil { try moveRuns(by: cause, &turn) }
        if cause.kind == .contactChanged { return try lookAtSegments(of: cause, &turn) }
        for version in entrances(of: cause) where names?.contains(version.launch.program) ?? true {
            try enter(version, cause, &turn)
        }
    }

    private func moveRuns(by cause: QueuedCause, _ turn: inout Turn) throws(StoreError) {
        let input: RunInput
        let versions: [LiveVersion]
        switch cause.kind {
        case .event, .webhook:
            input = .event(RunEvent(id: cause.event, name: cause.name, fields: cause.fields, at: cause.at))
            versions = programs.moved(by: [.event(cause.name), .history(event: cause.name)])
        case .messageNews, .inbound:
            input = .awake
            versions = programs.moved(by: [.messages])
        case .contactChanged:
            input = .awake
            versions = programs.moved(byFields: cause.name.split(separator: ",").map(String.init))
        case .entersSegment, .leavesSegment, .existing, .tick, .started: return
        }
        var seen: Set<ProgramKey> = []
        for version in versions where seen.insert(version.key).inserted {
            let moved = Set(versions.map(\.launch.id))
            for run in try store.openRuns(of: cause.contact, in: version.key) where moved.contains(run.launch) {
                try move(run, input, &turn)
            }
        }
    }

    private func entrances(of cause: QueuedCause) -> [LiveVersion] {
        switch cause.kind {
        case .event: programs.begun(by: .event(cause.name))
        case .webhook: programs.begun(by: .webhook(cause.name))
        case .inbound: programs.begun(by: .inbound(channel: cause.name))
        // These name the program itself: a segment is looked at for each.
        case .entersSegment, .leavesSegment, .existing, .tick, .started:
            programs.entrance(of: cause.name).map { [$0] } ?? []
        case .messageNews, .contactChanged: []
        }
    }

    private func enter(_ version: LiveVersion, _ queued: QueuedCause, _ turn: inout Turn) throws(StoreError) {
        guard let cause = EntryRule.Cause(queued, of: version.journey), version.entry.concerns(cause),
            let facts = try facts(of: queued.contact, version, at: turn.now)
        else { return }
        let runs = try store.knownRuns(of: queued.contact, in: version.key)
        switch version.entry.decide(cause, runs: runs, facts: facts, isTold: false) {
        case .begin(let value, let replacing):
            for occurrence in replacing {
                let key = RunKey(contact: queued.contact, program: version.key, occurrence: occurrence)
                if let run = try store.run(key) { try stop(run, as: .replaced, &turn) }
            }
            let entry = RunEntry(
                occurrence: (runs.map(\.occurrence).max()).map { $0 + 1 } ?? 0, event: queued.event,
                fields: cause.fields, conversationID: queued.conversationID)
            try begin(entry, value, of: queued.contact, in: version, facts, &turn)
        case .queue(_, let behind):
            try store.wait(
                queued, behind: RunKey(contact: queued.contact, program: version.key, occurrence: behind))
        case .leaveOut: break
        }
    }
}

extension QueuedCause {
    /// Under which name an inbound cause carries its conversation.
    package static let conversationField = "conversation_id"

    fileprivate var conversationID: [UInt8] {
        if case .text(let bytes) = fields[Self.conversationField], kind == .inbound { bytes } else { [] }
    }
}

extension EntryRule.Cause {
    fileprivate init?(_ cause: QueuedCause, of journey: CheckedJourney) {
        let event = RunEvent(id: cause.event, name: cause.name, fields: cause.fields, at: cause.at)
        switch cause.kind {
        case .event: self = .event(event)
        case .webhook: self = .webhook(event)
        case .inbound: self = .inbound(channel: cause.name, conversationID: cause.conversationID)
        case .tick: self = .tick
        case .started: self = .started(cause.fields)
        case .entersSegment, .leavesSegment, .existing:
            guard case .segment(let segment, _, _) = journey.entry.cause else { return nil }
            switch cause.kind {
            case .entersSegment: self = .segment(segment.id, .enters)
            case .leavesSegment: self = .segment(segment.id, .leaves)
            default: self = .existing(segment: segment.id)
            }
        case .messageNews, .contactChanged: return nil
        }
    }
}
