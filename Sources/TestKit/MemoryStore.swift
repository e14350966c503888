import RuleEngine
package import Runner
import Synchronization

/// A store in memory, with the same promises as a real one and faults on demand. Its audience is every contact.
package final class MemoryStore: Store {
    package struct Contact: Sendable {
        package var key: ContactKey
        package var externalID: String
        package var address: String
        package var language: String
        package var gate: GateFacts

        package init(key: ContactKey, externalID: String, address: String, language: String, gate: GateFacts) {
            self.key = key
            self.externalID = externalID
            self.address = address
            self.language = language
            self.gate = gate
        }
    }

    struct Row: Sendable {
        var record: DeliveryRecord
        var epoch: Int
    }

    struct State: Sendable {
        var contacts: [Contact] = []
        var launches: [LaunchRecord] = []
        var rows: [LaunchID: [ContactKey: Row]] = [:]
        var suppressionEpoch: Int64 = 1
        var runnerEpoch = 0
        var holder: RunnerHolder?
        var verdicts: [LaunchID: (verdict: ExperimentVerdict, decidedAt: Timestamp)] = [:]
        var complaints: [LaunchID: Int] = [:]
        /// Who did what an experiment counts.
        var converts: (@Sendable (DeliveryRecord) -> Bool)?
        var troubles: [String: AccountTrouble] = [:]
        /// Of keys and people; whoever isn't here has none.
        var rights: [Owner: SendingRights] = [:]
        /// Answers of the next commits; nil lets one through.
        var commitFaults: [StoreError?] = []
    }

    let state = Mutex(State())
    package let key = DataKey(bytes: Array(repeating: 7, count: 32))

    package init(contacts: [Contact]) {
        state.withLock { $0.contacts = contacts }
    }

    /// `count` people whom nothing keeps from getting marketing mail.
    package convenience init(reachable count: Int) {
        var gate = GateFacts()
        gate.hasAddress = true
        gate.isAddressWellFormed = true
        gate.consent = .express
        gate.isProofComplete = true
        self.init(
            contacts: (1...max(1, count)).map {
                Contact(
                    key: ContactKey(rawValue: Int64($0)), externalID: "c\($0)", address: "user\($0)@example.com",
                    language: "en", gate: gate)
            })
    }

    /// Changes what the gate sees of somebody, as a revocation or suppression by another process would.
    package func changeGate(of contact: ContactKey, _ change: (inout GateFacts) -> Void) {
        state.withLock { state in
            guard let index = state.contacts.firstIndex(where: { $0.key == contact }) else { return }
            change(&state.contacts[index].gate)
            state.suppressionEpoch += 1
        }
    }

    /// The next commits answer with these errors, in order; nil lets one through.
    package func failCommits(_ faults: [StoreError?]) {
        state.withLock { $0.commitFaults = faults }
    }

    /// Who does what an experiment counts, once they have the message.
    package func convert(_ converts: @escaping @Sendable (DeliveryRecord) -> Bool) {
        state.withLock { $0.converts = converts }
    }

    /// So many people complained about a launch's messages.
    package func complain(_ count: Int, about launch: LaunchID) {
        state.withLock { $0.complaints[launch] = count }
    }

    package func openLedger() throws(StoreError) -> any Ledger { MemoryConnection(self) }
    package func openReader() throws(StoreError) -> any LedgerReader { MemoryConnection(self) }
    package func openContacts() throws(StoreError) -> any ContactDirectory { MemoryConnection(self) }
    package func openEvents() throws(StoreError) -> any EventStore {
        throw .unusable("a memory store keeps no events")
    }
    package func openApprovals() throws(StoreError) -> any ApprovalStore {
        throw .unusable("a memory store keeps no approvals")
    }
    package func openConsents() throws(StoreError) -> any ConsentStore {
        throw .unusable("change consent in a memory store with `changeGate`")
    }

    package func lockRunner(takesCampaigns: Bool) throws(StoreError) -> RunnerLockAttempt {
        let holder = state.withLock { state in
            defer { state.holder = state.holder ?? RunnerHolder(process: 1, takesCampaigns: takesCampaigns) }
            return state.holder
        }
        return holder.map { .held($0) } ?? .acquired(Lock(self))
    }

    package func runner() -> RunnerHolder? {
        state.withLock { $0.holder }
    }

    private final class Lock {
        private let store: MemoryStore

        init(_ store: MemoryStore) {
            self.store = store
        }

        deinit {
            store.state.withLock { $0.holder = nil }
        }
    }
}

final class MemoryConnection: Ledger, LedgerReader, ContactDirectory {
    let store: MemoryStore

    init(_ store: MemoryStore) {
        self.store = store
    }

