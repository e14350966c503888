package import RuleEngine

/// Tells what happened to one person in one campaign, and why: from the ledger where there is a row, from the same
/// conditions and the same gate where there is none.
package struct WhyReader {
    private let program: CampaignProgram
    private let sources: SourceMap
    private let store: any Store
    private let environment: RunnerEnvironment
    /// Whether values of personal fields are told.
    private let showsPersonal: Bool
    private let instant: (Timestamp) -> String

    /// - Parameter clock: tells times as people of the project read them; nil: as machines do.
    package init(
        program: CampaignProgram, sources: SourceMap, store: any Store, environment: RunnerEnvironment,
        showsPersonal: Bool, clock: ProjectClock? = nil
    ) {
        self.program = program
        self.sources = sources
        self.store = store
        self.environment = environment
        self.showsPersonal = showsPersonal
        if let clock { instant = { clock.text($0) } } else { instant = ISOInstant.text }
    }

    /// Nil where nobody has that id or address.
    ///
    /// - Parameter time: tells what was known then; nil for now.
    package func why(_ contact: String, at time: Timestamp? = nil) throws(StoreError) -> WhyReport? {
        guard let key = try store.openContacts().find(contact) else { return nil }
        let reader = try store.openReader()
        let now = time ?? environment.now()
        let own = try reader.launches().filter { $0.program == program.campaign.id && $0.createdAt <= now }
        let launch = own.last { $0.state != .scheduled } ?? own.last
        let tries = try launch.map { launch throws(StoreError) in
            let rows = try reader.deliveries(of: launch.id, contact: key)
            return time == nil ? rows : rows.compactMap { $0.known(at: now) }
        }
        var query = program.recipients
        query.slots = Array(program.schema.fields.indices)
        query.history = program.campaign.audience.history
        var page = RecipientPage(slotCount: program.schema.fields.count)
        try reader.recipient(key, query, into: &page)
        guard let row = page.rows.first else { return nil }
        // How the other channels see the same person.
        var others: [GateFacts] = []
        for lane in (0..<program.viaCount).dropFirst() {
            var lanePage = RecipientPage(slotCount: program.schema.fields.count)
            try reader.recipient(key, program.steps[0].messages[lane].recipients, into: &lanePage)
            others.append(lanePage.rows.first?.gate ?? GateFacts())
        }
        var lanes = [row.gate] + others
        let sheet = try store.openConsents().sheet(of: key, schema: program.schema)
        let known = program.lanes.map {
            KnownThen(
                sheet: sheet, kind: $0.kind, purpose: program.campaign.purpose, topic: program.campaign.topic)
        }
        if time != nil {
            for lane in lanes.indices { lanes[lane] = known[lane].corrected(lanes[lane], at: now) }
            for index in page.histories.indices { page.histories[index].forget(after: now) }
        }
        var report = report(
            on: row, page, lanes: lanes, known: known, launch: launch, tries: tries ?? [], asked: contact, now: now)
        if let time {
            report.steps += then(time, sheet, known)
        } else if let rest = launch?.rest {
            report.steps.insert(WhyReport.Step(kind: "launch", result: .blocked, text: rest), at: 0)
        }
        return report
    }

    /// What can't be seen any more as it was.
    private func then(_ time: Timestamp, _ sheet: ContactSheet, _ known: [KnownThen]) -> [WhyReport.Step] {
        var steps: [WhyReport.Step] = []
        for known in known {
            guard let lifted = known.liftedSince(time) else { continue }
            steps.append(
                WhyReport.Step(
                    kind: "history", result: .blocked,
                    text: "an entry of the suppression list of \(known.kind) stood then, and was lifted since",
                    values: [("since", instant(lifted.from)), ("until", instant(lifted.until))]
                        + (lifted.reason.map { [("because", $0)] } ?? [])))
        }
        if sheet.updatedAt > time {
            steps.append(
                WhyReport.Step(
                    kind: "history", result: .info,
                    text:
                        "fields of the person are those of \(instant(sheet.updatedAt)): earlier values are not kept"
                ))
        }
        return steps
    }

    private func report(
        on row: RecipientPage.Row, _ page: RecipientPage, lanes: [GateFacts], known: [KnownThen],
        launch: LaunchRecord?, tries: [DeliveryRecord], asked: String, now: Timestamp
    ) -> WhyReport {
        let delivery = tries.last { !$0.isSuperseded } ?? tries.last
        let tracer = AudienceTracer(
            audience: program.campaign.audience, sources: sources, schema: program.schema, page: page.facts,
            history: page.histories.first ?? HistoryFacts(), offices: program.offices,
            now: launch?.begunAt ?? now, showsPersonal: showsPersonal)
        let audience = tracer.trace()
        var steps = audience.steps
        let lanes = lanes.map { facts in
            var facts = facts
            facts.wantedAt = delivery?.createdAt
            if delivery?.state == .deferred { facts.heldFor = delivery?.reason.flatMap(HoldReason.init(rawValue:)) }
            return facts
        }
        let decisions = lanes.enumerated().map { lane, facts in
            Gate.decide(facts, rules: program.steps[0].messages[lane].rules, now: now)
        }
        // The first channel that takes it, now or later.
        let decision = decisions.first { $0.skipReason == nil } ?? decisions[0]
        if audience.isInside || delivery != nil {
            let tracer = CampaignTracer(program: program, launch: launch, now: now, place: place, instant: instant)
            steps += tracer.steps(
                contact: row.externalID.bytes(pool: page.facts.pool),
                zone: row.gate.place?.latestZone(at: launch?.phase.tick ?? now))
            for (lane, facts) in lanes.enumerated() {
                var step = gateStep(decisions[lane], facts, lane: lane, now: now)
                step.values += known[lane].values(at: now, instant)
                steps.append(step)
            }
        }
        for delivery in tries {
            steps.append(deliveryStep(delivery, isOnly: tries.count == 1 && program.viaCount == 1))
            if let news = delivery.news { steps.append(newsStep(news)) }
        }
        let name = row.externalID.string(pool: page.facts.pool)
        let outcome: String
        let reason: String?
        if let delivery {
            outcome = delivery.state.name
            reason = delivery.reason
        } else if !audience.isInside {
            outcome = "not_in_audience"
            reason = nil
        } else if launch?.isPlanned == true {
            outcome = "not_in_launch"
            reason = nil
        } else {
            switch decision {
            case .allow: outcome = "would_send"
            case .wait: outcome = "would_wait"
            case .block: outcome = "would_skip"
            }
            reason = decision.holdReason?.rawValue ?? decision.skipReason?.rawValue
        }
        let isHeldOutNow =
            delivery == nil && outcome == "would_send"
            && program.pace.isHeldOut(row.externalID.bytes(pool: page.facts.pool))
        // People are told about in the words of the question; an id says nothing to who asked by address.
        let spoken = showsPersonal ? asked : name
        var report = WhyReport(
            program: program.campaign.id, contact: name, asked: spoken,
            outcome: isHeldOutNow ? "would_skip" : outcome,
            reason: isHeldOutNow ? SkipReason.holdout.rawValue : reason,
            summary: Self.summary(
                isHeldOutNow ? "would_skip" : outcome, reason: isHeldOutNow ? SkipReason.holdout.rawValue : reason,
                contact: spoken, program: program.campaign.id),
            steps: steps, delivery: delivery)
        if Self.isUnsent.contains(report.outcome) {
            let change = SmallestChange(program: program, now: now, place: place)
            report.wouldSendIf = change.remedies(
                row, page, facts: lanes,
                audience: EvaluationContext(
                    page: page.facts, row: 0, now: launch?.begunAt ?? now,
                    history: page.histories.first ?? HistoryFacts(), offices: program.offices),
                delivery: delivery)
        }
        return report
    }

    /// Outcomes of which somebody may want to know what would change them.
    private static let isUnsent: Set<String> = [
        "skipped", "would_skip", "would_wait", "deferred", "expired", "not_in_audience",
    ]

    private func gateStep(
        _ decision: GateDecision, _ facts: GateFacts, lane: Int, now: Timestamp
    ) -> WhyReport.Step {
        let kind = program.lanes[lane].kind
        let minimum = program.steps[0].messages[lane].rules.minimumConsent.name
        var values: [(name: String, value: String)] = []
        values.append(
            ("address", facts.hasAddress ? (facts.isAddressWellFormed ? "well-formed" : "malformed") : "none"))
        values.append(("do_not_contact", facts.isDoNotContact ? "yes" : "no"))
        values.append(("suppression", facts.suppression?.code ?? "none"))
        values.append(("allow.\(kind)", facts.hasRefusedChannel ? "no" : "not refused"))
        values.append(
            (
                "consent.\(kind)",
                facts.consent.name + (facts.isConsentRevoked ? ", revoked" : "")
                    + " (needs \(minimum))"
            ))
        values.append(("proof", facts.isProofComplete ? "complete" : "missing"))
        values += GateEvidence(facts, rules: program.steps[0].messages[lane].rules, now: now, instant: instant).values
        return WhyReport.Step(
            kind: "gate", result: decision.isAllowed ? .passed : (decision.skipReason == nil ? .info : .blocked),
            text: (program.viaCount > 1 ? "by `\(program.lanes[lane].id)` " : "") + text(of: decision),
            values: values, place: program.campaign.policy.map { place($0.span) })
    }

    private func text(of decision: GateDecision) -> String {
        switch decision {
        case .allow: "the gate lets it through"
        case .wait(let until, let reason):
            "the gate lets it wait until \(instant(until)): \(reason.explanation) (\(reason.rawValue))"
        case .block(let reason): "the gate says no now: \(reason.explanation) (\(reason.rawValue))"
        }
    }

    private func deliveryStep(_ delivery: DeliveryRecord, isOnly: Bool) -> WhyReport.Step {
        var values: [(name: String, value: String)] = [("attempts", String(delivery.attempts))]
        if !isOnly, delivery.attempts > 0 { values.append(("channel", delivery.channelID)) }
        if let until = delivery.notBefore {
            values.append((delivery.state.isOpen ? "until" : "next channel at", instant(until)))
        }
        if let reason = delivery.reason { values.append(("reason", reason)) }
        if let id = delivery.providerID { values.append(("provider_id", id)) }
        return WhyReport.Step(
            kind: "delivery",
            result: delivery.state == .accepted ? .passed : (delivery.state.isOpen ? .info : .blocked),
            text: "the ledger says \(delivery.state.name)"
                + (delivery.isSuperseded ? ", and another channel was tried" : ""), values: values)
    }

    private func newsStep(_ news: DeliveryNews) -> WhyReport.Step {
        var values: [(name: String, value: String)] = []
        let times = [
            ("delivered", news.deliveredAt), ("read", news.readAt), ("clicked", news.clickedAt),
            ("failed", news.failedAt),
        ]
        for (name, time) in times {
            guard let time else { continue }
            values.append((name, instant(time)))
        }
        if let code = news.code { values.append(("code", code)) }
        let isFailure = news.failedAt != nil && news.deliveredAt == nil && news.readAt == nil
        return WhyReport.Step(
            kind: "provider", result: isFailure ? .blocked : .passed,
            text: "the provider tells: \(news.words.joined(separator: ", "))", values: values)
    }

    private func place(_ span: SourceSpan) -> String {
        let position = sources.start(of: span)
        return "\(sources.path(of: span)):\(position.line):\(position.column)"
    }

    private static func summary(_ outcome: String, reason: String?, contact: String, program: String) -> String {
        let why = reason.map { code in
            SkipReason(rawValue: code)?.explanation ?? HoldReason(rawValue: code)?.explanation ?? code
        }
        switch outcome {
        case "accepted": return "\(contact) was sent `\(program)`; the provider accepted it."
        case "skipped": return "\(contact) was not sent `\(program)`: \(why ?? "no reason was recorded")."
        case "rejected": return "the provider refused `\(program)` for \(contact): \(why ?? "no reason was given")."
        case "failed": return "`\(program)` could not be sent to \(contact): \(why ?? "no reason was given")."
        case "uncertain", "unknown_final":
            return "nobody knows whether `\(program)` reached \(contact): \(why ?? "there was no answer")."
        case "sending": return "`\(program)` is on its way to \(contact)."
        case "deferred": return "`\(program)` is held for \(contact): \(why ?? "it waits for its time")."
        case "planned": return "\(contact) is in the launch of `\(program)` and waits for its turn."
        case "retry_wait":
            return "`\(program)` will be tried again for \(contact): \(why ?? "the provider asked to wait")."
        case "cancelled": return "the launch of `\(program)` was cancelled before it reached \(contact)."
        case "expired": return "`\(program)` was too late for \(contact)."
        case "not_in_audience": return "\(contact) is not in the audience of `\(program)`."
        case "not_in_launch":
            return "\(contact) is in the audience of `\(program)` now, but was not when the launch began."
        case "would_send": return "\(contact) would be sent `\(program)`; it has not run yet."
        case "would_wait": return "\(contact) would be sent `\(program)` later: \(why ?? "")."
        case "would_skip": return "\(contact) would not be sent `\(program)`: \(why ?? "")."
        default: return "\(contact): \(outcome)."
        }
    }
}
