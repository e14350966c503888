package import RuleEngine

/// Weeks of virtual time over many contacts: every person is rehearsed by the machine, the gate and the texts of
/// production, and providers and people answer as a model draws it. The same seed gives the same figures, however many
/// cores there are.
package struct Simulation: Sendable {
    /// Something that happens to a contact, by the contact's place.
    package struct Event: Sendable {
        package let contact: Int
        package let name: String
        package let fields: [String: Value]
        package let at: Timestamp

        package init(contact: Int, name: String, fields: [String: Value], at: Timestamp) {
            self.contact = contact
            self.name = name
            self.fields = fields
            self.at = at
        }
    }

    private let stage: RehearsalStage
    private let scope: Set<Int>
    private let contacts: SimulationContacts.Frozen
    /// In the order of contacts, then of time.
    private let events: [Event]
    private let starts: [Int]
    private let start: Timestamp
    private let days: Int
    /// So many of the project's days later, which are not all of the same length.
    private let end: Timestamp
    private let seed: UInt64
    private let model: ResponseModel

    package init(
        _ stage: RehearsalStage, scope: Set<Int>, contacts: SimulationContacts.Frozen, events: [Event],
        start: Timestamp, days: Int, seed: UInt64, model: ResponseModel = ResponseModel()
    ) {
        self.stage = stage
        self.scope = scope
        self.contacts = contacts
        self.start = start
        self.days = days
        let first = stage.projectZone.localTime(of: start)
        end = stage.projectZone.instant(
            of: LocalMoment(
                day: first.date.daysSinceEpoch + Int64(days), time: ClockTime(minute: first.secondOfDay / 60)))
        self.seed = seed
        self.model = model
        // Stable, so that those of one instant stay in the file's order.
        let sorted = events.enumerated().sorted { left, right in
            let (a, b) = (left.element, right.element)
            return (a.contact, a.at, left.offset) < (b.contact, b.at, right.offset)
        }.map(\.element)
        self.events = sorted
        var starts = [Int](repeating: 0, count: contacts.count + 1)
        for event in sorted { starts[event.contact + 1] += 1 }
        for place in 0..<contacts.count { starts[place + 1] += starts[place] }
        self.starts = starts
    }

    /// So many people at a time go to one worker.
    private static let sliceSize = 500

    /// - Parameter perform: carries out so many pieces, in any order, and comes back when all are done.
    package func run(
        perform: (_ pieces: Int, _ piece: @escaping @Sendable (Int) -> Void) -> Void = { pieces, piece in
            for place in 0..<pieces { piece(place) }
        }
    ) -> SimulationTally {
        let pieces = (contacts.count + Self.sliceSize - 1) / Self.sliceSize
        let results = Monitor<[SimulationTally?]>(Array(repeating: nil, count: pieces))
        perform(pieces) { piece in
            var tally = SimulationTally(start: start, days: days, zone: stage.projectZone)
            for contact in piece * Self.sliceSize..<min(contacts.count, (piece + 1) * Self.sliceSize) {
                rehearse(contact, into: &tally)
            }
            let done = tally
            results.update { $0[piece] = done }
        }
        var whole = SimulationTally(start: start, days: days, zone: stage.projectZone)
        for tally in results.withState({ $0 }) { if let tally { whole.add(tally) } }
        return whole
    }

    private func rehearse(_ contact: Int, into tally: inout SimulationTally) {
        let rehearsal = rehearsal(of: contact)
        tally.add(rehearsal)
    }

    /// One person's weeks, with every fact.
    package func rehearsal(of contact: Int) -> Rehearsal {
        var rehearsal = Rehearsal(stage, scope: scope, person: contacts.person(contact), start: start)
        rehearsal.responses = model
        rehearsal.chance = SeededChance(seed: seed &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(contact))
        rehearsal.begin()
        for event in events[starts[contact]..<starts[contact + 1]] where event.at < end {
            rehearsal.advance(to: event.at)
            rehearsal.happened(event.name, event.fields)
        }
        // What is due at the last midnight belongs to the day after.
        rehearsal.advance(to: end.advanced(by: -1))
        return rehearsal
    }
}
