package import RuleEngine

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

/// What a sender may do with launches and their rows. One thread owns a `Ledger`, and what a method wrote is durable
/// when it returns. Every method is one transaction, except the sweeps over a whole launch (`beginEpoch`,
/// `cancelOpen`, `giveUpUncertain`, `settle`), which go in batches and may be repeated after a crash.
package protocol Ledger: AccountBook {
    /// Starts a new epoch: rows in `sending` of older epochs become `uncertain` (`crash`), in batches. Returns how
    /// many. Call only while holding the data folder's runner lock, which proves that the older sender is gone.
    func beginEpoch(now: Timestamp) throws(StoreError) -> Int

    /// Goes on in the epoch that is under way: for a new connection of the runner that began it.
    func resumeEpoch() throws(StoreError)

    func latestLaunch(of program: String) throws(StoreError) -> LaunchRecord?
    /// Nil, and nothing written, where another process was faster: the program's newest launch is not `last` any more.
    func createLaunch(_ launch: LaunchRecord, after last: LaunchID?) throws(StoreError) -> LaunchRecord?
    /// A launch that is over stays so. `note` says why it is paused or who ended it; nil clears it.
    func setState(_ state: LaunchState, of launch: LaunchID, note: String?, now: Timestamp) throws(StoreError)

    /// Lets somebody else answer for it.
    func setOwner(_ owner: Owner, of launch: LaunchID) throws(StoreError)

    /// Says of a launch that is under way why it doesn't go on at the moment; nil clears it.
    func note(_ text: String?, on launch: LaunchID) throws(StoreError)

    /// Writes down the next contacts of the audience as `planned`, cursor included. False when the end is reached.
    func materialise(
        _ launch: LaunchID, _ query: AudienceQuery, step: Int32, limit: Int, now: Timestamp
    ) throws(StoreError) -> Bool

    /// One transaction: outcomes, skips and holds, then intents. Where the suppression epoch has moved since an
    /// intent's facts were read, or where hours and caps decide, they are read again in this transaction and `gate`
    /// decides anew (a block becomes a skip, a wait a `deferred` row). `gate` must be pure.
    ///
    /// - Parameter queries: how the facts of each of the wave's channels are read.
    /// - Parameter gate: takes the channel's place in the wave, and the facts.
    func commit(
        _ wave: LedgerWave, launch: LaunchID, step: Int32, queries: [RecipientQuery], now: Timestamp,
        gate: (Int, GateFacts) -> GateDecision
    ) throws(StoreError) -> WaveResult

    /// How far the launch has come.
    func setPhase(_ phase: LaunchPhase, of launch: LaunchID) throws(StoreError)

    /// A verdict is written once: a second one changes nothing. It makes the winner the phase's.
    func decide(_ launch: LaunchID, _ verdict: ExperimentVerdict, now: Timestamp) throws(StoreError)

    /// Looks at what was sent and is due to be tried by another channel: what the signal asks for has happened, and it
    /// is let be; or it has not, and its recipient gets a new `planned` row. Returns how many of these there are. At most
    /// `limit` rows are looked at.
    func escalate(
        _ launch: LaunchID, unless signal: DeliverySignal, now: Timestamp, limit: Int
    ) throws(StoreError) -> (looked: Int, added: Int)

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

extension Ledger {
    /// One channel, and the first try of one step.
    package func commit(
        _ wave: LedgerWave, launch: LaunchID, step: Int32, query: RecipientQuery, now: Timestamp,
        gate: (GateFacts) -> GateDecision
    ) throws(StoreError) -> WaveResult {
        try commit(wave, launch: launch, step: step, queries: [query], now: now) { gate($1) }
    }

    package func setState(_ state: LaunchState, of launch: LaunchID, now: Timestamp) throws(StoreError) {
        try setState(state, of: launch, note: nil, now: now)
    }
}

package enum Settlement: String, Sendable, CaseIterable {
    case accepted
    case notAccepted = "not_accepted"
    case giveUp = "give_up"
}
