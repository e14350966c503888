extension FactQuery {
    /// Events and their fields go by their names, because that is what arrives from outside. Steps go by their place:
    /// their names only point inside.
    func writeCanonical(into writer: inout CanonicalWriter) {
        switch self {
        case .field(let root, let field):
            writer.tag("event-field")
            writer.text(root.rawValue)
            writer.text(field.name)
            field.type.writeCanonical(into: &writer)
        case .runID: writer.tag("run.id")
        case .conversationID: writer.tag("conversation.id")
        case .channel(let field):
            writer.tag("channel-field")
            writer.text(field.rawValue)
        case .rate(let rate):
            writer.tag("rate")
            writer.text(rate.rawValue)
        case .input(let name):
            writer.tag("input")
            writer.text(name)
        case .history(let query): query.writeCanonical(into: &writer)
        case .isOpen(let hours):
            writer.tag("open-now")
            writer.hours(hours)
        case .opensNext(let hours):
            writer.tag("opens-next")
            writer.hours(hours)
        case .localDay(let query):
            writer.tag("local-day")
            writer.text(query.rounding.rawValue)
            writer.text(query.zoneName)
            query.instant.writeCanonical(into: &writer)
        }
    }
}

extension HistoryQuery {
    func writeCanonical(into writer: inout CanonicalWriter) {
        writer.tag("history")
        writer.text(function.rawValue)
        switch subject {
        case .event(let name):
            writer.tag("event")
            writer.text(name)
        case .step(let step):
            writer.tag("step")
            writer.step(step.key)
        case .template(let id):
            writer.tag("template")
            writer.text(id)
        }
        writer.optional(field) { $0.text($1) }
        writer.optional(window) { $0.integer($1) }
        writer.optional(filter) { $1.writeCanonical(into: &$0) }
        writer.optional(link) { $0.text($1) }
    }
}
