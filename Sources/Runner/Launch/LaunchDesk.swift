import Channels
import RuleEngine

/// A message that only waits for its intent.
struct PreparedSend: Sendable {
    var contact: ContactKey
    var attempt: Int32
    var address: String
    var wire: [UInt8]
    var bodyHash: [UInt8]
    var idempotencyKey: String
    var costMicros: Int64
    var gate: GateFacts
    var suppressionEpoch: Int64
}

/// What the three threads of a launch hand each other: the preparer renders, the channel sends, the coordinator
/// alone writes.
struct LaunchDesk: Sendable {
    /// Ready to be sent, in the order of the audience.
    var prepared: [PreparedSend] = []
    var skips: [SkipRecord] = []
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
