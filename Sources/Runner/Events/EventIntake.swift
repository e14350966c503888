import RuleEngine

/// Takes lines of events, writes down the good ones and names the others.
package struct EventIntake {
    /// A transaction a batch: what makes a commit dear is waiting for the disk.
    private static let batchSize = 2_000
    /// What a line may be long; longer ones are refused unread.
    package static let maximumLineBytes = 1 << 20

    private let reader: EventLineReader
    private let contacts: any ContactDirectory
    private let store: any EventStore
    private let environment: RunnerEnvironment
    private let onRefusal: (EventRefusal) -> Void
    private var pending: [Pending] = []
    private var line = 0
    package private(set) var summary = EventSummary()

    /// A line that was read, until whom it is about has been looked up: lines are told of in their order.
    private struct Pending {
        var line: Int
        var reading: Result<EventLineReader.Line, EventRefusal>
    }

    package init(
        reader: EventLineReader, contacts: any ContactDirectory, store: any EventStore,
        environment: RunnerEnvironment, onRefusal: @escaping (EventRefusal) -> Void
    ) {
        self.reader = reader
        self.contacts = contacts
        self.store = store
        self.environment = environment
        self.onRefusal = onRefusal
    }

    /// A line without its end. Empty lines are passed over. Nil stands for one that is too long.
    package mutating func take(_ bytes: [UInt8]?) throws(StoreError) {
        line += 1
        if let bytes, bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { return }
        summary.lines += 1
        let now = environment.now()
        let reading = Result { () throws(EventRefusal) in
            guard let bytes else {
                throw EventRefusal(
                    .tooLong, "the line has more than \(Self.maximumLineBytes) bytes", help: "write one event a line")
            }
            return try reader.read(bytes, now: now)
        }
        pending.append(Pending(line: line, reading: reading))
        if pending.count >= Self.batchSize { try flush() }
    }

    private mutating func refuse(_ refusal: EventRefusal, line: Int) {
        var refusal = refusal
        refusal.line = line
        summary.refused += 1
        onRefusal(refusal)
    }

    /// Writes what has come so far.
    package mutating func finish() throws(StoreError) {
        try flush()
    }

    private mutating func flush() throws(StoreError) {
        guard !pending.isEmpty else { return }
        var people = try contacts.find(pending.compactMap { try? $0.reading.get().contact })[...]
        var events: [NewEvent] = []
        for entry in pending {
            switch entry.reading {
            case .failure(let refusal): refuse(refusal, line: entry.line)
            case .success(var read):
                guard let contact = people.removeFirst() else {
                    refuse(.nobody, line: entry.line)
                    continue
                }
                read.event.contact = contact
                events.append(read.event)
            }
        }
        pending.removeAll(keepingCapacity: true)
        guard !events.isEmpty else { return }
        for outcome in try store.append(events, now: environment.now()) {
            switch outcome {
            case .appended: summary.appended += 1
            case .repeated: summary.repeated += 1
            }
        }
    }
}
