package import RuleEngine

/// One execution of a program version for its whole audience.
package struct LaunchID: Hashable, Sendable, Comparable {
    package let rawValue: Int64
    /// Stands in the references of messages that belong to no launch: previews and test messages.
    package static let preview = LaunchID(rawValue: 0)

    package init(rawValue: Int64) {
        self.rawValue = rawValue
    }

    package static func < (left: LaunchID, right: LaunchID) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// Where a delivery stands. The raw values are what the database holds; never reuse one.
package enum DeliveryState: Int, Sendable, CaseIterable {
    case planned = 0
    case deferred = 1
    case sending = 2
    case retryWait = 3
    case uncertain = 4
    case accepted = 10
    case skipped = 11
    case rejected = 12
    case failed = 13
    case cancelled = 14
    case expired = 15
    case unknownFinal = 16

    package var isOpen: Bool {
        switch self {
        case .planned, .deferred, .sending, .retryWait, .uncertain: true
        case .accepted, .skipped, .rejected, .failed, .cancelled, .expired, .unknownFinal: false
        }
    }

    /// As reports and the CSV write it.
    package var name: String {
        switch self {
        case .planned: "planned"
        case .deferred: "deferred"
        case .sending: "sending"
        case .retryWait: "retry_wait"
        case .uncertain: "uncertain"
        case .accepted: "accepted"
        case .skipped: "skipped"
        case .rejected: "rejected"
        case .failed: "failed"
        case .cancelled: "cancelled"
        case .expired: "expired"
        case .unknownFinal: "unknown_final"
        }
    }
}

/// What identifies a send for good: the ledger's primary key, written in ascending order.
package struct DeliveryKey: Hashable, Sendable {
    package var tenant: Int32
    package var launch: LaunchID
    package var contact: ContactKey
    /// The graph's node.
    package var step: Int32
    /// Counts re-entries, repeats and channels, as `OrderKey` says; for a campaign the place of the channel.
    package var occurrence: Int64

    package init(tenant: Int32 = 1, launch: LaunchID, contact: ContactKey, step: Int32, occurrence: Int64 = 0) {
        self.tenant = tenant
        self.launch = launch
        self.contact = contact
        self.step = step
        self.occurrence = occurrence
    }
}

package enum LaunchState: Int, Sendable {
    /// The audience is being written down.
    case planning = 0
    case running = 1
    case paused = 2
    case finished = 3
    case cancelled = 4

    package var name: String {
        switch self {
        case .planning: "planning"
        case .running: "running"
        case .paused: "paused"
        case .finished: "finished"
        case .cancelled: "cancelled"
        }
    }
}

package struct LaunchRecord: Sendable {
    package var id: LaunchID
    /// The campaign's id.
    package var program: String
    /// SHA-256 of the canonical form, in hex.
    package var version: String
    package var channelID: String
    package var channelKind: String
    package var purpose: Purpose
    package var topic: String?
    package var brand: String?
    package var currency: String
    package var state: LaunchState
    /// Every contact up to this one is written down.
    package var planCursor: ContactKey
    package var isPlanned: Bool
    package var createdAt: Timestamp
    package var finishedAt: Timestamp?
    /// The file's text at launch, so that a later change can be shown.
    package var source: String
    /// Which template each of its steps sends; known when it is created, and not read again.
    package var templates: [Int32: String]

    package init(
        id: LaunchID, program: String, version: String, channelID: String, channelKind: String, purpose: Purpose,
        topic: String?, brand: String?, currency: String, state: LaunchState, planCursor: ContactKey, isPlanned: Bool,
        createdAt: Timestamp, finishedAt: Timestamp?, source: String, templates: [Int32: String] = [:]
    ) {
        self.templates = templates
        self.id = id
        self.program = program
        self.version = version
        self.channelID = channelID
        self.channelKind = channelKind
        self.purpose = purpose
        self.topic = topic
        self.brand = brand
        self.currency = currency
        self.state = state
        self.planCursor = planCursor
        self.isPlanned = isPlanned
        self.createdAt = createdAt
        self.finishedAt = finishedAt
        self.source = source
    }
}

/// An intent about to be made durable: state `sending`. The row exists already, as `planned` or `retry_wait`.
package struct SendIntent: Sendable {
    package var contact: ContactKey
    package var attempt: Int32
    package var address: String
    package var bodyHash: [UInt8]
    package var costMicros: Int64
    package var deadline: Timestamp
    /// What the gate decided upon, and under which suppression epoch it was read.
    package var gate: GateFacts
    package var suppressionEpoch: Int64

    package init(
        contact: ContactKey, attempt: Int32, address: String, bodyHash: [UInt8], costMicros: Int64, deadline: Timestamp,
        gate: GateFacts, suppressionEpoch: Int64
    ) {
        self.contact = contact
        self.attempt = attempt
        self.address = address
        self.bodyHash = bodyHash
        self.costMicros = costMicros
        self.deadline = deadline
        self.gate = gate
        self.suppressionEpoch = suppressionEpoch
    }
}

/// A planned row that ends without a send.
package struct SkipRecord: Sendable {
    package var contact: ContactKey
    package var reason: String

    package init(contact: ContactKey, reason: String) {
        self.contact = contact
        self.reason = reason
    }
}

/// A row that becomes `deferred`: the gate let it wait.
package struct HoldRecord: Sendable {
    package var contact: ContactKey
    /// When to ask the gate again.
    package var until: Timestamp
    /// A `HoldReason`.
    package var reason: String

    package init(contact: ContactKey, until: Timestamp, reason: String) {
        self.contact = contact
        self.until = until
        self.reason = reason
    }
}

/// What became of an attempt, as the ledger takes it. Rows whose state, epoch or attempt differ are left alone.
package struct OutcomeRecord: Sendable {
    package enum Result: Sendable {
        case accepted(providerID: String)
        case rejected(code: String, suppress: SuppressionReason?)
        case retry(reason: String, notBefore: Timestamp)
        case failed(reason: String)
        case uncertain(kind: String)
    }

    package var contact: ContactKey
    package var attempt: Int32
    package var result: Result

    package init(contact: ContactKey, attempt: Int32, result: Result) {
        self.contact = contact
        self.attempt = attempt
        self.result = result
    }
}

/// What one transaction carries: outcomes of earlier waves, skips and holds, and the intents of the next wave.
package struct LedgerWave: Sendable {
    package var outcomes: [OutcomeRecord] = []
    package var skips: [SkipRecord] = []
    package var holds: [HoldRecord] = []
    package var intents: [SendIntent] = []

    package init() {}
}

/// Which intents became durable; the others became skips or `deferred` in the same transaction.
package struct WaveResult: Sendable {
    /// The launch's state, read in the same transaction. Unless it is `running`, no intent is granted and none is
    /// refused: another process paused or cancelled the launch, or stopped it for good.
    package var launchState: LaunchState
    /// Indices into the wave's intents that may be sent now.
    package var granted: [Int]
    /// Refused by the second gate, with the reason that was recorded as a skip; or, with nothing recorded, `gone`
    /// because the row was neither `planned` nor `retry_wait` any more, or `addressChanged`.
    package var refused: [(index: Int, reason: String)]
    /// Held by the second gate, and `deferred` in the same transaction.
    package var held: [Int] = []
    /// Outcomes that matched no row of their epoch and attempt.
    package var staleOutcomes: Int

    package static let gone = "cancelled"
    package static let addressChanged = "address_changed"

    package init(
        launchState: LaunchState, granted: [Int], refused: [(index: Int, reason: String)], staleOutcomes: Int
    ) {
        self.launchState = launchState
        self.granted = granted
        self.refused = refused
        self.staleOutcomes = staleOutcomes
    }
}

/// Counts of a launch by state, and what they cost. The accounting identity is a sum over it.
package struct LaunchCounts: Sendable, Equatable {
    package var byState: [DeliveryState: Int] = [:]
    /// Reason → count, for skipped rows.
    package var skipped: [String: Int] = [:]
    /// Reason or code → count, for rejected and failed rows.
    package var refusals: [String: Int] = [:]
    /// Of accepted rows.
    package var costMicros: Int64 = 0
    /// Reserved by rows in `sending` and `uncertain`.
    package var reservedMicros: Int64 = 0

    package init() {}

    package subscript(state: DeliveryState) -> Int {
        byState[state] ?? 0
    }

    package var audience: Int {
        byState.values.reduce(0, +)
    }

    package var open: Int {
        byState.reduce(0) { $1.key.isOpen ? $0 + $1.value : $0 }
    }
}

/// One row, as reports show it.
package struct DeliveryRecord: Sendable {
    package var contact: ContactKey
    package var externalID: String
    package var step: Int32
    package var channelID: String
    package var address: String
    package var state: DeliveryState
    package var reason: String?
    package var providerID: String?
    package var attempts: Int32
    package var costMicros: Int64
    package var currency: String
    package var notBefore: Timestamp?
    package var createdAt: Timestamp
    package var startedAt: Timestamp?
    package var acceptedAt: Timestamp?
    package var updatedAt: Timestamp
    /// What the provider told about it since; nil for nothing.
    package var news: DeliveryNews?

    package init(
        contact: ContactKey, externalID: String, step: Int32, channelID: String, address: String, state: DeliveryState,
        reason: String?, providerID: String?, attempts: Int32, costMicros: Int64, currency: String,
        notBefore: Timestamp?, createdAt: Timestamp, startedAt: Timestamp?, acceptedAt: Timestamp?,
        updatedAt: Timestamp, news: DeliveryNews? = nil
    ) {
        self.contact = contact
        self.externalID = externalID
        self.step = step
        self.channelID = channelID
        self.address = address
        self.state = state
        self.reason = reason
        self.providerID = providerID
        self.attempts = attempts
        self.costMicros = costMicros
        self.currency = currency
        self.notBefore = notBefore
        self.createdAt = createdAt
        self.startedAt = startedAt
        self.acceptedAt = acceptedAt
        self.updatedAt = updatedAt
        self.news = news
    }
}

/// The audience of a program, as the store can answer it: include, exclude and conditions in one query.
package struct AudienceQuery: Sendable {
    package var audience: CheckedAudience
    package var recipients: RecipientQuery
    /// `now` in conditions: one instant for the whole launch.
    package var now: Timestamp
    package var offices: OfficeClocks

    package init(
        audience: CheckedAudience, recipients: RecipientQuery, now: Timestamp, offices: OfficeClocks = OfficeClocks()
    ) {
        self.offices = offices
        self.audience = audience
        self.recipients = recipients
        self.now = now
    }
}

/// What a sender may do with launches and their rows. One thread owns a `Ledger`, and what a method wrote is durable
/// when it returns. Every method is one transaction, except the sweeps over a whole launch (`beginEpoch`,
/// `cancelOpen`, `giveUpUncertain`, `settle`), which go in batches and may be repeated after a crash.
package protocol Ledger: AnyObject {
    /// Starts a new epoch: rows in `sending` of older epochs become `uncertain` (`crash`), in batches. Returns how
    /// many. Call only while holding the data folder's runner lock, which proves that the older sender is gone.
    func beginEpoch(now: Timestamp) throws(StoreError) -> Int

    /// Goes on in the epoch that is under way: for a new connection of the runner that began it.
    func resumeEpoch() throws(StoreError)

    func latestLaunch(of program: String) throws(StoreError) -> LaunchRecord?
    func createLaunch(_ launch: LaunchRecord) throws(StoreError) -> LaunchRecord
    func setState(_ state: LaunchState, of launch: LaunchID, now: Timestamp) throws(StoreError)

    /// Writes down the next contacts of the audience as `planned`, cursor included. False when the end is reached.
    func materialise(
        _ launch: LaunchID, _ query: AudienceQuery, step: Int32, limit: Int, now: Timestamp
    ) throws(StoreError) -> Bool

    /// One transaction: outcomes, skips and holds, then intents. Where the suppression epoch has moved since an
    /// intent's facts were read, or where hours and caps decide, they are read again in this transaction and `gate`
    /// decides anew (a block becomes a skip, a wait a `deferred` row). `gate` must be pure.
    func commit(
        _ wave: LedgerWave, launch: LaunchID, step: Int32, query: RecipientQuery, now: Timestamp,
        gate: (GateFacts) -> GateDecision
    ) throws(StoreError) -> WaveResult

    /// Cancels every row that is `planned`, `deferred` or `retry_wait`. Returns how many.
    func cancelOpen(_ launch: LaunchID, reason: String, now: Timestamp) throws(StoreError) -> Int

    /// `uncertain` rows older than `before` become `unknown_final`.
    func giveUpUncertain(_ launch: LaunchID, olderThan before: Timestamp, now: Timestamp) throws(StoreError) -> Int

    /// A person's or policy's answer to an uncertain row: accepted, not accepted (back to `retry_wait`, due now), or
    /// given up (`unknown_final`). Returns how many rows it changed. Nil contact: all of the launch.
    func settle(
        _ launch: LaunchID, contact: ContactKey?, as settlement: Settlement, now: Timestamp
    ) throws(StoreError) -> Int
}

package enum Settlement: String, Sendable, CaseIterable {
    case accepted
    case notAccepted = "not_accepted"
    case giveUp = "give_up"
}

/// Reads of launches and audiences. One thread owns it; nothing it does writes.
package protocol LedgerReader: AnyObject {
    func latestLaunch(of program: String) throws(StoreError) -> LaunchRecord?
    func launch(_ id: LaunchID) throws(StoreError) -> LaunchRecord?
    func launches() throws(StoreError) -> [LaunchRecord]

    /// The next rows of an audience in ascending order of key, facts and gate facts from one snapshot. An empty page
    /// is the end.
    func audiencePage(
        _ query: AudienceQuery, after: ContactKey?, limit: Int, into page: inout RecipientPage
    ) throws(StoreError)

    /// The next `planned` rows of a launch after a contact. An empty page is the end.
    func plannedPage(
        of launch: LaunchID, _ query: RecipientQuery, after: ContactKey?, limit: Int, into page: inout RecipientPage
    ) throws(StoreError)

    /// Rows in `retry_wait` whose time has come, earliest first. Rows that `excluding` names are left out: they are
    /// on their way already.
    func duePage(
        of launch: LaunchID, _ query: RecipientQuery, now: Timestamp, limit: Int, excluding: Set<ContactKey>,
        into page: inout RecipientPage
    ) throws(StoreError)

    /// When the next row in `retry_wait` is due, if there is one.
    func nextDue(of launch: LaunchID) throws(StoreError) -> Timestamp?

    /// One contact's facts, whether in the audience or not.
    func recipient(
        _ contact: ContactKey, _ query: RecipientQuery, into page: inout RecipientPage
    ) throws(StoreError)

    func counts(of launch: LaunchID) throws(StoreError) -> LaunchCounts
    /// What providers told about the launch's messages.
    func news(of launch: LaunchID) throws(StoreError) -> NewsCounts
    /// Self-check: rows that break an invariant, in words. Empty is good.
    func verify(_ launch: LaunchID, now: Timestamp) throws(StoreError) -> [String]
    func delivery(of launch: LaunchID, contact: ContactKey) throws(StoreError) -> DeliveryRecord?
    /// Every row in ascending order of key; stops when `body` gives false.
    func forEachDelivery(
        of launch: LaunchID, state: DeliveryState?, _ body: (DeliveryRecord) throws -> Bool
    ) throws
}
