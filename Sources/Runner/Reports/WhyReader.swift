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

    package init(
        program: CampaignProgram, sources: SourceMap, store: any Store, environment: RunnerEnvironment,
        showsPersonal: Bool
    ) {
        self.program = program
        self.sources = sources
        self.store = store
        self.environment = environment
        self.showsPersonal = showsPersonal
    }

    /// Nil where nobody has that id or address.
    package func why(_ contact: String) throws(StoreError) -> WhyReport? {
        guard let key = try store.openContacts().find(contact) else { return nil }
        let reader = try store.openReader()
        let launch = try reader.latestLaunch(of: program.campaign.id)
        let delivery = try launch.flatMap { launch throws(StoreError) in
            try reader.delivery(of: launch.id, contact: key)
        }
        var query = program.recipients
        query.slots = Array(program.schema.fields.indices)
        query.history = program.campaign.audience.history
        var page = RecipientPage(slotCount: program.schema.fields.count)
        try reader.recipient(key, query, into: &page)
        guard let row = page.rows.first else { return nil }
        return report(on: row, page, launch: launch, delivery: delivery, asked: contact)
    }

    private func report(
        on row: RecipientPage.Row, _ page: RecipientPage, launch: LaunchRecord?, delivery: DeliveryRecord?,
        asked: String
    ) -> WhyReport {
        let now = environment.now()
        let tracer = AudienceTracer(
            audience: program.campaign.audience, sources: sources, schema: program.schema, page: page.facts,
            history: page.histories.first ?? HistoryFacts(), offices: program.offices,
            now: launch?.createdAt ?? now, showsPersonal: showsPersonal)
        let audience = tracer.trace()
        var steps = audience.steps
        var facts = row.gate
        facts.wantedAt = delivery?.createdAt
        if delivery?.state == .deferred { facts.heldFor = delivery?.reason.flatMap(HoldReason.init(rawValue:)) }
        let decision = Gate.decide(facts, rules: program.rules, now: now)
        if audience.isInside || delivery != nil { steps.append(gateStep(decision, facts)) }
        if let delivery { steps.append(deliveryStep(delivery)) }
        if let news = delivery?.news { steps.append(newsStep(news)) }
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
        // People are told about in the words of the question; an id says nothing to who asked by address.
        let spoken = showsPersonal ? asked : name
        return WhyReport(
            program: program.campaign.id, contact: name, asked: spoken, outcome: outcome, reason: reason,
            summary: Self.summary(outcome, reason: reason, contact: spoken, program: program.campaign.id),
            steps: steps, delivery: delivery)
    }

    private func gateStep(_ decision: GateDecision, _ facts: GateFacts) -> WhyReport.Step {
        var values: [(name: String, value: String)] = []
        values.append(
            ("address", facts.hasAddress ? (facts.isAddressWellFormed ? "well-formed" : "malformed") : "none"))
        values.append(("do_not_contact", facts.isDoNotContact ? "yes" : "no"))
        values.append(("suppression", facts.suppression?.code ?? "none"))
        values.append(("allow.\(program.channel.kind)", facts.hasRefusedChannel ? "no" : "not refused"))
        values.append(
            (
                "consent.\(program.channel.kind)",
                facts.consent.name + (facts.isConsentRevoked ? ", revoked" : "")
                    + " (needs \(program.rules.minimumConsent.name))"
            ))
        values.append(("proof", facts.isProofComplete ? "complete" : "missing"))
        values += GateEvidence(facts, rules: program.rules, now: environment.now()).values
        return WhyReport.Step(
            kind: "gate", result: decision.isAllowed ? .passed : (decision.skipReason == nil ? .info : .blocked),
            text: Self.text(of: decision),
            values: values, place: program.campaign.policy.map { place($0.span) })
    }

    private static func text(of decision: GateDecision) -> String {
        switch decision {
        case .allow: "the gate lets it through"
        case .wait(let until, let reason):
            "the gate lets it wait until \(ISOInstant.text(until)): \(reason.explanation) (\(reason.rawValue))"
        case .block(let reason): "the gate says no now: \(reason.explanation) (\(reason.rawValue))"
        }
    }

    private func deliveryStep(_ delivery: DeliveryRecord) -> WhyReport.Step {
        var values: [(name: String, value: String)] = [("attempts", String(delivery.attempts))]
        if let reason = delivery.reason { values.append(("reason", reason)) }
        if let id = delivery.providerID { values.append(("provider_id", id)) }
        return WhyReport.Step(
            kind: "delivery",
            result: delivery.state == .accepted ? .passed : (delivery.state.isOpen ? .info : .blocked),
            text: "the ledger says \(delivery.state.name)", values: values)
    }

    private func newsStep(_ news: DeliveryNews) -> WhyReport.Step {
        var values: [(name: String, value: String)] = []
        let times = [
            ("delivered", news.deliveredAt), ("read", news.readAt), ("clicked", news.clickedAt),
            ("failed", news.failedAt),
        ]
        for (name, time) in times {
            guard let time else { continue }
            values.append((name, ISOInstant.text(time)))
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
