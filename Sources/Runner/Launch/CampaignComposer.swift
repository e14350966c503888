import Channels
import RuleEngine

/// Decides for each row of a page whether it is its turn, which channel takes it, and what it is sent; and makes the
/// message. What the plan and a run have in common.
struct CampaignComposer {
    struct Page {
        var sends: [PreparedSend] = []
        var skips: [SkipRecord] = []
        var holds: [HoldRecord] = []
        /// Rows that are left as they are until the launch has come further.
        var pending = 0
        /// Lanes that one of `sends` tries.
        var tried: Set<Int> = []
        /// Instead of `sends`, where only a forecast was asked for.
        var forecasts: [MessageForecast] = []
    }

    private let program: CampaignProgram
    private let launch: LaunchRecord
    private let channels: [any Channel]
    private let reader: any LedgerReader
    private let key: DataKey
    private let route: RouteChoice?
    private let prices: [MessagePrice]
    /// By step and lane, each made when it is first needed.
    private var composers: [[MessageComposer?]]
    private var zones: ContactZones
    /// Pages of the lanes beside the first, for the contacts at hand.
    private var lanePages: [RecipientPage?]

    init(
        program: CampaignProgram, launch: LaunchRecord, channels: [any Channel], reader: any LedgerReader, key: DataKey
    ) {
        precondition(channels.count == program.lanes.count, "every lane has its channel")
        self.program = program
        self.launch = launch
        self.channels = channels
        self.reader = reader
        self.key = key
        route = program.route.map(RouteChoice.init)
        prices = program.lanes.map(MessagePrice.init)
        composers = program.steps.map { _ in Array(repeating: nil, count: channels.count) }
        zones = ContactZones(standard: program.zone)
        lanePages = Array(repeating: nil, count: channels.count)
    }

    /// What beside the rows decides.
    struct Moment {
        var now: Timestamp
        var phase: LaunchPhase
        /// Lanes that can't be used now, which a route may pass over.
        var unhealthy: Set<Int>
        var capacity: [Int: Int64]
        /// Lanes that are down, and by which one message is to try whether they work again.
        var onTrial: Set<Int> = []
        /// The rows came due, and must not be due any more behind this.
        var isDue: Bool
        /// Nothing is to be sent: what would be made is told, and waiting is no end. Nil for a run.
        var forecast: ForecastDepth?

        init(_ desk: LaunchDesk, isDue: Bool, now: Timestamp) {
            self.now = now
            phase = desk.phase
            unhealthy = desk.unhealthy
            capacity = desk.capacity
            onTrial = desk.onTrial
            self.isDue = isDue
        }

        init(phase: LaunchPhase, now: Timestamp, forecast: ForecastDepth) {
            self.now = now
            self.phase = phase
            self.forecast = forecast
            unhealthy = []
            capacity = [:]
            isDue = false
        }
    }

    mutating func compose(_ page: RecipientPage, _ moment: Moment) throws(StoreError) -> Page {
        var result = Page()
        result.sends.reserveCapacity(page.rows.count)
        var others: [Candidate] = []
        for index in page.rows.indices {
            let row = page.rows[index]
            guard let turn = turn(of: row, page, moment, into: &result) else { continue }
            if channels.count == 1 {
                if let reason = decide(turn, page, row: index, lane: 0, moment, into: &result) {
                    result.skips.append(SkipRecord(contact: row.contact, reason: reason.rawValue, place: row.place))
                }
            } else {
                others.append(Candidate(row: index, turn: turn, lanes: Array(0..<program.viaCount)))
            }
        }
        guard !others.isEmpty else { return result }
        try readLanes(page, others)
        for index in others.indices {
            try narrow(&others[index], page, moment)
            settle(others[index], page, moment, into: &result)
        }
        return result
    }

    // MARK: Whose turn it is

    /// Somebody whose own moment came before the stage or the winner: seconds until the next look.
    private static let secondLook: Double = 30

    struct Turn {
        var step: CampaignProgram.Step
        var deadline: Timestamp?
        var isHeldOut: Bool
        /// In a forecast: when the contact's own moment comes, where that lies ahead.
        var from: Timestamp?
    }

