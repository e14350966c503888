/// Where one contact's run stands: all that the machine has to remember from one step to the next, and nothing that it
/// could ask again. It belongs to one version of a program; whoever stores it stores the version beside it.
package struct RunState: Sendable, Hashable {
    /// What the run waits for. Only `ended` is forever.
    package enum Waiting: Sendable, Hashable {
        /// Time alone: a `wait`.
        case time
        case event
        case condition
        /// The pause between two rounds of a loop.
        case pause
        /// A message that was ordered under this number, until it has left or certainly won't.
        case send(UInt32)
        /// An endpoint's answer, or the end of all attempts.
        case call(UInt32)
        /// Facts that know what the run itself has just written.
        case facts
        case ended(Ending)
    }

    package enum Ending: Sendable, Hashable {
        /// By an `exit` of this name, or behind the last step: `finished`.
        case exit(String)
        case goal
        /// By the condition with this index.
        case exitWhen(Int)
        /// Taken out by chance, so that the effect on the others can be seen.
        case heldOut
        /// By a new run of the same key.
        case replaced
        /// From outside: a new version that ends the runs of the old one, or a person.
        case cancelled
    }

    /// How many rounds of a loop have begun.
    struct Loop: Sendable, Hashable {
        let node: Int32
        var rounds: Int32
    }

    /// An event that came while the run was busy with something else than waiting for one.
    struct KeptEvent: Sendable, Hashable {
        let id: EventID?
        let name: String
        let at: Timestamp
        var fields: [String: Value]
    }

    /// An event that this run has used up.
    struct TakenEvent: Sendable, Hashable {
        let id: EventID
        let at: Timestamp
    }

    /// Which of the contact's runs of this program it is.
    package let occurrence: UInt32
    package let startedAt: Timestamp
    package let entryEvent: EventID?
    /// The fields of the event that it began with.
    package internal(set) var entry: [String: Value]
    package internal(set) var conversationID: [UInt8]

    /// The node at which it stands.
    package internal(set) var node: Int
    package internal(set) var waiting: Waiting
    /// When it must be looked at again, whatever happens.
    package internal(set) var due: Timestamp?
    /// When the wait began.
    var since: Timestamp
    /// A wait for an event takes none that happened before.
    var floor: Timestamp
    /// The number of the next command that has an effect outside.
    var nextNumber: UInt32 = 0
    var isGoalReached = false
    /// Innermost last, by ascending node.
    var loops: [Loop] = []
    var kept: [KeptEvent] = []
    var taken: [TakenEvent] = []

    package var ending: Ending? {
        if case .ended(let ending) = waiting { ending } else { nil }
    }

    package var hasEnded: Bool { ending != nil }

    /// Without anything that the person's events said: for somebody who is erased.
    package var withoutWords: RunState {
        var state = self
        state.entry = [:]
        state.conversationID = []
        for index in state.kept.indices { state.kept[index].fields = [:] }
        return state
    }
}

extension RunState {
    /// More than these are not kept; the oldest go first. A run is busy for moments, or held by quiet hours.
    static let mostKeptEvents = 16

    func hasTaken(_ id: EventID?) -> Bool {
        guard let id else { return false }
        return id == entryEvent || taken.contains { $0.id == id }
    }

    /// Moves the beginning of what counts, and forgets what can't come back: a repeated event carries its own time,
    /// which is before the floor then.
    mutating func raiseFloor(to instant: Timestamp) {
        floor = max(floor, instant)
        taken.removeAll { $0.at < floor }
    }

    mutating func take(_ id: EventID?, at instant: Timestamp) {
        if let id { taken.append(TakenEvent(id: id, at: instant)) }
        raiseFloor(to: instant)
    }

    mutating func keep(_ event: KeptEvent) {
        guard event.at >= floor, !hasTaken(event.id) else { return }
        if let id = event.id, kept.contains(where: { $0.id == id }) { return }
        if kept.count == Self.mostKeptEvents { kept.removeFirst() }
        kept.append(event)
    }

    /// The rounds that the loop at a node has begun; zero where the run comes to it from outside.
    func rounds(at node: Int) -> Int {
        loops.last { $0.node == node }.map { Int($0.rounds) } ?? 0
    }

    /// A new round begins every loop inside anew. They have higher numbers, because every way to them leads through
    /// this one; so have those that were left by the `exit` of a fragment.
    mutating func beginRound(at node: Int) {
        let rounds = rounds(at: node)
        loops.removeAll { $0.node >= node }
        loops.append(Loop(node: Int32(node), rounds: Int32(rounds + 1)))
    }

    mutating func leaveLoop(at node: Int) {
        loops.removeAll { $0.node >= node }
    }
}