    func troubles() -> [String: AccountTrouble] {
        store.state.withLock { $0.troubles }
    }

    func note(_ trouble: AccountTrouble?, of channel: String) {
        store.state.withLock { $0.troubles[channel] = trouble }
    }

    // MARK: - Contacts

    func find(_ idOrAddress: String) -> ContactKey? {
        store.state.withLock { state in
            state.contacts.first { $0.externalID == idOrAddress || $0.address == idOrAddress }?.key
        }
    }

    func find(_ idsOrAddresses: [String]) -> [ContactKey?] { idsOrAddresses.map { find($0) } }

    func externalID(of contact: ContactKey) -> String? {
        store.state.withLock { state in state.contacts.first { $0.key == contact }?.externalID }
    }

    func count() -> Int { store.state.withLock { $0.contacts.count } }
    func inferredFields() -> [ContactField] { [] }

    // MARK: - Launches

    func beginEpoch(now: Timestamp) -> Int {
        store.state.withLock { state in
            state.runnerEpoch += 1
            var count = 0
            for launch in state.rows.keys {
                for (contact, row) in state.rows[launch] ?? [:] where row.record.state == .sending {
                    state.rows[launch]?[contact]?.record.state = .uncertain
                    state.rows[launch]?[contact]?.record.reason = "crash"
                    count += 1
                }
            }
            return count
        }
    }

    func resumeEpoch() {}

    func latestLaunch(of program: String) -> LaunchRecord? {
        store.state.withLock { $0.launches.last { $0.program == program } }
    }

    func launch(_ id: LaunchID) -> LaunchRecord? { store.state.withLock { $0.launches.first { $0.id == id } } }
    func launches() -> [LaunchRecord] { store.state.withLock { $0.launches } }

    func createLaunch(_ launch: LaunchRecord, after last: LaunchID?) -> LaunchRecord? {
        store.state.withLock { state in
            guard state.launches.last(where: { $0.program == launch.program })?.id == last else { return nil }
            var launch = launch
            launch.id = LaunchID(rawValue: Int64(state.launches.count + 1))
            state.launches.append(launch)
            state.rows[launch.id] = [:]
            return launch
        }
    }

    func setState(_ new: LaunchState, of launch: LaunchID, note: String?, now: Timestamp) {
        store.state.withLock { state in
            guard let index = state.launches.firstIndex(where: { $0.id == launch }), !state.launches[index].state.isOver
            else { return }
            state.launches[index].state = new
            state.launches[index].note = note
            if new.isOver { state.launches[index].finishedAt = now }
        }
    }

    func note(_ text: String?, on launch: LaunchID) {
        store.state.withLock { state in
            guard let index = state.launches.firstIndex(where: { $0.id == launch }),
                [.planning, .running, .scheduled].contains(state.launches[index].state)
            else { return }
            state.launches[index].note = text
        }
    }

    func setPhase(_ phase: LaunchPhase, of launch: LaunchID) {
        store.state.withLock { state in
            guard let index = state.launches.firstIndex(where: { $0.id == launch }) else { return }
            state.launches[index].phase = phase
        }
    }

    func decide(_ launch: LaunchID, _ verdict: ExperimentVerdict, now: Timestamp) {
        store.state.withLock { state in
            if state.verdicts[launch] == nil { state.verdicts[launch] = (verdict, now) }
            guard let index = state.launches.firstIndex(where: { $0.id == launch }) else { return }
            state.launches[index].phase.winner = state.verdicts[launch]?.verdict.winner
        }
    }

    /// This store keeps one row a contact, so that nobody is tried by another channel.
    func escalate(
        _ launch: LaunchID, unless signal: DeliverySignal, now: Timestamp, limit: Int
    ) -> (looked: Int, added: Int) {
        (0, 0)
    }

    func nextEscalation(of launch: LaunchID) -> Timestamp? { nil }
    func triedChannels(of launch: LaunchID, contact: ContactKey) -> [String] { [] }
    func channelKind(of delivery: DeliveryKey) -> String? { nil }
    func firstUse(ofChannel channel: String) -> Timestamp? { nil }
    func lastInbound(from contact: ContactKey, channel: String) -> Timestamp? { nil }
    func goals(of launch: LaunchID, _ goal: CheckedGoal) -> GoalCounts { GoalCounts() }

    func volume(ofChannel channel: String, since: Timestamp) -> (messages: Int, contacts: Int) {
        store.state.withLock { state in
            let rows = state.rows.values.flatMap(\.values).filter { ($0.record.acceptedAt ?? since) >= since }
            let count = rows.count { $0.record.state == .accepted }
            return (count, count)
        }
    }

