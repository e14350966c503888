import Channels
import RuleEngine

/// What becomes of a message that a run has ordered: which channel it takes, and when the run hears of it.
extension JourneyEngine {
    // MARK: Beginning and taking back

    func place(
        _ order: SendOrder, _ command: RunCommand, of run: StoredRun, _ version: LiveVersion, _ turn: inout Turn
    ) throws(StoreError) {
        let key = OrderKey(run: run.key.occurrence, number: command.number)
        let channels = try channels(for: order.reach, of: run, version, turn)
        var stored = StoredOrder(
            launch: run.launch, contact: run.key.contact, key: key, node: command.node, channels: channels)
        guard let first = channels.first else {
            // The run can't hear of it before it is written down itself.
            stored.checkAt = turn.now
            return try store.insert(stored)
        }
        try store.insert(stored)
        try store.plan(
            DeliveryKey(
                launch: run.launch, contact: run.key.contact, step: Int32(command.node), occurrence: key.occurrence),
            channel: first, expires: order.expires, now: turn.now)
    }

    /// The channels to try in turn. A route's candidates are ranked by what is known of them at this moment.
    private func channels(
        for reach: CheckedSend.Reach, of run: StoredRun, _ version: LiveVersion, _ turn: Turn
    ) throws(StoreError) -> [String] {
        guard case .route(let id) = reach, let route = version.project.routes[id],
            !route.rank.isEmpty || !route.skipWhen.isEmpty,
            let facts = try facts(of: run.key, version, at: turn.now)
        else { return version.channels(for: reach) }
        let candidates = route.candidates.compactMap { version.project.channels[$0] }
        let choice = RouteChoice(route)
        var known: [ChannelFacts] = []
        for channel in candidates {
            var channelFacts = ChannelFacts(
                kind: channel.kind, costMicros: MessagePrice(channel).leastMicros,
                isHealthy: outlets[channel.id].map { $0.isHealthy(now: turn.monotonic) })
            channelFacts.capacityLeft = try outlets[channel.id]?.capacityLeft(
                of: version.zone, at: turn.now, store)
            if choice.asksSession {
                let last = try store.lastInbound(from: run.key.contact, channel: channel.id)
                channelFacts.isSessionOpen = SessionWindow.isOpen(at: turn.now, since: last)
            }
            known.append(channelFacts)
        }
        return choice.order(known, in: facts.context).map { candidates[$0].id }
    }

    func withdraw(_ number: UInt32, of run: StoredRun, _ turn: inout Turn) throws(StoreError) {
        let base = OrderKey(run: run.key.occurrence, number: number).base
        guard let order = try store.order(run.launch, run.key.contact, base: base) else { return }
        if !order.channels.isEmpty {
            _ = try store.close(order.deliveryKey, as: .cancelled, reason: "withdrawn", now: turn.now)
        }
        try store.remove(order)
    }

    // MARK: What a channel said

    func settle(_ report: SendReport, _ turn: inout Turn) throws(StoreError) {
        guard let attempt = inFlight[report.token] else { return }
        let result = result(of: report.outcome, attempt, turn)
        let isWritten = try store.settle(
            OutcomeRecord(contact: attempt.key.contact, attempt: attempt.attempt, result: result),
            key: attempt.key, channelKind: outlets[attempt.outlet]?.kind ?? "", now: turn.now)
        guard isWritten else { return }
        switch result {
        case .accepted:
            turn.tally.accepted += 1
            try follow(attempt.key, .accepted, &turn)
        case .rejected, .failed:
            turn.tally.failed += 1
            release(attempt)
            try follow(attempt.key, .failed, &turn)
        case .retry:
            release(attempt)
            if attempt.home != attempt.outlet { try store.assign(attempt.key, to: attempt.home) }
        case .uncertain:
            turn.tally.uncertain += 1
            try follow(attempt.key, .unknown, &turn)
        }
    }

    private func result(of outcome: SendOutcome, _ attempt: Attempt, _ turn: Turn) -> OutcomeRecord.Result {
        switch outcome {
        case .accepted(let providerID): return .accepted(providerID: providerID)
        case .rejected(let code, let suppress):
            return .rejected(code: code, suppress: suppress.map(SuppressionReason.init))
        case .throttled(let code, let retryAfter):
            let delay = options.retry.delay(
                afterAttempt: Int(attempt.attempt), retryAfter: retryAfter, random: environment.random())
            return delay.map { .retry(reason: code, notBefore: turn.now.adding(seconds: $0)) }
                ?? .failed(reason: "exhausted: \(code)")
        // Nothing is wrong with the recipient: the row waits for the channel, however long that takes.
        case .unavailable(let code): return .retry(reason: code, notBefore: turn.now.adding(seconds: 1))
        case .outcomeUnknown(let phase, let detail):
            return .uncertain(kind: detail.isEmpty ? phase.rawValue : "\(phase.rawValue): \(detail)")
        }
    }

    private func release(_ attempt: Attempt) {
        spent[attempt.key.launch]?.micros -= attempt.costMicros
    }

    // MARK: What follows

    /// A delivery has come to its end, or a provider has it: another channel, or the run hears of it.
    func follow(_ key: DeliveryKey, _ outcome: OrderOutcome, _ turn: inout Turn) throws(StoreError) {
        guard let place = OrderKey(occurrence: key.occurrence),
            let order = try store.order(key.launch, key.contact, base: place.base), order.key.lane == place.lane
        else { return }
        try follow(order, outcome, &turn)
    }

