import RuleEngine

/// Takes lines of events, writes down the good ones and names the others.
package struct EventIntake {
    /// A transaction a batch: what makes a commit dear is waiting for the disk.
    private static let batchSize = 500
    /// What a line may be long; longer ones are refused unread.
    package static let maximumLineBytes = 1 << 20

    private let reader: EventLineReader
    private let contacts: any ContactDirectory
    private let store: any EventStore
    private let environment: RunnerEnvironment
    private let onRefusal: (EventRefusal) -> Void
    private var pending: [NewEvent] = []
    private var line = 0
    package private(set) var summary = EventSummary()

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
        let read: EventLineReader.Line
        do throws(EventRefusal) {
            guard let bytes else {
                throw EventRefusal(
                    .tooLong, "the line has more than \(Self.maximumLineBytes) bytes", help: "write one event a line")
            }
            read = try reader.read(bytes, now: environment.now())
        } catch {
            return refuse(error)
        }
        guard let contact = try contacts.find(read.contact) else {
            return refuse(.nobody)
        }
        var event = read.event
        event.contact = contact
        pending.append(event)
        if pending.count >= Self.batchSize { try flush() }
    }

    private mutating func refuse(_ refusal: EventRefusal) {
        var refusal = refusal
        refusal.line = line
        summary.refused += 1
        onRefusal(refusal)
    }

    /// Writes what is left.
    package mutating func finish() throws(StoreError) {
        try flush()
    }

    private mutating func flush() throws(StoreError) {
        guard !pending.isEmpty else { return }
        let outcomes = try store.append(pending, now: environment.now())
        pending.removeAll(keepingCapacity: true)
        for outcome in outcomes {
            switch outcome {
            case .appended: summary.appended += 1
            case .repeated: summary.repeated += 1
            }
        }
    }
}