    /// Nil where the row was dealt with.
    private mutating func turn(
        of row: RecipientPage.Row, _ page: RecipientPage, _ moment: Moment, into result: inout Page
    ) -> Turn? {
        let now = moment.now
        let phase = moment.phase
        let isHeldOut =
            program.campaign.holdout != nil
            && program.pace.isHeldOut(row.externalID.bytes(pool: page.facts.pool))
        if program.pace.isPlain { return Turn(step: program.steps[0], deadline: nil, isHeldOut: isHeldOut) }
        let zone = zones.rules(for: row.gate.place, at: phase.tick ?? now)
        let contact = row.externalID.bytes(pool: page.facts.pool)
        let deadline = program.pace.deadline(zone: zone, phase: phase, madeAt: launch.createdAt)
        switch program.pace.answer(contact: contact, zone: zone, phase: phase, madeAt: launch.createdAt, now: now) {
        case .send(let arm, let isSample):
            // Another try by another channel keeps the message of the first.
            let own = row.place.occurrence > 0 ? program.steps.first { $0.node == row.place.step } : nil
            return Turn(
                step: own ?? program.step(arm: arm, isSample: isSample), deadline: deadline, isHeldOut: isHeldOut)
        case .wait(let until):
            if moment.forecast != nil {
                // As it will be then: whose arm and stage it is doesn't depend on the clock.
                guard
                    case .send(let arm, let isSample) = program.pace.answer(
                        contact: contact, zone: zone, phase: phase, madeAt: launch.createdAt, now: until)
                else { break }
                return Turn(
                    step: program.step(arm: arm, isSample: isSample), deadline: deadline, isHeldOut: isHeldOut,
                    from: until)
            }
            result.holds.append(
                HoldRecord(
                    contact: row.contact, until: until, reason: HoldReason.scheduled.rawValue, place: row.place))
        case .notYet(let pending):
            guard moment.isDue else {
                result.pending += 1
                break
            }
            result.holds.append(
                HoldRecord(
                    contact: row.contact, until: now.adding(seconds: Self.secondLook),
                    reason: (pending == .experiment ? HoldReason.experiment : .rollout).rawValue, place: row.place))
        case .skip(let reason):
            result.skips.append(SkipRecord(contact: row.contact, reason: reason.rawValue, place: row.place))
        case .expired:
            result.skips.append(
                SkipRecord(
                    contact: row.contact, reason: SkipReason.tooLate.rawValue, place: row.place, isExpired: true))
        }
        return nil
    }

    // MARK: One lane

    /// Asks the gate and makes the message. Nil where the row was dealt with; otherwise the reason against this lane.
    private mutating func decide(
        _ turn: Turn, _ page: RecipientPage, row index: Int, lane: Int, _ moment: Moment, into result: inout Page,
        as original: RecipientPage.Row? = nil
    ) -> SkipReason? {
        let now = turn.from ?? moment.now
        var row = page.rows[index]
        if let original {
            row.place = original.place
            row.attempts = original.attempts
            // What is known of the row, and not of the channel.
            row.gate.hasLeftAudience = original.gate.hasLeftAudience
            row.gate.wantedAt = original.gate.wantedAt
            row.gate.heldFor = original.gate.heldFor
        }
        let message = turn.step.messages[lane]
        var heldUntil = turn.from
        var heldBy: HoldReason? = turn.from == nil ? nil : .scheduled
        switch Gate.decide(row.gate, rules: message.rules, now: now) {
        case .allow: break
        case .block(let reason): return reason
        case .wait(let until, let reason):
            // Nobody waits for an hour at which it is too late.
            if let deadline = turn.deadline, until >= deadline {
                result.skips.append(
                    SkipRecord(
                        contact: row.contact, reason: SkipReason.expiredWaiting.rawValue, place: row.place,
                        isExpired: true))
                return nil
            }
            guard moment.forecast != nil else {
                result.holds.append(
                    HoldRecord(contact: row.contact, until: until, reason: reason.rawValue, place: row.place))
                return nil
            }
            heldUntil = until
            heldBy = reason
        }
        // Drawn behind the gate: whoever is compared with those who got it could have got it too.
        if turn.isHeldOut { return .holdout }
        let key = DeliveryKey(
            launch: launch.id, contact: row.contact, step: turn.step.node, occurrence: .init(row.place.occurrence))
        let place = program.steps.firstIndex { $0.node == turn.step.node } ?? 0
        if composers[place][lane] == nil {
            composers[place][lane] = MessageComposer(
                plan: message, launch: launch.id, channel: channels[lane], key: self.key, startedAt: launch.createdAt)
        }
        do throws(SkipReason) {
            if let depth = moment.forecast {
                let asPreview = DeliveryKey(launch: .preview, contact: row.contact, step: 0)
                guard
                    let forecast = try composers[place][lane]?.forecast(
                        page, row: index, as: asPreview, now: now, lane: lane, depth)
                else { return .contentUnsafe }
                result.forecasts.append(forecast.held(until: heldUntil, by: heldBy))
                return nil
            }
            guard
                let send = try composers[place][lane]?.prepared(
                    page, row: index, as: key, now: now, lane: lane, of: row)
            else { return .contentUnsafe }
            result.sends.append(send)
            return nil
        } catch {
            return error
        }
    }

    // MARK: Several lanes

