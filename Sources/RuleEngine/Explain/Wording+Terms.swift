extension Wording {
    /// An expression that gives a value, in words.
    ///
    /// - Parameter isWhole: nothing follows that a calculation could be read together with.
    func term(_ node: TypedNode, isWhole: Bool = false) -> String {
        switch node.kind {
        case .constant(let value): self.value(value)
        case .field(let field): "the contact's " + Self.field(field.name)
        case .local(let name): "this " + Self.field(name)
        case .now: "now"
        case .runStartedAt: "the beginning of the run"
        case .sender(let field): "the sender's " + Self.words(field.rawValue)
        case .unsubscribeLink: "the unsubscribe link"
        case .preferencesLink: "the link to the preferences"
        case .browserLink: "the link to the message in the browser"
        case .fact(let query): fact(query)
        case .arithmetic(let operation, let left, let right): arithmetic(operation, left, right, isWhole: isWhole)
        case .textLength(let text): "the number of characters of " + term(text)
        case .listCount(let list): "the number of " + term(list)
        case .fallback(let value, let other): "(\(term(value)), or \(term(other)) where that is missing)"
        case .not, .and, .or, .compare, .isAmong, .listContains, .text, .matches, .isKnown, .isMissing, .inSegment:
            // A condition as a value: `set: {big: contact.seats > 10}`.
            "whether " + condition(node).flat
        }
    }

    private func arithmetic(
        _ operation: Arithmetic, _ left: TypedNode, _ right: TypedNode, isWhole: Bool
    ) -> String {
        // `contact.trial_ends - 3d` is a day that people name by the distance.
        if left.type.type == .date || left.type.type == .instant, right.type.type == .duration,
            case .constant(let length) = right.kind
        {
            switch operation {
            case .add, .addDays: return value(length) + " after " + term(left)
            case .subtract, .subtractDays: return value(length) + " before " + term(left)
            default: break
            }
        }
        let sign =
            switch operation {
            case .add, .addDays: "plus"
            case .subtract, .subtractDays: "minus"
            case .multiply, .multiplyScaled: "times"
            case .divide, .divideScaled: "divided by"
            case .daysBetween: "minus"
            // The conversions of a comparison between a whole number and a decimal: nobody wrote them.
            case .floor, .ceiling: ""
            }
        if sign.isEmpty { return term(left) }
        let words = "\(term(left)) \(sign) \(term(right))"
        return isWhole ? words : "(\(words))"
    }

    // MARK: Facts

    func fact(_ query: FactQuery) -> String {
        switch query {
        case .field(.event, let field): "the event's " + Self.field(field.name)
        case .field(.entry, let field): "the starting event's " + Self.field(field.name)
        case .runID: "the run's id"
        case .conversationID: "the conversation's id"
        case .channel(.kind): "the channel's kind"
        case .channel(.cost): "the channel's price"
        case .channel(.capacity_left): "the share of the channel's capacity that is left"
        case .channel(.healthy): "whether the channel is healthy"
        case .channel(.session_open): "whether a conversation is open on the channel"
        case .rate(let rate): "the share of messages that \(rateVerb(rate))"
        case .input(let name): "the input " + Self.name(name)
        case .history(let query): history(query)
        case .isOpen(let id): "whether \(Self.name(id)) is open now"
        case .opensNext(let id): "the next opening of " + Self.name(id)
        case .localDay(let query):
            switch query.rounding {
            case .floor: "the day of " + term(query.instant)
            case .ceiling: "the first day that begins no earlier than " + term(query.instant)
            }
        }
    }

    private func rateVerb(_ rate: FactQuery.Rate) -> String {
        switch rate {
        case .bounced: "bounced"
        case .complained: "drew a complaint"
        case .unsubscribed: "were answered by unsubscribing"
        case .failed: "failed"
        }
    }

    /// A question about the past, as a value.
    private func history(_ query: HistoryQuery) -> String {
        let filtered = query.filter.map { " (only those for which " + condition($0).flat + ")" } ?? ""
        let subject = subject(query) + Self.window(query) + filtered
        switch query.function {
        case .count: return "the number of " + subject
        case .sum: return "the sum of \(Self.field(query.field ?? "")) over all " + subject
        case .first, .last:
            let which = query.function.rawValue + " " + subject
            return query.field.map { "the \(Self.field($0)) of the \(which)" } ?? "the time of the \(which)"
        case .any, .none, .sent, .delivered, .opened, .clicked, .replied:
            return "whether " + happened(query, negated: false).flat
        }
    }

    func subject(_ query: HistoryQuery) -> String {
        switch query.subject {
        case .event(let name): name.isEmpty ? "event" : Self.name(name)
        case .step(let step): Self.name(alias(.step, step.name))
        case .template(let id): Self.name(alias(.template, id))
        }
    }

    static func window(_ query: HistoryQuery) -> String {
        query.window.map { " in the last " + duration($0) } ?? ""
    }

    /// A question about the past, as a condition.
    func happened(_ query: HistoryQuery, negated: Bool) -> Phrase {
        let subject = subject(query)
        let window = Self.window(query)
        func message(_ verb: String) -> Phrase {
            let what = query.link.map { "the link \(Self.name($0)) in \(subject)" } ?? "a link in \(subject)"
            let target = query.function == .clicked ? what : subject
            return Phrase("the contact \(negated ? "has not" : "has") \(verb) \(target)\(window)")
        }
        switch query.function {
        case .any, .none:
            let isAbsent = (query.function == .none) != negated
            let text = isAbsent ? "there has been no " : "there has been at least one "
            return counted(text + subject + window, query.filter)
        case .sent: return Phrase("\(subject) has \(negated ? "not " : "")been sent to the contact\(window)")
        case .delivered: return Phrase("\(subject) has \(negated ? "not " : "")reached the contact\(window)")
        case .opened: return message("opened")
        case .clicked: return message("clicked")
        case .replied: return message("replied to")
        case .count, .first, .last, .sum:
            return Phrase(history(query) + (negated ? " is not true" : " is true"))
        }
    }

    /// What is counted, and which of it.
    func counted(_ text: String, _ filter: TypedNode?) -> Phrase {
        guard let filter else { return Phrase(text) }
        let condition = condition(filter)
        return condition.parts.isEmpty
            ? Phrase(text + " for which " + condition.text)
            : Phrase(text + " for which " + condition.text, condition.parts)
    }
}
