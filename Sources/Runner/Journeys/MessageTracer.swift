package import RuleEngine

/// Tells why a message that a run has ordered waits or was not sent: what the gate says of it, with the values that it
/// says it from, and the smallest change that would have it sent.
package struct MessageTracer {
    package struct Answer: Sendable {
        package var run: UInt32
        package var node: Int
        package var channel: String
        package var text: String
        package var values: [(name: String, value: String)]
        package var wouldSendIf: [Remedy]?
    }

    /// The name of values that are messages which fill a cap.
    package static let counted = "counted"

    private let versions: [LiveVersion]
    private let store: any Store
    private let sends: any JourneyReader
    private let isPast: Bool
    private let now: Timestamp

    /// - Parameter isPast: `now` is a moment that somebody asks about.
    package init(
        versions: [LiveVersion], store: any Store, sends: any JourneyReader, isPast: Bool, now: Timestamp
    ) {
        self.versions = versions
        self.store = store
        self.sends = sends
        self.isPast = isPast
        self.now = now
    }

    package func answers(for report: RunReport) throws(StoreError) -> [Answer] {
        let contact = report.run.key.contact
        var answers: [Answer] = []
        for delivery in report.deliveries where Self.isUnsent(delivery.state) {
            guard let version = versions.first(where: { $0.launch.id == delivery.launch }),
                let plan = version.plan(node: delivery.node, channel: delivery.channel)
            else { continue }
            var page = RecipientPage(slotCount: plan.recipients.schema.fields.count)
            try store.openReader().recipient(contact, plan.recipients, into: &page)
            guard let row = page.rows.first else { continue }
            let sheet = try store.openConsents().sheet(of: contact, schema: plan.recipients.schema)
            let known = KnownThen(
                sheet: sheet, kind: plan.channel.kind, purpose: version.journey.purpose, topic: version.journey.topic)
            var facts = row.gate
            if isPast { facts = known.corrected(facts, at: now) }
            facts.wantedAt = delivery.createdAt
            facts.heldFor = delivery.reason.flatMap(HoldReason.init(rawValue:))
            let decision = Gate.decide(facts, rules: plan.rules, now: now)
            var answer = Answer(
                run: report.run.key.occurrence, node: delivery.node, channel: delivery.channel,
                text: Self.text(of: decision, ProjectClock(version.zone)),
                values: GateEvidence(facts, rules: plan.rules, now: now).values,
                wouldSendIf: nil)
            answer.values += known.values(at: now)
            answer.values += try counted(decision, plan.rules, of: contact, ProjectClock(version.zone))
            (facts.heldFor, facts.wantedAt) = (nil, nil)
            var remedies = Gate.remedies(facts, rules: plan.rules, kind: plan.channel.kind, now: now)
            if MessageRenderer(plan: plan, startedAt: now).language(of: row, pool: page.facts.pool) == nil {
                remedies?.append(.language(plan.messages.keys.sorted()))
            }
            if delivery.reason == SkipReason.budget.rawValue {
                remedies?.append(
                    .budget(moreMicros: MessagePrice(plan.channel).leastMicros, currency: version.launch.currency))
            }
            answer.wouldSendIf = remedies
            answers.append(answer)
        }
        return answers
    }

    /// The messages that fill a cap, newest first.
    private func counted(
        _ decision: GateDecision, _ rules: GateRules, of contact: ContactKey, _ clock: ProjectClock
    ) throws(StoreError) -> [(name: String, value: String)] {
        let isCapped =
            [.capLegal, .capTenant].contains(decision.holdReason)
            || [.capLegal, .capTenant].contains(decision.skipReason)
        guard isCapped, let period = rules.caps.map(\.period).max() else { return [] }
        return try sends.sends(to: contact, since: now.advanced(by: -period)).filter { $0.at <= now }.map { send in
            (Self.counted, "`\(send.program)` by `\(send.channel)` at \(clock.text(send.at))")
        }
    }

    private static func isUnsent(_ state: DeliveryState) -> Bool {
        switch state {
        case .planned, .deferred, .skipped, .expired: true
        case .sending, .retryWait, .uncertain, .accepted, .rejected, .failed, .cancelled, .unknownFinal: false
        }
    }

    private static func text(of decision: GateDecision, _ clock: ProjectClock) -> String {
        switch decision {
        case .allow: "the gate lets it through"
        case .wait(let until, let reason):
            "the gate lets it wait until \(clock.text(until)): \(reason.explanation) (\(reason.rawValue))"
        case .block(let reason): "the gate says no: \(reason.explanation) (\(reason.rawValue))"
        }
    }
}

/// A message that a person got, or may have got.
package struct SentMessage: Sendable {
    package var program: String
    package var channel: String
    package var at: Timestamp

    package init(program: String, channel: String, at: Timestamp) {
        self.program = program
        self.channel = channel
        self.at = at
    }
}

extension RunReport {
    /// As it stood at a moment; nil where it had not begun.
    package func known(at time: Timestamp) -> RunReport? {
        guard run.startedAt <= time else { return nil }
        var report = self
        report.lines.removeAll { $0.at > time }
        report.isPast = true
        if let ended = run.endedAt, ended > time { report.run.endedAt = nil }
        report.deliveries = deliveries.compactMap { delivery in
            guard delivery.createdAt <= time else { return nil }
            guard delivery.updatedAt > time else { return delivery }
            var known = delivery
            known.news = nil
            if let accepted = delivery.acceptedAt, accepted <= time {
                known.state = .accepted
            } else {
                (known.state, known.reason, known.acceptedAt, known.notBefore) = (.planned, nil, nil, nil)
            }
            return known
        }
        // A call's own times are not kept; the run's decisions are.
        let answered = Set(report.lines.filter { $0.decision == "answered" }.map(\.node))
        let called = Set(report.lines.filter { $0.decision == "called" }.map(\.node))
        report.calls = calls.compactMap { call in
            guard called.contains(call.node) else { return nil }
            var known = call
            if !answered.contains(call.node) { (known.state, known.answer) = (.underWay, nil) }
            return known
        }
        return report
    }
}
