import Channels
import Crypto
import RuleEngine

/// How messages leave. The gate is asked, the text filled in and the intent written in one transaction: a revocation
/// that was committed before it is seen by it, and nothing is handed to a channel before it is durable.
extension JourneyEngine {
    struct ComposerKey: Hashable {
        let launch: LaunchID
        let node: Int32
        let channel: String
    }

    /// How long an attempt may take before nobody waits for it any more.
    private static let attemptSeconds: Double = 900
    /// What a limit of one domain, or a program that rests, holds back is looked at again after this.
    private static let pause: Double = 1
    private static let minute: Int64 = 60_000_000

    /// What a program has spent, and when that was asked.
    struct Spending {
        var micros: Int64
        var at: Timestamp
    }

    func send(_ turn: inout Turn) throws(StoreError) {
        for outlet in outlets.values.sorted(by: { $0.id < $1.id }) {
            if let news = outlet.news(at: turn.now, monotonic: turn.monotonic) { try store.note(news, of: outlet.id) }
            try send(dueOn: outlet, through: outlet, &turn)
            guard outlet.isDown(now: turn.monotonic),
                let standIn = outlet.standIns.compactMap({ outlets[$0] }).first(where: {
                    !$0.isDown(now: turn.monotonic)
                })
            else { continue }
            try send(dueOn: outlet, through: standIn, &turn)
        }
    }

    /// - Parameter outlet: the account that takes them: their own, or another while that one is down. What was begun and
    ///   had no answer is not among them.
    private func send(dueOn home: Outlet, through outlet: Outlet, _ turn: inout Turn) throws(StoreError) {
        let begun = turn.submissions.count { $0.attempt.outlet == outlet.id }
        let capacity = min(outlet.capacity(now: turn.monotonic), options.sendsPerTurn) - begun
        guard capacity > 0 else { return }
        let waiting = try store.due(on: home.id, at: turn.now, limit: capacity)
        _ = try share(of: waiting) { due throws(StoreError) in
            turn.hasWorked = true
            try send(due, through: outlet, &turn, from: home)
        }
    }

    private func send(
        _ due: DueDelivery, through outlet: Outlet, _ turn: inout Turn, from home: Outlet
    ) throws(StoreError) {
        let key = due.key
        guard let version = programs.versions[key.launch], version.launch.state == .running else {
            if try isOver(key.launch) {
                _ = try store.close(key, as: .cancelled, reason: "program_ended", now: turn.now)
                return
            }
            let later = turn.now.adding(seconds: 30)
            return try store.defer(key, until: later, reason: HeldReason.paused, now: turn.now)
        }
        guard let place = OrderKey(occurrence: key.occurrence),
            let run = try store.run(RunKey(contact: key.contact, program: version.key, occurrence: place.run))
        else {
            _ = try store.close(key, as: .cancelled, reason: "no run", now: turn.now)
            return
        }
        if let expiry = due.expiresAt, expiry <= turn.now {
            return try end(key, as: .expired, reason: "expired", .expired, &turn)
        }
        if try hasLostRight(to: key, of: version, &turn) {
            return try end(key, as: .skipped, reason: SkipReason.notAllowed.rawValue, .skipped, &turn)
        }
        let composerKey = ComposerKey(launch: key.launch, node: key.step, channel: outlet.id)
        if plans[composerKey] == nil { plans[composerKey] = version.plan(node: Int(key.step), channel: outlet.id) }
        guard let plan = plans[composerKey] else {
            return try end(key, as: .skipped, reason: SkipReason.noAddress.rawValue, .skipped, &turn)
        }
        var page = RecipientPage(slotCount: plan.recipients.schema.fields.count)
        try store.recipient(key.contact, plan.recipients, into: &page)
        guard let row = page.rows.first else {
            return try end(key, as: .skipped, reason: SkipReason.erased.rawValue, .skipped, &turn)
        }
        var facts = row.gate
        facts.wantedAt = due.createdAt
        facts.heldFor = due.heldFor
        switch Gate.decide(facts, rules: plan.rules, now: turn.now) {
        case .block(let reason): return try end(key, as: .skipped, reason: reason.rawValue, .skipped, &turn)
        case .wait(let until, let reason):
            if let expiry = due.expiresAt, expiry <= until {
                return try end(key, as: .expired, reason: "expired_waiting: \(reason.rawValue)", .expired, &turn)
            }
            return try store.defer(key, until: until, reason: reason.rawValue, now: turn.now)
        case .allow: break
        }
        do throws(SkipReason) {
            try compose(page, key, composerKey, plan, run, version, outlet, now: turn.now)
        } catch {
            return try end(key, as: .skipped, reason: error.rawValue, .skipped, &turn)
        }
        guard try isTaken(by: outlet, key.contact, composerKey, turn) else {
            return try end(key, as: .skipped, reason: SkipReason.sessionClosed.rawValue, .skipped, &turn)
        }
        try intend(due, page, composerKey, outlet, version, &turn, from: home)
    }

