/// Somebody who gets a message that they must not get: the way through the program, and everything about the person
/// that makes them take it. Reaching the send with these facts was replayed in the evaluator.
package struct Counterexample: Sendable {
    /// The program's nodes in the order in which the person comes to them; the last one is the send.
    package let nodes: [Int]
    /// The same as names of what decided.
    package let path: [String]
    package let facts: AssumedFacts
    package let channel: String?
    package let consent: ConsentLevel
    /// `contact.country`, `entry.total` and so on, each with its value.
    package let described: [String]
}

/// What is assumed of a person and of what happens to them. Whatever isn't in here plays no part.
package struct AssumedFacts: Sendable {
    /// By schema slot.
    package var contact: [Int: Value] = [:]
    /// The fields of the event that the run began with.
    package var entry: [String: Value] = [:]
    /// The fields of the event that ends a wait, by the wait's node.
    package var events: [Int: [String: Value]] = [:]
    /// What the history, opening hours and accounts answer, by the question.
    package var answers: [String: Value] = [:]

    package init() {}

    /// One page with one row: what the evaluator reads.
    func context(at wait: Int?, slots: Int) -> EvaluationContext {
        var page = FactPage(slotCount: slots)
        for slot in 0..<slots { page.append(contact[slot] ?? .missing, slot: slot) }
        page.finishRow()
        var context = EvaluationContext(page: page, row: 0, now: Self.now, locals: answers)
        context.journey.entry = entry
        context.journey.event = wait.map { events[$0] ?? [:] } ?? entry
        return context
    }

    /// Any instant would do; a proof must not depend on when it is asked for.
    static let now = Timestamp(microseconds: 1_795_262_400_000_000)
}

extension FactPage {
    fileprivate mutating func append(_ value: Value, slot: Int) {
        switch value {
        case .missing: columns[slot].appendMissing()
        case .bool(let flag): columns[slot].append(flag ? 1 : 0)
        case .number(let number, _): columns[slot].append(number)
        case .text(let bytes):
            columns[slot].append(Int64(bitPattern: pack(String(decoding: bytes, as: UTF8.self)).bits))
        case .list(let items):
            var joined = ""
            for case .text(let bytes) in items { joined += String(decoding: bytes, as: UTF8.self) + "\u{1F}" }
            columns[slot].append(Int64(bitPattern: pack(joined).bits))
        }
    }
}
