import RuleEngine

/// Questions about the contact's history, each as one subquery over a range of an index.
extension SQLWriter {
    /// 0 or 1, for the functions that give a truth value; nil for the others.
    mutating func historyCondition(_ node: TypedNode) -> Bool {
        guard case .fact(.history(let query)) = node.kind else { return false }
        switch query.function {
        case .any: events(query, "EXISTS (SELECT 1")
        // In parentheses of its own: `NOT` binds less than the `IS NULL` that may follow.
        case .none: events(query, "(NOT EXISTS (SELECT 1", tail: ")")
        case .sent, .delivered, .opened, .clicked, .replied: messages(query)
        case .count, .first, .last, .sum: return false
        }
        return true
    }

    /// NULL where it is missing.
    mutating func historyValue(_ query: HistoryQuery, as type: ValueType) {
        let event = "e\(depth + 1)"
        switch query.function {
        case .count: events(query, "(SELECT count(*)")
        case .any, .none, .sent, .delivered, .opened, .clicked, .replied:
            preconditionFailure("a condition is written as one")
        case .first: selected(query, type, order: "\(event).occurred_at, \(event).seq")
        case .last: selected(query, type, order: "\(event).occurred_at DESC, \(event).seq DESC")
        case .sum:
            events(query, "(SELECT \(ConditionFunctions.sum)(json_extract(\(event).fields, ?))", fieldAs: type)
        }
    }

    mutating func eventField(_ field: EventFieldReference) {
        text += "json_extract(e\(depth).fields, ?)"
        parameters.append(.text(Array(EventFields.path(field.name, field.type.type).utf8)))
    }

    private mutating func selected(_ query: HistoryQuery, _ type: ValueType, order: String) {
        let event = "e\(depth + 1)"
        let what = query.field == nil ? "\(event).occurred_at" : "json_extract(\(event).fields, ?)"
        events(query, "(SELECT \(what)", fieldAs: type, tail: " ORDER BY \(order) LIMIT 1")
    }

    /// Opens with `head`, which takes the path of the query's field as a parameter if `fieldAs` is given, and closes the
    /// one parenthesis that `head` opens.
    private mutating func events(
        _ query: HistoryQuery, _ head: String, fieldAs type: ValueType? = nil, tail: String = ""
    ) {
        guard case .event(let name) = query.subject else {
            preconditionFailure("functions of events are about events: the checker gives no other")
        }
        text += head
        if let type, let field = query.field {
            parameters.append(.text(Array(EventFields.path(field, type).utf8)))
        }
        depth += 1
        text += " FROM event e\(depth) WHERE e\(depth).contact = \(contact)"
        text += " AND e\(depth).name = (SELECT id FROM event_name WHERE name = ?)"
        parameters.append(.text(Array(name.utf8)))
        window(query, "e\(depth).occurred_at")
        if let condition = query.filter {
            text += " AND "
            filter(condition)
        }
        depth -= 1
        text += tail + ")"
    }

    private mutating func messages(_ query: HistoryQuery) {
        guard case .template(let template) = query.subject else {
            preconditionFailure("steps are not asked in audiences: `isForAudiences` is false for them")
        }
        text += """
            EXISTS (SELECT 1 FROM launch_step s CROSS JOIN delivery d ON d.tenant = 1 AND d.launch = s.launch \
            AND d.contact = \(contact) AND d.step = s.step
            """
        let time: String
        switch query.function {
        case .delivered: time = MessageTimes.delivered("t")
        case .opened: time = MessageTimes.opened("t")
        case .clicked: time = query.link == nil ? "t.clicked_at" : "t.at"
        case .replied: time = "t.at"
        case .sent, .count, .any, .none, .first, .last, .sum: time = "d.accepted_at"
        }
        switch query.function {
        case .clicked where query.link != nil:
            text += """
                 CROSS JOIN link_click t ON t.contact = d.contact AND t.launch = d.launch AND t.step = d.step \
                AND t.occurrence = d.occurrence AND t.link = ?
                """
            parameters.append(.text(Array((query.link ?? "").utf8)))
        case .delivered, .opened, .clicked:
            text += """
                 CROSS JOIN delivery_status t ON t.tenant = 1 AND t.launch = d.launch AND t.contact = d.contact \
                AND t.step = d.step AND t.occurrence = d.occurrence
                """
        case .replied:
            text += """
                 CROSS JOIN channel_event t ON t.contact = d.contact AND t.launch = d.launch AND t.step = d.step \
                AND t.kind = 'inbound'
                """
        case .sent, .count, .any, .none, .first, .last, .sum: break
        }
        text += " WHERE d.accepted_at IS NOT NULL AND s.template = ?"
        parameters.append(.text(Array(template.utf8)))
        window(query, time)
        text += ")"
    }

    private mutating func window(_ query: HistoryQuery, _ time: String) {
        text += " AND \(time) > ? AND \(time) <= ?"
        parameters.append(.integer(query.windowStart(now: now)))
        parameters.append(.integer(now.microseconds))
    }
}