    /// The compiler has shown that programs write in time, as far as files tell. Holds and messages that somebody asks for are
    /// no part of them.
    private func isTaken(
        by outlet: Outlet, _ contact: ContactKey, _ composerKey: ComposerKey, _ turn: Turn
    ) throws(StoreError) -> Bool {
        guard SessionWindow.length(for: outlet.kind) != nil, composers[composerKey]?.lastContent.approved == nil else {
            return true
        }
        return SessionWindow.isOpen(at: turn.now, since: try store.lastInbound(from: contact, channel: outlet.id))
    }

    private func compose(
        _ page: RecipientPage, _ key: DeliveryKey, _ composerKey: ComposerKey, _ plan: MessagePlan, _ run: StoredRun,
        _ version: LiveVersion, _ outlet: Outlet, now: Timestamp
    ) throws(SkipReason) {
        let texts = RunTexts(
            startedAt: run.startedAt,
            journey: JourneyFacts(
                entry: run.state.entry,
                runID: Array(RunName.text(of: run.key, program: version.launch.program).utf8),
                conversationID: run.state.conversationID))
        if composers[composerKey] == nil {
            composers[composerKey] = MessageComposer(
                plan: plan, launch: key.launch, channel: outlet.channel, key: self.key, startedAt: now)
        }
        try composers[composerKey]?.compose(page, row: 0, as: key, now: now, in: texts)
    }

    private func intend(
        _ due: DueDelivery, _ page: RecipientPage, _ composerKey: ComposerKey, _ outlet: Outlet,
        _ version: LiveVersion, _ turn: inout Turn, from home: Outlet
    ) throws(StoreError) {
        guard let composer = composers[composerKey] else { return }
        let key = due.key
        let address = String(decoding: composer.lastContent.recipient, as: UTF8.self)
        let cost = composer.lastPrice
        guard try hasBudget(for: cost, version, turn) else {
            return try end(key, as: .skipped, reason: SkipReason.budget.rawValue, .skipped, &turn)
        }
        if let tomorrow = try outlet.rest(of: version.zone, at: turn.now, store) {
            return try store.defer(key, until: tomorrow, reason: HoldReason.accountLimit.rawValue, now: turn.now)
        }
        guard outlet.take(address: address, now: turn.monotonic) else {
            let later = turn.now.adding(seconds: Self.pause)
            return try store.defer(key, until: later, reason: HeldReason.domainRate, now: turn.now)
        }
        let wire = composer.lastWire
        var intent = SendIntent(
            contact: key.contact, attempt: due.attempts + 1, address: address,
            bodyHash: Array(SHA256.hash(data: wire).prefix(16)), costMicros: cost,
            deadline: turn.now.adding(seconds: Self.attemptSeconds), gate: page.rows[0].gate,
            suppressionEpoch: page.suppressionEpoch)
        if outlet.id != home.id { intent.channel = outlet.id }
        intent.archive = composers[composerKey]?.archived()
        guard try store.intend(intent, key: key, now: turn.now) else { return }
        spent[key.launch]?.micros += cost
        nextToken += 1
        turn.submissions.append(
            Submission(
                message: ComposedMessage(
                    token: nextToken, address: address, wire: wire,
                    idempotencyKey: String(decoding: composer.lastContent.idempotencyKey, as: UTF8.self)),
                attempt: Attempt(
                    key: key, attempt: intent.attempt, costMicros: cost, outlet: outlet.id, home: home.id,
                    began: turn.monotonic)))
    }

    /// Reserved before it is sent, so that it is never exceeded. What has an unknown outcome stays reserved. Money that
    /// a period has let go of comes back a minute late at most.
    private func hasBudget(for cost: Int64, _ version: LiveVersion, _ turn: Turn) throws(StoreError) -> Bool {
        guard let budget = version.journey.budget else { return true }
        let launch = version.launch.id
        let isStale = spent[launch].map {
            budget.period != nil && turn.now.microseconds - $0.at.microseconds > Self.minute
        }
        if isStale ?? true {
            let since = budget.period.map { turn.now.advanced(by: -$0) }
            spent[launch] = Spending(micros: try store.spent(on: version.launch.program, since: since), at: turn.now)
        }
        let sum = (spent[launch]?.micros ?? 0) + cost
        warn(of: sum, budget, version)
        return sum <= budget.amount.micros
    }

    /// Once, and again when a period has let go of so much that it comes to it anew.
    private func warn(of sum: Int64, _ budget: Allowance, _ version: LiveVersion) {
        guard let share = version.journey.warnAt else { return }
        let program = version.launch.program
        guard Double(sum) >= Double(budget.amount.micros) * Double(share) / 1_000_000 else {
            warned.remove(program)
            return
        }
        guard warned.insert(program).inserted else { return }
        let part = "\(share / 10_000) % of its budget"
        warnings.append("`\(program)` has spent \(part)")
    }

    private func end(
        _ key: DeliveryKey, as state: DeliveryState, reason: String, _ outcome: OrderOutcome, _ turn: inout Turn
    ) throws(StoreError) {
        guard try store.close(key, as: state, reason: reason, now: turn.now) else { return }
        if state == .skipped { turn.tally.skipped += 1 }
        try follow(key, outcome, &turn)
    }
}

/// What holds a message back beside the gate.
private enum HeldReason {
    static let paused = "program_paused"
    static let domainRate = "domain_rate"
}
