import RuleEngine

/// Messages that come at times.
extension MessageDesk {
    /// So late it is not sent any more, in microseconds: nobody was there, or it rested.
    private static let tooLate: Int64 = 24 * 3_600_000_000
    private static let mayNotSend = "may_not_send"

    /// Takes a message that is to come at times. All that can be known now is held against it now.
    ///
    /// - Parameter answering: the name that its caller gave the request, and the answer to it, which is written with the message.
    package func schedule(
        _ request: MessageRequest, _ rhythm: MessageRhythm,
        answering: (name: RequestName, answer: @Sendable (ScheduledMessage) -> KeptAnswer)? = nil
    ) throws -> ScheduledMessage {
        let next = try rhythm.next(after: desk.now)
        guard let next else {
            throw ServiceRefusal(.invalid, "bad_schedule", "the time lies in the past, or never comes")
        }
        let (contact, name) = try recipient(toBeKept: request)
        var request = request
        request.contact = name
        request.address = nil
        let wanted = ScheduledMessage(
            id: 0, rhythm: rhythm, request: request, state: .active, nextAt: next, lastAt: nil, sent: 0, problem: nil,
            createdAt: desk.now)
        let (journeys, book) = (try desk.journeys(), try desk.scheduleBook())
        let ledger = try desk.messageLedger()
        return try journeys.transaction { () throws(StoreError) in
            var message = wanted
            message.id = try book.insert(message, to: contact)
            if let answering { try ledger.keep(answering.answer(message), for: answering.name) }
            return message
        }
    }

    package func scheduled(_ id: String) throws -> ScheduledMessage {
        let (journeys, book) = (try desk.journeys(), try desk.scheduleBook())
        let found = try Int64(id).flatMap { number in
            try journeys.transaction { () throws(StoreError) in try book.scheduled(number) }
        }
        guard let found else {
            throw ServiceRefusal(.notFound, "unknown_scheduled_message", "there is no such scheduled message")
        }
        return found
    }

    package func scheduled(
        contact name: String?, state: ScheduledMessage.State?, _ page: PageRequest
    ) throws -> FoundPage<ScheduledMessage> {
        let contact = try name.map { try desk.contact($0) }
        let (journeys, book) = (try desk.journeys(), try desk.scheduleBook())
        return try journeys.transaction { () throws(StoreError) in
            try book.scheduled(contact: contact, state: state, page)
        }
    }

    /// Lets it rest, go on, or end. Whoever lets it go on asks for it from then on where the one who did has lost the right to.
    package func set(
        _ state: ScheduledMessage.State, of id: String, by caller: Principal
    ) throws -> ScheduledMessage {
        let known = try scheduled(id)
        if known.state == .ended {
            throw ServiceRefusal(.conflict, "ended", "the scheduled message has ended")
        }
        // What it missed while it rested does not come after all.
        let next = state == .active ? try known.rhythm.next(after: desk.now) : known.nextAt
        let (journeys, book) = (try desk.journeys(), try desk.scheduleBook())
        let reached = state == .active && next == nil ? ScheduledMessage.State.ended : state
        let isOrphan = try state == .active && !desk.mayStillSend(known.request)
        try journeys.transaction { () throws(StoreError) in
            try book.set(reached, of: known.id, nextAt: next)
            if isOrphan {
                var request = known.request
                request.actor = caller.actor
                try book.set(request, of: known.id)
            }
        }
        return try scheduled(id)
    }

    /// Asks for the messages whose time has come, each once: that its time has passed is written with the message itself.
    /// Returns how many were due.
    package func sendScheduled() throws -> Int {
        let (journeys, book, now) = (try desk.journeys(), try desk.scheduleBook(), desk.now)
        let due = try journeys.transaction { () throws(StoreError) in try book.due(at: now, limit: 200) }
        var requests: [MessageRequest] = []
        for message in due {
            guard let at = message.nextAt else { continue }
            let next = try? message.rhythm.next(after: now)
            if now.microseconds - at.microseconds > Self.tooLate {
                _ = try journeys.transaction { () throws(StoreError) in
                    try book.advance(message.id, from: at, to: next, problem: "too_late")
                }
                continue
            }
            guard try desk.mayStillSend(message.request) else {
                // It rests until somebody who may lets it go on, and is asked for by them then.
                try journeys.transaction { () throws(StoreError) in
                    guard try book.advance(message.id, from: at, to: next, problem: Self.mayNotSend) else { return }
                    if next != nil { try book.set(.paused, of: message.id, nextAt: next) }
                }
                continue
            }
            var request = message.request
            request.tick = MessageRequest.Tick(schedule: message.id, at: at, next: next)
            requests.append(request)
        }
        for (request, outcome) in zip(requests, try take(requests)) {
            guard case .failure(let refusal) = outcome, let tick = request.tick else { continue }
            _ = try journeys.transaction { () throws(StoreError) in
                try book.advance(tick.schedule, from: tick.at, to: tick.next, problem: refusal.code)
            }
        }
        return due.count
    }
}
