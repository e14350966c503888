import Channels
import RuleEngine

/// A message that a run has ordered.
struct RehearsedOrder {
    let run: Int
    let program: Int
    let node: Int
    let number: UInt32
    let placedAt: Timestamp
    let expires: Timestamp?
    let tryNext: TryNext?
    /// Channel ids in the order in which they are tried; nil until a route has been asked.
    var lanes: [String]
    var lane = 0
    /// When it is tried next.
    var dueAt: Timestamp
    /// What it waits for at the gate.
    var heldFor: HoldReason?
    /// The run knows what became of it.
    var isSettled = false
    var isOver = false
    /// By which the message of the last attempt goes.
    var message: Int?
}

/// A message that was accepted, and what became of it.
struct RehearsedDelivery {
    let number: Int
    let run: Int
    let program: Int
    let channel: String
    let purpose: Purpose
    var facts: HistoryFacts.Message
}

extension Rehearsal {
    mutating func place(_ order: SendOrder, _ command: RunCommand, of run: Int) {
        let program = runs[run].program
        var tryNext = order.tryNext
        let lanes: [String]
        switch order.reach {
        case .channels(let ids): lanes = ids
        case .reply(let channel): lanes = [channel]
        case .route(let id):
            lanes = routed(id)
            tryNext = tryNext ?? stage.project.routes[id]?.tryNext
        }
        if case .campaign(let campaign) = stage.programs[program].source { tryNext = tryNext ?? campaign.tryNext }
        orders.append(
            RehearsedOrder(
                run: run, program: program, node: command.node, number: command.number, placedAt: now,
                expires: order.expires ?? campaignExpiry(program), tryNext: tryNext, lanes: lanes, dueAt: now))
        put(.attempt(order: orders.count - 1), at: now)
    }

    private func campaignExpiry(_ program: Int) -> Timestamp? {
        guard case .campaign(let campaign) = stage.programs[program].source else { return nil }
        return campaign.validFor.map { now.advanced(by: $0) }
    }

    // MARK: Attempts

    mutating func attempt(_ place: Int) {
        var order = orders[place]
        guard !order.isOver else { return }
        defer { orders[place] = order }
        if let expires = order.expires, expires <= now {
            skip(order, via: nil, "expired")
            return settle(&order, .expired)
        }
        while order.lane < order.lanes.count {
            guard let channel = stage.project.channels[order.lanes[order.lane]] else { break }
            switch gate(order, channel) {
            case .block(let reason): skip(order, via: channel.id, reason.rawValue)
            case .wait(let until, let reason):
                coverage.skipped(order.program, reason)
                // Whoever would hold it until it is worth nothing lets it go at once.
                if let expires = order.expires, expires <= until {
                    skip(order, via: channel.id, "expired")
                    return settle(&order, .expired)
                }
                note(
                    order,
                    .held(template: template(of: order), via: channel.id, reason: reason, until: until))
                order.heldFor = HoldReason(rawValue: reason)
                order.dueAt = until
                return put(.attempt(order: place), at: until)
            case .allow:
                guard let account = account(for: channel) else { return waitForAccount(&order, place, channel) }
                do throws(SkipReason) {
                    let (message, content) = try message(of: order, by: account)
                    return deliver(message, content, &order, place, account)
                } catch {
                    skip(order, via: channel.id, error.rawValue)
                }
            }
            guard hasNext(order) else { break }
            order.lane += 1
        }
        settle(&order, .skipped)
    }

    /// The one that messages of a channel go by: its own, or the first that stands in for it and works.
    private func account(for channel: CheckedChannel) -> CheckedChannel? {
        ([channel.id] + channel.failover).first { providers[$0] != .down }.flatMap { stage.project.channels[$0] }
    }

    /// Nobody takes it. In a rehearsal no account comes back by itself, so it waits for as long as it is worth anything.
    private mutating func waitForAccount(_ order: inout RehearsedOrder, _ place: Int, _ channel: CheckedChannel) {
        note(
            order,
            .held(
                template: template(of: order), via: channel.id, reason: "account_down", until: order.expires ?? now))
        if let expires = order.expires { put(.attempt(order: place), at: expires) }
    }