    private struct Candidate {
        var row: Int
        var turn: Turn
        /// What is still to be tried, in order.
        var lanes: [Int]
    }

    /// The same contacts as the other lanes see them: their addresses and permissions there.
    private mutating func readLanes(_ page: RecipientPage, _ candidates: [Candidate]) throws(StoreError) {
        let contacts = candidates.map { page.rows[$0.row].contact }
        // An account that takes over reaches the same addresses, under the same permissions.
        for lane in 0..<program.viaCount where lane > 0 {
            var other = lanePages[lane] ?? RecipientPage(slotCount: program.schema.fields.count)
            lanePages[lane] = nil
            try reader.recipients(
                contacts, program.steps[0].messages[lane].recipients, of: launch.id == .preview ? nil : launch.id,
                into: &other)
            lanePages[lane] = other
        }
    }

    /// Leaves out what was tried before, and what the route passes over.
    private func narrow(
        _ candidate: inout Candidate, _ page: RecipientPage, _ moment: Moment
    ) throws(StoreError) {
        let now = moment.now
        let row = page.rows[candidate.row]
        if row.place.occurrence > 0 {
            let tried = try reader.triedChannels(of: launch.id, contact: row.contact)
            candidate.lanes.removeAll { lane in
                ([lane] + program.standIns[lane]).contains { tried.contains(program.lanes[$0].id) }
            }
        }
        guard let route else { return }
        var facts: [ChannelFacts] = []
        for lane in candidate.lanes {
            let address = self.page(of: lane, page, row.contact).map { $0.page.rows[$0.row].address }
            let pool = self.page(of: lane, page, row.contact)?.page.facts.pool ?? []
            var fact = ChannelFacts(
                kind: program.lanes[lane].kind,
                costMicros: prices[lane].estimate(recipient: address?.bytes(pool: pool) ?? []),
                isHealthy: ([lane] + program.standIns[lane]).contains { !moment.unhealthy.contains($0) },
                capacityLeft: moment.capacity[lane] ?? 1_000_000)
            if route.asksSession {
                let last = try reader.lastInbound(from: row.contact, channel: program.lanes[lane].id)
                fact.isSessionOpen = SessionWindow.isOpen(at: now, since: last)
            }
            facts.append(fact)
        }
        var context = EvaluationContext(page: page.facts, row: candidate.row, now: now)
        context.offices = program.offices
        if candidate.row < page.histories.count { context.history = page.histories[candidate.row] }
        candidate.lanes = route.order(facts, in: context).map { candidate.lanes[$0] }
    }

    /// Which account takes a lane's message: its own, or the first that stands in for it and works. One message goes to
    /// an account on trial.
    private func account(for lane: Int, _ moment: Moment, tried: Set<Int>) -> Int {
        guard moment.unhealthy.contains(lane) else { return lane }
        if moment.onTrial.contains(lane), !tried.contains(lane) { return lane }
        return program.standIns[lane].first { !moment.unhealthy.contains($0) } ?? lane
    }

    private func page(
        of lane: Int, _ first: RecipientPage, _ contact: ContactKey
    ) -> (page: RecipientPage, row: Int)? {
        guard lane > 0 else {
            return Self.place(of: contact, in: first).map { (first, $0) }
        }
        guard let page = lanePages[lane] else { return nil }
        return Self.place(of: contact, in: page).map { (page, $0) }
    }

    private static func place(of contact: ContactKey, in page: RecipientPage) -> Int? {
        // The due page is in the order of time, the others in that of keys.
        page.rows.firstIndex { $0.contact == contact }
    }

    private mutating func settle(
        _ candidate: Candidate, _ page: RecipientPage, _ moment: Moment, into result: inout Page
    ) {
        let row = page.rows[candidate.row]
        var last: SkipReason?
        for lane in candidate.lanes {
            guard let (lanePage, index) = self.page(of: lane, page, row.contact) else { continue }
            let account = account(for: lane, moment, tried: result.tried)
            let sendsBefore = result.sends.count
            guard
                let reason = decide(
                    candidate.turn, lanePage, row: index, lane: account, moment, into: &result, as: row)
            else {
                if result.sends.count > sendsBefore, moment.onTrial.contains(account) { result.tried.insert(account) }
                return
            }
            last = reason
            // It is about the person, whatever the channel.
            if reason == .holdout || reason == .erased || reason == .doNotContact {
                result.skips.append(SkipRecord(contact: row.contact, reason: reason.rawValue, place: row.place))
                return
            }
        }
        // With one channel its own reason says more; the accounts that stand in for it have the same.
        let reason = program.viaCount == 1 ? last ?? .noChannelLeft : .noChannelLeft
        result.skips.append(SkipRecord(contact: row.contact, reason: reason.rawValue, place: row.place))
    }
}