    func rates(of launch: LaunchID, since: Timestamp?) -> LiveRates {
        store.state.withLock { state in
            var rates = LiveRates()
            for row in state.rows[launch, default: [:]].values {
                guard let started = row.record.startedAt, since.map({ started >= $0 }) ?? true else { continue }
                switch row.record.state {
                case .accepted: rates.settled += 1
                case .rejected:
                    rates.settled += 1
                    rates.bounced += 1
                    rates.failed += 1
                case .failed:
                    rates.settled += 1
                    rates.failed += 1
                default: break
                }
            }
            rates.complained = state.complaints[launch] ?? 0
            return rates
        }
    }

    func forEachExperimentEvent(
        of launch: LaunchID, arms: [Int32: Int], metric: ExperimentMetric, goal: CheckedGoal?,
        _ body: (ExperimentEvent) -> Void
    ) {
        let (rows, converts) = store.state.withLock { state in
            (state.rows[launch, default: [:]].values.map(\.record).sorted { $0.contact < $1.contact }, state.converts)
        }
        for record in rows where record.state == .accepted {
            guard let arm = arms[record.step] else { continue }
            body(ExperimentEvent(arm: arm, isConversion: false))
            if converts?(record) ?? false { body(ExperimentEvent(arm: arm, isConversion: true)) }
        }
    }

    func verdict(of launch: LaunchID) -> (verdict: ExperimentVerdict, decidedAt: Timestamp)? {
        store.state.withLock { $0.verdicts[launch] }
    }

    func recipients(
        _ contacts: [ContactKey], _ query: RecipientQuery, of launch: LaunchID?, into page: inout RecipientPage
    ) {
        page.removeAll()
        fill(&page, query) { state in state.contacts.filter { contacts.contains($0.key) }.map { ($0, 0) } }
    }

    func deliveries(of launch: LaunchID, contact: ContactKey) -> [DeliveryRecord] {
        delivery(of: launch, contact: contact).map { [$0] } ?? []
    }

    func materialise(_ launch: LaunchID, _ query: AudienceQuery, step: Int32, limit: Int, now: Timestamp) -> Bool {
        store.state.withLock { state in
            guard let index = state.launches.firstIndex(where: { $0.id == launch }) else { return false }
            let next = state.contacts.filter { $0.key > state.launches[index].planCursor }.prefix(limit)
            for contact in next {
                state.rows[launch]?[contact.key] = MemoryStore.Row(
                    record: DeliveryRecord(
                        contact: contact.key, externalID: contact.externalID, step: step,
                        channelID: state.launches[index].channelID, address: "", state: .planned, reason: nil,
                        providerID: nil, attempts: 0, costMicros: 0, currency: state.launches[index].currency,
                        notBefore: nil, createdAt: now, startedAt: nil, acceptedAt: nil, updatedAt: now), epoch: 0)
            }
            if let last = next.last { state.launches[index].planCursor = last.key }
            state.launches[index].isPlanned = next.count < limit
            return next.count == limit
        }
    }

    func commit(
        _ wave: LedgerWave, launch: LaunchID, step: Int32, queries: [RecipientQuery], now: Timestamp,
        gate: (Int, GateFacts) -> GateDecision
    ) throws(StoreError) -> WaveResult {
        let fault: StoreError? = store.state.withLock { state in
            state.commitFaults.isEmpty ? nil : state.commitFaults.removeFirst()
        }
        if let fault { throw fault }
        return store.state.withLock { state in
            var transaction = MemoryTransaction(state: state, launch: launch, now: now)
            let result = transaction.apply(wave, gate: gate)
            state = transaction.state
            return result
        }
    }

    func cancelOpen(_ launch: LaunchID, reason: String, now: Timestamp) -> Int {
        change(launch, where: { [.planned, .deferred, .retryWait].contains($0.state) }) {
            $0.state = .cancelled
            $0.reason = reason
        }
    }

    func giveUpUncertain(_ launch: LaunchID, olderThan before: Timestamp, now: Timestamp) -> Int {
        change(launch, where: { $0.state == .uncertain && $0.updatedAt < before }) { $0.state = .unknownFinal }
    }

    func settle(_ launch: LaunchID, contact: ContactKey?, as settlement: Settlement, now: Timestamp) -> Int {
        change(launch, where: { $0.state == .uncertain && (contact == nil || $0.contact == contact) }) { record in
            switch settlement {
            case .accepted:
                record.state = .accepted
                record.acceptedAt = now
            case .notAccepted:
                record.state = .retryWait
                record.notBefore = now
            case .giveUp: record.state = .unknownFinal
            }
        }
    }