    private mutating func deliver(
        _ message: RehearsedMessage, _ content: MessageContent, _ order: inout RehearsedOrder, _ place: Int,
        _ channel: CheckedChannel
    ) {
        let manner = providers[channel.id] ?? .delivers
        if manner == .refuses {
            skip(order, via: channel.id, "rejected")
            order.message = nil
            guard hasNext(order) else { return settle(&order, .failed) }
            return put(.escalate(order: place), at: now.advanced(by: order.tryNext?.after ?? 0))
        }
        note(order, .sent(message))
        coverage.sent(
            order.program,
            CoverageTally.Text(template: message.template ?? "message", kind: channel.kind, language: message.language))
        let facts = HistoryFacts.Message(
            template: message.template, step: stage.programs[order.program].sends[order.node]?.stepKey, sentAt: now,
            deliveredAt: manner == .delivers && responses == nil ? now : nil)
        order.message = messages.count
        messages.append(
            RehearsedDelivery(
                number: message.number, run: order.run, program: order.program, channel: channel.id,
                purpose: message.purpose, facts: facts))
        fate(of: messages.count - 1, channel.kind, links: message.links)
        if manner != .silent, let tryNext = order.tryNext, tryNext.signal != .failed, hasNext(order) {
            put(.escalate(order: place), at: now.advanced(by: tryNext.after))
        }
        settle(&order, manner == .silent ? .unknown : .accepted)
    }

    /// The next channel's turn, if the message did not do its work by now and the run has not reached its aim.
    mutating func escalate(_ place: Int) {
        guard !orders[place].isOver else { return }
        switch runs[orders[place].run].state.ending {
        case .goal, .exitWhen, .replaced, .cancelled: return
        case .exit, .heldOut, nil: break
        }
        if let message = orders[place].message, let tryNext = orders[place].tryNext {
            guard isSilent(tryNext.signal, messages[message].facts) else { return }
        }
        orders[place].lane += 1
        attempt(place)
    }

    private func hasNext(_ order: RehearsedOrder) -> Bool {
        order.lane + 1 < min(order.lanes.count, order.tryNext?.attempts ?? order.lanes.count)
    }

    private func isSilent(_ signal: DeliverySignal, _ message: HistoryFacts.Message) -> Bool {
        switch signal {
        case .failed: return false
        case .not_delivered: return message.deliveredAt == nil
        case .not_opened, .not_read: return message.openedAt == nil
        case .not_clicked: return message.clicks.isEmpty
        case .not_replied: return message.replies.isEmpty
        }
    }

    private mutating func settle(_ order: inout RehearsedOrder, _ outcome: OrderOutcome) {
        guard !order.isSettled else { return }
        order.isSettled = true
        put(.settle(run: order.run, order.number, outcome), at: now)
    }

    private mutating func skip(_ order: RehearsedOrder, via: String?, _ reason: String) {
        coverage.skipped(order.program, reason)
        note(order, .skipped(template: template(of: order), via: via, reason: reason))
    }

    private mutating func note(_ order: RehearsedOrder, _ kind: RehearsalFact.Kind) {
        note(order.program, occurrence: runs[order.run].state.occurrence, node: order.node, kind)
    }

    private func template(of order: RehearsedOrder) -> String? {
        stage.programs[order.program].sends[order.node]?.template.id
    }

    // MARK: Routes

    /// The candidates that are not passed over, the best first.
    private mutating func routed(_ id: String) -> [String] {
        guard let route = stage.project.routes[id] else { return [] }
        let context = runFacts(of: nil).context
        let candidates = route.candidates.compactMap { stage.project.channels[$0] }
        let facts = candidates.map { channel in
            ChannelFacts(
                kind: channel.kind, costMicros: stage.prices[channel.id]?.leastMicros ?? 0, isHealthy: true,
                capacityLeft: 1_000_000, isSessionOpen: false)
        }
        return RouteChoice(route).order(facts, in: context).map { candidates[$0].id }
    }

    // MARK: Texts