    private func follow(_ order: StoredOrder, _ outcome: OrderOutcome, _ turn: inout Turn) throws(StoreError) {
        var order = order
        let next = self.next(after: order)
        switch outcome {
        case .accepted:
            let tryNext = self.tryNext(of: order)
            if next != nil, let tryNext, tryNext.signal != .failed {
                // The run goes on; only another channel may still follow.
                let wasTold = order.isTold
                order.isTold = true
                order.checkAt = turn.now.advanced(by: tryNext.after)
                try store.update(order)
                if !wasTold { try tell(order, .accepted, &turn) }
            } else {
                try store.remove(order)
                if !order.isTold { try tell(order, .accepted, &turn) }
            }
        case .skipped, .failed:
            if next != nil {
                let pause = outcome == .failed ? self.tryNext(of: order)?.after ?? 0 : 0
                if pause > 0 {
                    order.checkAt = turn.now.advanced(by: pause)
                    try store.update(order)
                } else {
                    try goOn(order, &turn)
                }
            } else {
                try store.remove(order)
                if !order.isTold { try tell(order, outcome, &turn) }
            }
        // It may have arrived: the next channel would make it two.
        case .unknown, .expired:
            try store.remove(order)
            if !order.isTold { try tell(order, outcome, &turn) }
        }
    }

    private func goOn(_ order: StoredOrder, _ turn: inout Turn) throws(StoreError) {
        guard let next = next(after: order) else { return }
        let fate = try store.expiry(of: order.deliveryKey)
        var order = order
        order.key.lane += 1
        order.checkAt = nil
        try store.update(order)
        try store.plan(order.deliveryKey, channel: next, expires: fate, now: turn.now)
    }

    private func tell(_ order: StoredOrder, _ outcome: OrderOutcome, _ turn: inout Turn) throws(StoreError) {
        guard let version = programs.versions[order.launch],
            let run = try store.run(
                RunKey(contact: order.contact, program: version.key, occurrence: order.key.run))
        else { return }
        try move(run, .sendSettled(order.key.number, outcome), &turn)
    }

    private func next(after order: StoredOrder) -> String? {
        let lane = Int(order.key.lane) + 1
        let most = tryNext(of: order)?.attempts ?? order.channels.count
        return lane < min(order.channels.count, most) ? order.channels[lane] : nil
    }

    private func tryNext(of order: StoredOrder) -> TryNext? {
        guard let version = programs.versions[order.launch],
            case .deliver(let send, _) = version.graph.nodes[order.node]
        else { return nil }
        if let own = send.tryNext { return own }
        guard case .route(let id) = send.reach else { return nil }
        return version.project.routes[id]?.tryNext
    }

    // MARK: Looking again

    func lookAtOrders(_ turn: inout Turn) throws(StoreError) {
        for order in try store.dueOrders(at: turn.now, limit: options.runsPerTurn) {
            turn.hasWorked = true
            if order.channels.isEmpty {
                try store.remove(order)
                try tell(order, .skipped, &turn)
            } else if !order.isTold {
                try goOn(order, &turn)
            } else if try mustTryNext(order) {
                try goOn(order, &turn)
            } else {
                try store.remove(order)
            }
        }
    }

    private func mustTryNext(_ order: StoredOrder) throws(StoreError) -> Bool {
        guard let tryNext = tryNext(of: order), let fate = try store.fate(of: order.deliveryKey),
            let version = programs.versions[order.launch],
            let run = try store.run(
                RunKey(contact: order.contact, program: version.key, occurrence: order.key.run))
        else { return false }
        switch run.state.ending {
        // What the program was for has happened, or nobody wants it any more.
        case .goal, .exitWhen, .cancelled, .replaced, .heldOut: return false
        case .exit, nil: break
        }
        let news = fate.news
        let wasSeen = news?.readAt != nil || news?.clickedAt != nil
        let wasOpened = wasSeen || news?.isLookedAt == true
        return switch tryNext.signal {
        case .failed: news?.failedAt != nil || fate.state == .rejected || fate.state == .failed
        case .not_delivered: news?.deliveredAt == nil && !wasSeen
        case .not_opened: !wasOpened
        case .not_read: !wasSeen
        case .not_clicked: news?.clickedAt == nil
        case .not_replied: !fate.hasReply
        }
    }

    /// Somebody settled a delivery by hand, or the process ended between the ledger and the run.
    func tellOfSettledOrders(_ turn: inout Turn) throws(StoreError) {
        var last: StoredOrder?
        while true {
            let orders = try store.settledOrders(after: last, limit: 500)
            guard !orders.isEmpty else { return }
            for order in orders {
                guard let fate = try store.fate(of: order.deliveryKey), let outcome = fate.state.orderOutcome else {
                    continue
                }
                try follow(order, outcome, &turn)
            }
            last = orders.last
        }
    }
}

extension StoredOrder {
    /// Of the channel that is being tried.
    var deliveryKey: DeliveryKey {
        DeliveryKey(launch: launch, contact: contact, step: Int32(node), occurrence: key.occurrence)
    }
}

extension DeliveryState {
    /// What a run hears of it; nil while it is open.
    fileprivate var orderOutcome: OrderOutcome? {
        switch self {
        case .planned, .deferred, .sending, .retryWait: nil
        case .accepted: .accepted
        case .skipped: .skipped
        case .rejected, .failed: .failed
        case .cancelled, .expired: .expired
        case .uncertain, .unknownFinal: .unknown
        }
    }
}
