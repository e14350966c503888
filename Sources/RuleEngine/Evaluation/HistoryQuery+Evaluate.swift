extension HistoryQuery {
    /// What lies after `now` hasn't happened yet. A window of 30 days begins 30 days ago, that instant left out.
    package func isInWindow(_ at: Timestamp, now: Timestamp) -> Bool {
        at <= now && at.microseconds > windowStart(now: now)
    }

    /// The last instant before the window.
    package func windowStart(now: Timestamp) -> Int64 {
        Self.start(ofWindow: window, now: now)
    }

    package static func start(ofWindow window: Int64?, now: Timestamp) -> Int64 {
        guard let window else { return Int64.min }
        let (start, overflow) = now.microseconds.subtractingReportingOverflow(window)
        return overflow ? Int64.min : start
    }

    /// - Parameter type: what the expression is typed as. An event that was recorded while its field had another type
    ///   has no such field.
    func evaluate(as type: ValueType, in context: borrowing EvaluationContext) -> Value {
        switch function {
        case .count: .number(Int64(matching(in: context).count), .int)
        case .any: .bool(!matching(in: context).isEmpty)
        case .none: .bool(matching(in: context).isEmpty)
        case .first: value(of: matching(in: context).first, as: type)
        case .last: value(of: matching(in: context).last, as: type)
        case .sum: sum(as: type, in: context)
        case .sent, .delivered, .opened, .clicked, .replied: .bool(hasMessage(in: context))
        }
    }

    private func matching(in context: borrowing EvaluationContext) -> [HistoryFacts.Event] {
        guard case .event(let name) = subject, let all = context.history.events[name] else { return [] }
        let now = context.now
        let events = all.filter { isInWindow($0.at, now: now) }
        guard let filter, !events.isEmpty else { return events }
        var inner = copy context
        return events.filter { event in
            inner.journey.event = event.fields
            return filter.evaluate(in: inner).isTrue
        }
    }

    private func value(of event: HistoryFacts.Event?, as type: ValueType) -> Value {
        guard let event else { return .missing }
        guard let field else { return .number(event.at.microseconds, .instant) }
        return (event.fields[field] ?? .missing).typed(as: type)
    }

    /// Exact: what doesn't fit into 64 bits in the end is missing, whatever the order.
    private func sum(as type: ValueType, in context: borrowing EvaluationContext) -> Value {
        guard let field, let kind = type.numberKind else { return .missing }
        var total: Int128 = 0
        for event in matching(in: context) {
            if case .number(let number, _) = (event.fields[field] ?? .missing).typed(as: type) {
                total += Int128(number)
            }
        }
        return Int64(exactly: total).map { .number($0, kind) } ?? .missing
    }

    private func hasMessage(in context: borrowing EvaluationContext) -> Bool {
        let now = context.now
        func isIn(_ at: Timestamp?) -> Bool { at.map { isInWindow($0, now: now) } ?? false }
        return context.history.messages.contains { message in
            switch subject {
            case .template(let id): guard message.template == id else { return false }
            case .step(let step): guard message.step == step.key else { return false }
            case .event: return false
            }
            switch function {
            case .sent: return isIn(message.sentAt)
            case .delivered: return isIn(message.deliveredAt)
            case .opened: return isIn(message.openedAt)
            case .replied: return message.replies.contains { isIn($0) }
            case .clicked: return message.clicks.contains { (link == nil || $0.link == link) && isIn($0.at) }
            case .count, .any, .none, .first, .last, .sum: return false
            }
        }
    }
}

extension Value {
    /// Itself, or missing where it isn't of the type.
    func typed(as type: ValueType) -> Value {
        switch self {
        case .missing: .missing
        case .bool: type == .bool ? self : .missing
        case .number(_, let kind): type.numberKind == kind ? self : .missing
        case .text: type.isTextual ? self : .missing
        case .list: if case .list = type { self } else { .missing }
        }
    }
}

extension FactQuery {
    /// What the run, the history, the offices' clocks, a route's candidate and a campaign's rates say. What belongs to a
    /// fragment has no value here: where the fragment is used, its input's value stands instead.
    func evaluate(as type: ValueType, in context: borrowing EvaluationContext) -> Value {
        switch self {
        case .field(.event, let field): (context.journey.event[field.name] ?? .missing).typed(as: field.type.type)
        case .field(.entry, let field): (context.journey.entry[field.name] ?? .missing).typed(as: field.type.type)
        case .runID: .text(context.journey.runID)
        case .conversationID: .text(context.journey.conversationID)
        case .history(let query): query.evaluate(as: type, in: context)
        case .isOpen(let id): context.offices.isOpen(id, at: context.now).map { .bool($0) } ?? .missing
        case .opensNext(let id):
            context.offices.opensNext(id, after: context.now).map { .number($0.microseconds, .instant) } ?? .missing
        case .localDay(let query): query.evaluate(in: context)
        case .channel(let field): context.channel?.value(field) ?? .missing
        case .rate(let rate): context.rates[rate].map { .number($0, .decimal) } ?? .missing
        case .input: .missing
        }
    }
}
