package import RuleEngine

/// Which row of a recipient: the step that sends it, and which try it is.
package struct RowPlace: Sendable, Hashable {
    package var step: Int32
    /// 0 for the first try; each further channel that is tried has a row of its own.
    package var occurrence: Int64

    package init(step: Int32, occurrence: Int64 = 0) {
        self.step = step
        self.occurrence = occurrence
    }
}

/// An intent about to be made durable: state `sending`. The row exists already, as `planned`, `deferred` or
/// `retry_wait`.
package struct SendIntent: Sendable {
    package var contact: ContactKey
    /// The row as it is; nil for the first try of the wave's step.
    package var place: RowPlace?
    /// The step that the row has from now on; nil to keep its own.
    package var newStep: Int32?
    /// Among the wave's channels.
    package var lane = 0
    /// The channel's id.
    package var channel: String?
    package var attempt: Int32
    package var address: String
    package var bodyHash: [UInt8]
    package var costMicros: Int64
    package var deadline: Timestamp
    /// What the gate decided upon, and under which suppression epoch it was read.
    package var gate: GateFacts
    package var suppressionEpoch: Int64
    /// What it says, to be kept with it.
    package var archive: ArchivedMessage?

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
    /// Nil for the first try of the wave's step.
    package var place: RowPlace?
    /// It was too late for it, so that it is `expired` and not `skipped`.
    package var isExpired: Bool

    package init(contact: ContactKey, reason: String, place: RowPlace? = nil, isExpired: Bool = false) {
        self.contact = contact
        self.reason = reason
        self.place = place
        self.isExpired = isExpired
    }
}

/// A row that becomes `deferred`: the gate let it wait.
package struct HoldRecord: Sendable {
    package var contact: ContactKey
    /// Nil for the first try of the wave's step.
    package var place: RowPlace?
    /// When to ask the gate again.
    package var until: Timestamp
    /// A `HoldReason`.
    package var reason: String

    package init(contact: ContactKey, until: Timestamp, reason: String, place: RowPlace? = nil) {
        self.contact = contact
        self.place = place
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
    /// Nil for the first try of the wave's step.
    package var place: RowPlace?
    /// Among the wave's channels.
    package var lane = 0
    /// When the next channel is considered, if the outcome leaves it open; nil for never.
    package var nextAt: Timestamp?
    package var attempt: Int32
    package var result: Result

    package init(contact: ContactKey, attempt: Int32, result: Result, place: RowPlace? = nil) {
        self.contact = contact
        self.place = place
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
