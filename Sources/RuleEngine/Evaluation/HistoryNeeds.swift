/// Which part of a contact's history expressions look at: what a store has to read for them.
package struct HistoryNeeds: Sendable, Hashable {
    /// By the event's name the longest window, in microseconds; nil looks at all that is known.
    package private(set) var events: [String: Int64?] = [:]
    package private(set) var templates: Set<String> = []

    /// Nothing.
    package init() {}

    package init(of expressions: some Sequence<TypedExpression>) {
        for expression in expressions { add(expression.root) }
    }

    package var isEmpty: Bool {
        events.isEmpty && templates.isEmpty
    }

    package mutating func formUnion(_ other: HistoryNeeds) {
        for (name, window) in other.events { add(event: name, window: window) }
        templates.formUnion(other.templates)
    }

    private mutating func add(_ node: TypedNode) {
        if case .fact(.history(let query)) = node.kind {
            switch query.subject {
            case .event(let name): add(event: name, window: query.window)
            case .template(let id): templates.insert(id)
            // The run knows its own steps.
            case .step: break
            }
        }
        for operand in node.operands { add(operand) }
    }

    /// - Parameter window: in microseconds; nil for all that is known.
    package mutating func add(event name: String, window: Int64?) {
        guard let known = events[name] else {
            events[name] = .some(window)
            return
        }
        if let first = known, let second = window {
            events[name] = .some(max(first, second))
        } else {
            events[name] = .some(nil)
        }
    }
}
