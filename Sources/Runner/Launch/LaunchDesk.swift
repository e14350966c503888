import Channels
import RuleEngine

/// A message that only waits for its intent. A class: it goes from queue to queue, and moving it must not copy it.
final class PreparedSend: Sendable {
    let contact: ContactKey
    /// The row as it is.
    let place: RowPlace
    /// The step that it is sent as.
    let step: Int32
    let lane: Int
    let attempt: Int32
    let address: String
    let wire: [UInt8]
    let bodyHash: [UInt8]
    let idempotencyKey: String
    let costMicros: Int64
    let gate: GateFacts
    let suppressionEpoch: Int64
    let archive: ArchivedMessage?

    init(
        contact: ContactKey, place: RowPlace, step: Int32, lane: Int, attempt: Int32, address: String, wire: [UInt8],
        bodyHash: [UInt8], idempotencyKey: String, costMicros: Int64, gate: GateFacts, suppressionEpoch: Int64,
        archive: ArchivedMessage? = nil
    ) {
        self.contact = contact
        self.place = place
        self.step = step
        self.lane = lane
        self.attempt = attempt
        self.address = address
        self.wire = wire
        self.bodyHash = bodyHash
        self.idempotencyKey = idempotencyKey
        self.costMicros = costMicros
        self.gate = gate
        self.suppressionEpoch = suppressionEpoch
        self.archive = archive
    }
}

/// What the threads of a launch hand each other: the preparer renders, the channels send, the watch looks at what other
/// processes want, and the coordinator alone writes waves.
struct LaunchDesk: Sendable {
    /// Ready to be sent, in the order of the audience.
    var prepared: [PreparedSend] = []
    var skips: [SkipRecord] = []
    var holds: [HoldRecord] = []
    /// From the channels, not yet written.
    var reports: [SendReport] = []
    /// How far the launch has come: whose turn it is.
    var phase = LaunchPhase()
    /// Lanes that can't be used now.
    var unhealthy: Set<Int> = []
    /// Those of them that one message is to try.
    var onTrial: Set<Int> = []
    /// What is left of the lanes' allowances for the day, in millionths.
    var capacity: [Int: Int64] = [:]
    /// Another process paused, cancelled or killed the launch, or a rate was reached.
    var order: LaunchState?
    /// Every row that was `planned` has been prepared, but for those whose turn has not come.
    var isPlannedDone = false
    /// Rows were left for a later stage, or for the experiment's winner.
    var hasPending = false
    /// A page of due rows is not wholly written yet. The next one is read when it is, so that no row is prepared twice.
    var isDuePageOut = false
    /// The preparer reads a page of due rows.
    var isLooking = false
    /// The coordinator has put rows into `retry_wait` or `deferred` since the preparer last looked.
    var mayHaveDue = true
    /// Nothing is due, now or later.
    var isIdle = false
    var nextDue: Timestamp?
    /// Begin again with the first planned row: the store lost the last wave.
    var mustRescan = false
    /// Go over the planned rows once more: the launch has come further, or there are new ones.
    var mustLookAgain = false
    var isEnding = false
    var failure: StoreError?

    /// Forgets what was prepared: all of it is read and made again.
    mutating func beginAnew() {
        prepared.removeAll()
        skips.removeAll()
        holds.removeAll()
        isPlannedDone = false
        isIdle = false
        isDuePageOut = false
        mayHaveDue = true
        mustRescan = true
    }

    /// Nothing that could be sent now is left, in the queues or before them.
    var hasNothingNow: Bool {
        isPlannedDone && !mayHaveDue && !isLooking && !isDuePageOut && !mustLookAgain && !mustRescan && prepared.isEmpty
            && skips.isEmpty && holds.isEmpty && reports.isEmpty
    }

    /// Nothing is left, now or later.
    var isEmptyForGood: Bool {
        hasNothingNow && isIdle && !hasPending
    }
}