    private func change(
        _ launch: LaunchID, where matches: (DeliveryRecord) -> Bool, _ body: (inout DeliveryRecord) -> Void
    ) -> Int {
        store.state.withLock { state in
            var count = 0
            for (contact, row) in state.rows[launch] ?? [:] where matches(row.record) {
                var row = row
                body(&row.record)
                state.rows[launch]?[contact] = row
                count += 1
            }
            return count
        }
    }

    // MARK: - Reading

    func audiencePage(_ query: AudienceQuery, after: ContactKey?, limit: Int, into page: inout RecipientPage) {
        fill(&page, query.recipients) { state in
            state.contacts.filter { after == nil || $0.key > after! }.prefix(limit).map { ($0, 0) }
        }
    }

    func plannedPage(
        of launch: LaunchID, _ query: RecipientQuery, after: ContactKey?, limit: Int, into page: inout RecipientPage
    ) {
        fill(&page, query) { state in
            state.contacts.filter { contact in
                (after == nil || contact.key > after!)
                    && state.rows[launch]?[contact.key]?.record.state == .planned
            }.prefix(limit).map { ($0, 0) }
        }
    }

    func duePage(
        of launch: LaunchID, _ query: RecipientQuery, now: Timestamp, limit: Int, excluding: Set<ContactKey>,
        into page: inout RecipientPage
    ) {
        fill(&page, query) { state in
            state.contacts.compactMap { contact in
                guard let record = state.rows[launch]?[contact.key]?.record,
                    [.deferred, .retryWait].contains(record.state),
                    record.notBefore.map({ $0 <= now }) ?? true, !excluding.contains(contact.key)
                else { return nil }
                return (contact, record.attempts)
            }.prefix(limit).map { $0 }
        }
    }

    func recipient(_ contact: ContactKey, _ query: RecipientQuery, into page: inout RecipientPage) {
        fill(&page, query) { state in state.contacts.filter { $0.key == contact }.map { ($0, 0) } }
    }

    private func fill(
        _ page: inout RecipientPage, _ query: RecipientQuery,
        _ choose: (MemoryStore.State) -> [(MemoryStore.Contact, Int32)]
    ) {
        let (chosen, epoch, steps) = store.state.withLock { state in
            let rows = state.launches.last.flatMap { state.rows[$0.id] } ?? [:]
            return (choose(state), state.suppressionEpoch, rows.mapValues(\.record.step))
        }
        page.suppressionEpoch = epoch
        for (contact, attempts) in chosen {
            for slot in query.slots { page.facts.columns[slot].appendMissing() }
            page.rows.append(
                RecipientPage.Row(
                    contact: contact.key, externalID: page.facts.pack(contact.externalID),
                    address: page.facts.pack(contact.address), language: page.facts.pack(contact.language),
                    gate: contact.gate, attempts: attempts))
            page.rows[page.rows.count - 1].place = RowPlace(step: steps[contact.key] ?? 0)
            page.facts.finishRow()
        }
    }

    func nextDue(of launch: LaunchID) -> Timestamp? {
        store.state.withLock { state in
            state.rows[launch]?.values.filter { [.deferred, .retryWait].contains($0.record.state) }.compactMap(
                \.record.notBefore
            ).min()
        }
    }

    func counts(of launch: LaunchID) -> LaunchCounts {
        store.state.withLock { state in
            var counts = LaunchCounts()
            for row in state.rows[launch, default: [:]].values {
                counts.byState[row.record.state, default: 0] += 1
                switch row.record.state {
                case .skipped: counts.skipped[row.record.reason ?? "", default: 0] += 1
                case .rejected, .failed: counts.refusals[row.record.reason ?? "", default: 0] += 1
                case .cancelled, .expired: counts.lapsed[row.record.reason ?? "", default: 0] += 1
                case .deferred: counts.held[row.record.reason ?? "", default: 0] += 1
                case .accepted: counts.costMicros += row.record.costMicros
                case .sending, .uncertain, .unknownFinal: counts.reservedMicros += row.record.costMicros
                case .planned, .retryWait: break
                }
            }
            return counts
        }
    }

    func verify(_ launch: LaunchID, now: Timestamp) -> [String] { [] }

    /// No provider tells this store anything.
    func news(of launch: LaunchID) -> NewsCounts {
        NewsCounts()
    }

    func delivery(of launch: LaunchID, contact: ContactKey) -> DeliveryRecord? {
        store.state.withLock { $0.rows[launch]?[contact]?.record }
    }

    func forEachDelivery(
        of launch: LaunchID, state wanted: DeliveryState?, _ body: (DeliveryRecord) throws -> Bool
    ) throws {
        let records = store.state.withLock { state in
            state.rows[launch, default: [:]].values.map(\.record).sorted { $0.contact < $1.contact }
        }
        for record in records where wanted == nil || record.state == wanted {
            guard try body(record) else { return }
        }
    }
}
