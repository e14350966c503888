package import RuleEngine

/// The store's own number of a program's name.
package struct ProgramKey: Hashable, Sendable {
    package let rawValue: Int64

    package init(rawValue: Int64) {
        self.rawValue = rawValue
    }
}

/// Names one run: whose, of what, and which of them.
package struct RunKey: Hashable, Sendable {
    package var contact: ContactKey
    package var program: ProgramKey
    /// Counted from zero.
    package var occurrence: UInt32

    package init(contact: ContactKey, program: ProgramKey, occurrence: UInt32) {
        self.contact = contact
        self.program = program
        self.occurrence = occurrence
    }
}

/// A run as the store keeps it.
package struct StoredRun: Sendable {
    package var key: RunKey
    /// The version that it walks.
    package var launch: LaunchID
    /// The value that tells this program's runs apart, where there is one.
    package var value: Value?
    package var state: RunState
    package var startedAt: Timestamp
    package var endedAt: Timestamp?
    package var goalAt: Timestamp?
    /// How often it was moved.
    package var steps: Int
    /// What was decided last.
    package var trace: TraceKey?

    package init(
        key: RunKey, launch: LaunchID, value: Value?, state: RunState, startedAt: Timestamp, endedAt: Timestamp? = nil,
        goalAt: Timestamp? = nil, steps: Int = 0, trace: TraceKey? = nil
    ) {
        self.key = key
        self.launch = launch
        self.value = value
        self.state = state
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.goalAt = goalAt
        self.steps = steps
        self.trace = trace
    }
}

/// An entry of a run's trace. Each knows the one before it.
package struct TraceKey: RawRepresentable, Hashable, Sendable {
    package let rawValue: Int64

    package init(rawValue: Int64) {
        self.rawValue = rawValue
    }
}

/// What happened and may move programs, until somebody has looked at it. The raw values are what the database holds.
package struct QueuedCause: Sendable {
    package enum Kind: Int, Sendable {
        case event = 1
        case webhook = 2
        /// A message from the person; `name` is the channel's id.
        case inbound = 3
        case entersSegment = 4
        case leavesSegment = 5
        /// In the segment before the program was there.
        case existing = 6
        /// A clock's; `name` is the program.
        case tick = 7
        /// A step of another program starts the program `name`.
        case started = 8
        /// Something became of a message to the person.
        case messageNews = 9
        /// A field of the person has another value.
        case contactChanged = 10
    }

    /// Ascending in the order of arrival.
    package var sequence: Int64
    package var contact: ContactKey
    package var kind: Kind
    package var name: String
    package var event: EventID?
    package var at: Timestamp
    package var fields: [String: Value]

    package init(
        sequence: Int64 = 0, contact: ContactKey, kind: Kind, name: String, event: EventID? = nil, at: Timestamp,
        fields: [String: Value] = [:]
    ) {
        self.sequence = sequence
        self.contact = contact
        self.kind = kind
        self.name = name
        self.event = event
        self.at = at
        self.fields = fields
    }
}

/// The occurrence of a delivery that a run has ordered: which run, which of its commands, and which of the channels in
/// turn. A campaign's are small numbers, so the two never meet.
package struct OrderKey: Sendable, Hashable {
    package var run: UInt32
    package var number: UInt32
    package var lane: UInt8

    package init(run: UInt32, number: UInt32, lane: UInt8 = 0) {
        self.run = run
        self.number = number
        self.lane = lane
    }

    /// Runs and numbers are small in practice; what doesn't fit would be another delivery's key.
    package init?(occurrence: Int64) {
        guard occurrence >= 1 << 32 else { return nil }
        run = UInt32(truncatingIfNeeded: occurrence >> 32) - 1
        number = UInt32(truncatingIfNeeded: occurrence >> 8) & 0xFF_FFFF
        lane = UInt8(truncatingIfNeeded: occurrence)
    }

    package var occurrence: Int64 {
        precondition(number < 1 << 24 && run < 1 << 30, "a run with more commands than an order's key can tell apart")
        return (Int64(run) + 1) << 32 | Int64(number) << 8 | Int64(lane)
    }

    /// The same on the first channel: what names the order.
    package var base: Int64 {
        OrderKey(run: run, number: number).occurrence
    }
}

/// A message that a run has ordered and that is not settled.
package struct StoredOrder: Sendable {
    package var launch: LaunchID
    package var contact: ContactKey
    package var key: OrderKey
    package var node: Int
    /// Channel ids in turn; `key.lane` is the one that is being tried.
    package var channels: [String]
    /// The run has heard that it was accepted, and only another channel may still follow.
    package var isTold: Bool
    /// When to look whether the next channel must be tried.
    package var checkAt: Timestamp?

    package init(
        launch: LaunchID, contact: ContactKey, key: OrderKey, node: Int, channels: [String], isTold: Bool = false,
        checkAt: Timestamp? = nil
    ) {
        self.launch = launch
        self.contact = contact
        self.key = key
        self.node = node
        self.channels = channels
        self.isTold = isTold
        self.checkAt = checkAt
    }
}

/// A row of the ledger that can be sent now.
package struct DueDelivery: Sendable {
    package var key: DeliveryKey
    package var attempts: Int32
    package var createdAt: Timestamp
    package var expiresAt: Timestamp?
    /// What the gate held it for, where that is why it comes only now.
    package var heldFor: HoldReason?

    package init(
        key: DeliveryKey, attempts: Int32, createdAt: Timestamp, expiresAt: Timestamp?, heldFor: HoldReason? = nil
    ) {
        self.heldFor = heldFor
        self.key = key
        self.attempts = attempts
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }
}

/// A call of an outside system that is to be made.
package struct StoredCall: Sendable {
    package var id: Int64
    package var launch: LaunchID
    package var contact: ContactKey
    package var run: UInt32
    package var number: UInt32
    package var node: Int
    package var body: [String: Value]
    package var attempts: Int
    package var notBefore: Timestamp
    package var giveUpAt: Timestamp

    package init(
        id: Int64 = 0, launch: LaunchID, contact: ContactKey, run: UInt32, number: UInt32, node: Int,
        body: [String: Value], attempts: Int = 0, notBefore: Timestamp, giveUpAt: Timestamp
    ) {
        self.id = id
        self.launch = launch
        self.contact = contact
        self.run = run
        self.number = number
        self.node = node
        self.body = body
        self.attempts = attempts
        self.notBefore = notBefore
        self.giveUpAt = giveUpAt
    }
}

/// What became of a delivery, for whoever decides about the next channel.
package struct DeliveryFate: Sendable {
    package var state: DeliveryState
    package var reason: String?
    package var acceptedAt: Timestamp?
    package var news: DeliveryNews?
    package var hasReply: Bool

    package init(
        state: DeliveryState, reason: String?, acceptedAt: Timestamp?, news: DeliveryNews?, hasReply: Bool
    ) {
        self.state = state
        self.reason = reason
        self.acceptedAt = acceptedAt
        self.news = news
        self.hasReply = hasReply
    }
}

/// Whom a program is about, as an evaluator needs it: the fields of the contact, and its own id.
package struct ContactFacts: Sendable {
    package var page: FactPage
    package var externalID: [UInt8]
    /// An IANA name.
    package var timeZone: String?
    package var country: String?

    package init(page: FactPage, externalID: [UInt8], timeZone: String?, country: String?) {
        self.page = page
        self.externalID = externalID
        self.timeZone = timeZone
        self.country = country
    }
}
