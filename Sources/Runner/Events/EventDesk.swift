import Channels
import RuleEngine

/// Takes events from many callers at once: whatever has come is one transaction. One thread owns it.
package final class EventDesk {
    /// What became of one event.
    package enum Outcome: Sendable, Equatable {
        /// Written down; these programs begin with such an event. Whether they take the person in is theirs to say.
        case appended(programs: [String])
        /// Known already, by its id or by a unique field.
        case repeated
        case refused(EventRefusal)
    }

    /// Microseconds between two looks at what is live.
    private static let reload: Int64 = 1_000_000

    private let reader: EventLineReader
    private let contacts: any ContactDirectory
    private let store: any EventStore
    private let loader: ProgramLoader
    private let environment: RunnerEnvironment
    private var programs = LivePrograms()
    private var loadedAt: Timestamp?

    package init(
        reader: EventLineReader, contacts: any ContactDirectory, store: any EventStore, loader: ProgramLoader,
        environment: RunnerEnvironment
    ) {
        self.reader = reader
        self.contacts = contacts
        self.store = store
        self.loader = loader
        self.environment = environment
    }

    /// An outcome for each event of each posting, in their order. What is appended is durable when this returns.
    package func take(_ postings: [EventPosting]) throws(StoreError) -> [[Outcome]] {
        var outcomes = try take(postings.flatMap(\.events))[...]
        return postings.map { posting in
            defer { outcomes.removeFirst(posting.events.count) }
            return Array(outcomes.prefix(posting.events.count))
        }
    }

    private func take(_ events: [JSONValue]) throws(StoreError) -> [Outcome] {
        let now = environment.now()
        try look(now)
        let read = events.map { event in
            Result { () throws(EventRefusal) in try reader.read(event, now: now) }
        }
        var people = try contacts.find(read.compactMap { try? $0.get().contact })[...]
        var outcomes: [Outcome] = []
        var taken: [(place: Int, event: NewEvent)] = []
        for reading in read {
            switch reading {
            case .failure(let refusal): outcomes.append(.refused(refusal))
            case .success(var line):
                guard let contact = people.removeFirst() else {
                    outcomes.append(.refused(.nobody))
                    continue
                }
                line.event.contact = contact
                taken.append((outcomes.count, line.event))
                outcomes.append(.repeated)
            }
        }
        guard !taken.isEmpty else { return outcomes }
        let written = try store.append(taken.map(\.event), now: now)
        for (entry, outcome) in zip(taken, written) where outcome == .appended {
            let begun = programs.begun(by: .event(entry.event.name)).map(\.launch.program)
            outcomes[entry.place] = .appended(programs: begun)
        }
        return outcomes
    }

    private func look(_ now: Timestamp) throws(StoreError) {
        if let loadedAt, now.microseconds - loadedAt.microseconds < Self.reload { return }
        loadedAt = now
        if let loaded = try loader.load() { programs = loaded }
    }
}