    private mutating func message(
        of order: RehearsedOrder, by channel: CheckedChannel
    ) throws(SkipReason) -> (RehearsedMessage, MessageContent) {
        let program = stage.programs[order.program]
        guard let send = program.sends[order.node] else { throw .contentEmpty }
        var language = person.text("language") ?? ""
        var pool = FactPage(slotCount: 0)
        let packed = language.withUTF8 { pool.pack($0) }
        guard let texts = send.texts[channel.kind]?.message(for: packed, pool: pool.pool) else { throw .noLanguage }
        let facts = runFacts(of: order.run)
        var context = RenderContext(
            sender: program.sender, runID: facts.context.journey.runID,
            runStartedAt: runs[order.run].state.startedAt, now: now, timeZone: stage.projectZone,
            journey: facts.context.journey)
        context.journey.entry = runs[order.run].state.entry
        context.journey.conversationID = runs[order.run].state.conversationID
        context.history = facts.context.history
        context.offices = stage.offices
        let number = messages.count + 1
        context.unsubscribeLink = Array((stage.unsubscribePrefix.map { $0 + "paper-\(number)" } ?? "").utf8)
        context.preferencesLink = Array((stage.preferencesPrefix.map { $0 + "paper-\(number)" } ?? "").utf8)
        context.browserLink = Array((stage.browserPrefix.map { $0 + "paper-\(number)" } ?? "").utf8)
        var content = MessageContent()
        content.recipient = Array((person.address(onChannel: channel.kind) ?? "").utf8)
        var approved: [[UInt8]] = []
        do throws(RenderError) {
            let page = facts.context.page
            try texts.subject?.render(into: &content.subject, facts: page, row: 0, context: context)
            try texts.text?.render(into: &content.text, facts: page, row: 0, context: context)
            try texts.html?.render(into: &content.html, facts: page, row: 0, context: context)
            if texts.text == nil { HTMLText.append(content.html, to: &content.text) }
            for value in texts.values where texts.approved != nil {
                var bytes: [UInt8] = []
                try value.render(into: &bytes, facts: page, row: 0, context: context)
                approved.append(bytes)
            }
        } catch {
            throw SkipReason(error)
        }
        if let name = texts.approved?.name {
            let values = approved.map { String(decoding: $0, as: UTF8.self) }
            content.text = Array("[\(name)] \(values.joined(separator: " · "))".utf8)
        }
        let links = [texts.subject, texts.text, texts.html].compactMap { $0 }.flatMap(\.links).compactMap(\.name)
        let strength = GateStrength(purpose: program.purpose, policy: program.policy)
        // Nobody reads the texts of a simulation; that they can be filled in, and what they cost, is known here.
        func kept(_ bytes: [UInt8]) -> String { responses == nil ? String(decoding: bytes, as: UTF8.self) : "" }
        let message = RehearsedMessage(
            template: send.template.id, channel: channel.id, kind: channel.kind, purpose: program.purpose,
            language: texts.language, subject: kept(content.subject), text: kept(content.text),
            html: kept(content.html), recipient: kept(content.recipient), links: Set(links).sorted(),
            costMicros: stage.prices[channel.id]?.micros(of: content) ?? 0, number: number,
            consent: person.revoked.contains(channel.kind) ? .none : person.consent[channel.kind] ?? .none,
            neededConsent: strength.minimum(for: channel.kind),
            isUnwanted: person.isDoNotContact || person.suppressed[channel.kind] != nil)
        return (message, content)
    }

    // MARK: Campaigns

    /// When a campaign is launched for this person: at once, unless it has a schedule.
    func launchTime(_ campaign: CheckedCampaign) -> Timestamp {
        guard let schedule = campaign.schedule?.schedule else { return now }
        let rules: TimeZoneRules
        switch schedule.clock {
        case .contactZone:
            // As the gate knows it: by country and number too.
            let place = PlaceBook.shared.place(
                timeZone: person.zoneName, country: person.text("country"), number: person.text("phone"))
            rules = place.latestZone(at: now).flatMap { TimeZoneLoader.rules(for: $0) } ?? stage.projectZone
        case .zone(let name): rules = stage.rules(of: name) ?? stage.projectZone
        }
        return schedule.next(after: Timestamp(microseconds: now.microseconds - 1), in: rules)
            ?? Timestamp(microseconds: .max)
    }

    mutating func launch(_ program: Int) {
        guard case .campaign(let campaign) = stage.programs[program].source else { return }
        let audience = campaign.audience
        var isIn = audience.include.isEmpty
        for segment in audience.include where holds(segment) { isIn = true }
        for segment in audience.exclude where holds(segment) { isIn = false }
        let context = runFacts(of: nil).context
        let holdsAll = audience.conditions.allSatisfy { $0.evaluate(in: context).isTrue }
        guard isIn, holdsAll else {
            coverage.leftOut(program)
            let traces = audience.conditions.map { $0.trace(in: context) }
            return note(program, occurrence: 0, node: 0, .leftOut(reason: "not_in_audience", traces))
        }
        begin(program, key: nil, nil)
    }
}
