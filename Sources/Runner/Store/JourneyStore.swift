package import RuleEngine

/// What runs sequences and rules keeps: versions that are live, runs, causes, orders. One thread owns it.
///
/// Everything but `transaction` and `activate` is called inside of a transaction, so that what a step decides, what it
/// orders and that it was taken are written together or not at all.
package protocol JourneyStore: AccountBook, AccountVolumes, RightsReader {
    func transaction<Value>(_ body: () throws(StoreError) -> Value) throws(StoreError) -> Value
    /// Whether somebody of this process waits until this transaction is over. Costs next to nothing.
    var isAwaited: Bool { get }

    // MARK: Versions

    /// Versions that have runs or take people in, oldest first: of one program, or of all.
    func liveVersions(of program: String?) throws(StoreError) -> [LaunchRecord]
    /// The same without what they are made of.
    func liveStates() throws(StoreError) -> [LaunchID: LaunchState]
    func state(of launch: LaunchID) throws(StoreError) -> LaunchState?
    func launch(_ id: LaunchID) throws(StoreError) -> LaunchRecord?
    /// Another number whenever a version has gone live, rests or has ended, or somebody's rights have changed. Costs next to
    /// nothing.
    func programNews() throws(StoreError) -> Int64
    /// The project's files as they were when the version went live.
    func files(of launch: LaunchID) throws(StoreError) -> [SourceFile]
    /// Versions with the same number were compiled from the same files.
    func snapshot(of launch: LaunchID) throws(StoreError) -> Int64?
    /// Makes a version the one that takes people in. One transaction.
    ///
    /// - Parameter moves: it takes over the people of the earlier versions; whoever begins that writes it down here.
    func activate(
        _ version: LaunchRecord, files: [SourceFile], replacing earlier: [LaunchID], moves: Bool
    ) throws(StoreError) -> LaunchRecord
    /// A launch that is over stays so. `note` says why it is paused; nil clears it.
    func setState(_ state: LaunchState, of launch: LaunchID, note: String?, now: Timestamp) throws(StoreError)
    func setOwner(_ owner: Owner, of launch: LaunchID) throws(StoreError)
    /// Who has asked for a single message.
    func asker(of message: DeliveryKey) throws(StoreError) -> Owner
    func programKey(of id: String) throws(StoreError) -> ProgramKey
    func openRunCount(of launch: LaunchID) throws(StoreError) -> Int
    /// Ends all runs of a version where they stand, and takes back what they have ordered. Returns how many.
    ///
    /// - Parameter why: in a few words, for whoever asks.
    func abandon(_ launch: LaunchID, why: String, now: Timestamp) throws(StoreError) -> Int
    /// Messages of a version's runs that another channel may still follow.
    func hasOpenOrders(_ launch: LaunchID) throws(StoreError) -> Bool

    // MARK: New versions

    func keep(_ steps: [EarlierStep], for launch: LaunchID) throws(StoreError)
    /// Moves that a process has begun and not ended.
    func unfinishedMoves() throws(StoreError) -> [VersionMove]
    func finish(_ move: VersionMove) throws(StoreError)
    /// Which steps of earlier versions the runs of this one may have come through.
    func earlierSteps(of launch: LaunchID) throws(StoreError) -> [EarlierStep]
    /// Where a run goes on when what it waits for has come; nil: where it is.
    func setPendingMove(of run: RunKey, to launch: LaunchID?) throws(StoreError)
    func pendingMove(of run: RunKey) throws(StoreError) -> LaunchID?

    // MARK: Causes

    func enqueue(_ cause: QueuedCause) throws(StoreError)
    /// The oldest causes, behind a sequence number.
    func causes(after sequence: Int64, limit: Int) throws(StoreError) -> [QueuedCause]
    /// The number of the cause that came last; 0 where none waits.
    func newestCause() throws(StoreError) -> Int64
    func remove(_ causes: [QueuedCause]) throws(StoreError)
    /// Puts a cause behind a run of the same person, and gives back those that waited for one.
    func wait(_ cause: QueuedCause, behind run: RunKey) throws(StoreError)
    func takeCauses(behind run: RunKey) throws(StoreError) -> [QueuedCause]
    /// Writes an event down and queues it. False where its key was there before.
    func emit(_ event: NewEvent, now: Timestamp) throws(StoreError) -> Bool
    /// When the person last wrote on a channel.
    func lastInbound(from contact: ContactKey, channel: String) throws(StoreError) -> Timestamp?
    /// Events of a person since an instant, oldest first.
    func events(
        of contact: ContactKey, named names: Set<String>, since: Timestamp
    ) throws(StoreError) -> [RunEvent]

    /// Which fields of people live programs look at, with whether people may come in by them: those who import contacts
    /// tell of changes of these.
    func watch(_ fields: [String: Bool], inPlaceOfOthers: Bool) throws(StoreError)

    // MARK: Runs

    func knownRuns(of contact: ContactKey, in program: ProgramKey) throws(StoreError) -> [EntryRule.KnownRun]
    /// Where the people of a version stand, with the first few at each node.
    func openPlaces(
        of launch: LaunchID, examples: Int
    ) throws(StoreError) -> [(node: Int, count: Int, contacts: [ContactKey])]
    func openRuns(of contact: ContactKey, in program: ProgramKey) throws(StoreError) -> [StoredRun]
    func run(_ key: RunKey) throws(StoreError) -> StoredRun?
    /// - Parameter except: versions that nobody can run: their people must not stand in the way of others.
    func dueRuns(at now: Timestamp, limit: Int, except: Set<LaunchID>) throws(StoreError) -> [StoredRun]
    /// Runs of a version in the order of their keys, for what moves or ends them all.
    func openRuns(of launch: LaunchID, after: RunKey?, limit: Int) throws(StoreError) -> [StoredRun]
    func insert(_ run: StoredRun) throws(StoreError)
    func update(_ run: StoredRun) throws(StoreError)
    /// Writes down what was decided. The run has to be written afterwards, with the key that this gives.
    func append(_ lines: String, behind last: TraceKey?, at: Timestamp) throws(StoreError) -> TraceKey
    func count(_ passed: [Int: Int], of launch: LaunchID) throws(StoreError)
    /// When the next run, delivery or look at an order is due.
    func nextDue() throws(StoreError) -> Timestamp?

    // MARK: People

    func externalID(of contact: ContactKey) throws(StoreError) -> String?
    func facts(of contact: ContactKey, schema: ContactSchema, slots: [Int]) throws(StoreError) -> ContactFacts?
    func history(of contact: ContactKey, _ needs: HistoryNeeds, now: Timestamp) throws(StoreError) -> HistoryFacts
    /// What became of the messages that a run has ordered, by node.
    func messages(of run: RunKey, launch: LaunchID) throws(StoreError) -> [(node: Int, message: HistoryFacts.Message)]
    /// Returns false where the contact is gone.
    func set(_ values: [NamedValue], of contact: ContactKey, schema: ContactSchema, now: Timestamp) throws(StoreError)
    func tag(_ name: String, contact: ContactKey, until: Timestamp?, now: Timestamp) throws(StoreError)
    func untag(_ name: String, contact: ContactKey, now: Timestamp) throws(StoreError)
    /// Takes tags away whose time is over. Returns whose they were.
    func expireTags(at now: Timestamp, limit: Int) throws(StoreError) -> [ContactKey]
    func handOver(
        _ run: RunKey, launch: LaunchID, number: UInt32, team: String, note: [UInt8]?, at: Timestamp
    ) throws(StoreError)

    // MARK: Orders

    func insert(_ order: StoredOrder) throws(StoreError)
    func update(_ order: StoredOrder) throws(StoreError)
    func remove(_ order: StoredOrder) throws(StoreError)
    func order(_ launch: LaunchID, _ contact: ContactKey, base: Int64) throws(StoreError) -> StoredOrder?
    func dueOrders(at now: Timestamp, limit: Int) throws(StoreError) -> [StoredOrder]
    /// Orders whose delivery is settled although the run has not heard of it: by a person, or before a crash.
    func settledOrders(after: StoredOrder?, limit: Int) throws(StoreError) -> [StoredOrder]

    // MARK: The ledger

    /// A delivery as `planned`.
    func plan(
        _ key: DeliveryKey, channel: String, expires: Timestamp?, now: Timestamp
    ) throws(StoreError)
    func due(on channel: String, at now: Timestamp, limit: Int) throws(StoreError) -> [DueDelivery]
    /// One person's facts for the gate and the texts, read under this very transaction.
    func recipient(
        _ contact: ContactKey, _ query: RecipientQuery, into page: inout RecipientPage
    ) throws(StoreError)
    func intend(_ intent: SendIntent, key: DeliveryKey, now: Timestamp) throws(StoreError) -> Bool
    /// A row in `retry_wait` is to be tried by this channel: what another account took over goes back to its own.
    func assign(_ key: DeliveryKey, to channel: String) throws(StoreError)
    /// False where the row has another state, epoch or attempt.
    func settle(
        _ outcome: OutcomeRecord, key: DeliveryKey, channelKind: String, now: Timestamp
    ) throws(StoreError) -> Bool
    /// Ends a row that was not sent: `skipped`, `expired` or `cancelled`.
    func close(_ key: DeliveryKey, as state: DeliveryState, reason: String, now: Timestamp) throws(StoreError) -> Bool
    func `defer`(_ key: DeliveryKey, until: Timestamp, reason: String, now: Timestamp) throws(StoreError)
    func fate(of key: DeliveryKey) throws(StoreError) -> DeliveryFate?
    func expiry(of key: DeliveryKey) throws(StoreError) -> Timestamp?
    /// What rows of a program that were or may have been sent cost, in all its versions.
    func spent(on program: String, since: Timestamp?) throws(StoreError) -> Int64

    // MARK: Calls

    func insert(_ call: StoredCall) throws(StoreError)
    /// Those whose time has come, oldest first.
    func dueCalls(at now: Timestamp, limit: Int) throws(StoreError) -> [StoredCall]
    /// Marks a call as under way, and counts the attempt.
    func begin(_ call: Int64) throws(StoreError)
    /// Nil where nobody waits for its answer.
    func callUnderWay(_ id: Int64) throws(StoreError) -> StoredCall?
    func finish(_ call: Int64, isSuccess: Bool, answer: String) throws(StoreError)
    /// Puts a call back that was under way or was to be begun.
    ///
    /// - Parameter answer: what it came to; nil where it was not asked.
    func postpone(_ call: Int64, until: Timestamp, answer: String?) throws(StoreError)
    /// Calls that were under way when a process ended are made again, under their key, and the attempt doesn't count:
    /// it was not the receiver that failed.
    func returnCalls() throws(StoreError)

    // MARK: Segments and clocks

    /// Who came into a segment or left it since it was last looked at, among contacts behind a key. Writes the
    /// membership anew. Nil for the key when the end is reached.
    func crossings(
        of segment: CheckedSegment, program: String, schema: ContactSchema, offices: OfficeClocks,
        after: ContactKey, limit: Int, now: Timestamp
    ) throws(StoreError) -> (entered: [ContactKey], left: [ContactKey], next: ContactKey?)
    func tick(of launch: LaunchID) throws(StoreError) -> ScheduleTick?
    func setTick(_ tick: ScheduleTick, of launch: LaunchID) throws(StoreError)
    /// Ticks on people's own clocks.
    func insertTick(of launch: LaunchID, contact: ContactKey, at: Timestamp) throws(StoreError)
    func takeTicks(at now: Timestamp, limit: Int) throws(StoreError) -> [(
        launch: LaunchID, contact: ContactKey, at: Timestamp
    )]
    /// Contacts behind a key, in order.
    func contacts(after: ContactKey, limit: Int) throws(StoreError) -> [ContactKey]
}

extension JourneyStore {
    package func setState(_ state: LaunchState, of launch: LaunchID, now: Timestamp) throws(StoreError) {
        try setState(state, of: launch, note: nil, now: now)
    }

    package func liveVersions() throws(StoreError) -> [LaunchRecord] {
        try liveVersions(of: nil)
    }

    package func activate(_ version: LaunchRecord, files: [SourceFile]) throws(StoreError) -> LaunchRecord {
        try activate(version, files: files, replacing: [], moves: false)
    }
}

/// A program's clock.
package struct ScheduleTick: Sendable, Hashable {
    /// Nil where no tick comes any more.
    package var nextAt: Timestamp?
    /// The tick that is being carried out, and who was the last to have heard of it.
    package var tickingAt: Timestamp?
    package var cursor: ContactKey

    package init(nextAt: Timestamp?, tickingAt: Timestamp? = nil, cursor: ContactKey = ContactKey(rawValue: 0)) {
        self.nextAt = nextAt
        self.tickingAt = tickingAt
        self.cursor = cursor
    }
}
