import Channels
import RuleEngine

/// A message that only waits for its intent. A class: it goes from queue to queue, and moving it must not copy it.
final class PreparedSend: Sendable {
    let contact: ContactKey
    let attempt: Int32
    let address: String
    let wire: [UInt8]
    let bodyHash: [UInt8]
    let idempotencyKey: String
    let costMicros: Int64
    let gate: GateFacts
    let suppressionEpoch: Int64

    init(
        contact: ContactKey, attempt: Int32, address: String, wire: [UInt8], bodyHash: [UInt8], idempotencyKey: String,
        costMicros: Int64, gate: GateFacts, suppressionEpoch: Int64
    ) {
        self.contact = contact
        self.attempt = attempt
        self.address = address
        self.wire = wire
        self.bodyHash = bodyHash
        self.idempotencyKey = idempotencyKey
        self.costMicros = costMicros
        self.gate = gate
        self.suppressionEpoch = suppressionEpoch
    }
}

/// What the three threads of a launch hand each other: the preparer renders, the channel sends, the coordinator
/// alone writes.
struct LaunchDesk: Sendable {
    /// Ready to be sent, in the order of the audience.
    var prepared: [PreparedSend] = []
    var skips: [SkipRecord] = []
    var holds: [HoldRecord] = []
    /// From the channel, not yet written.
    var reports: [SendReport] = []
    /// Every row that was `planned` has been prepared.
    var isPlannedDone = false
    /// A page of due retries is not wholly written yet. The next one is read when it is, so that no row is prepared
    /// twice.
    var isDuePageOut = false
    /// The coordinator has put rows into `retry_wait` since the preparer last looked.
    var mayHaveDue = true
    /// Nothing is due, now or later.
    var isIdle = false
    var nextDue: Timestamp?
    /// Begin again with the first planned row: the store lost the last wave.
    var mustRescan = false
    var isEnding = false
    var failure: StoreError?
}
