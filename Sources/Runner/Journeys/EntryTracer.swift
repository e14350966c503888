package import RuleEngine

/// Tells why somebody is not in a program: what happened that could have begun a run, and what the entry said to it.
package struct EntryTracer {
    package struct Answer: Sendable {
        /// What happened, and when.
        package var cause: String
        package var at: Timestamp?
        package var reason: String
        package var conditions: [ConditionTrace]
        package var wouldBegin: Bool
        /// When it would be taken again, where time alone speaks against it.
        package var until: Timestamp?
        /// The fewest parts of the conditions that would have to come out otherwise.
        package var flips: [FlippedPart] = []
    }

    /// How far back causes are looked for, and how many are told of.
    private static let window: Int64 = 365 * 86_400_000_000
    private static let most = 5

    private let version: LiveVersion
    private let store: any JourneyStore
    private let zones: ZoneTable
    private let now: Timestamp

    package init(version: LiveVersion, store: any JourneyStore, zones: ZoneTable, now: Timestamp) {
        self.version = version
        self.store = store
        self.zones = zones
        self.now = now
    }

    /// Newest last. What has begun one of the runs is left out.
    ///
    /// - Parameter runs: what is known of the person's runs.
    package func answers(for contact: ContactKey, beside runs: [StoredRun] = []) throws(StoreError) -> [Answer] {
        let answers = try all(for: contact, beside: runs)
        return runs.isEmpty ? answers : answers.filter { $0.at != nil && !$0.wouldBegin }
    }

    private func all(for contact: ContactKey, beside runs: [StoredRun]) throws(StoreError) -> [Answer] {
        try store.transaction { () throws(StoreError) in
            guard let person = try facts(of: contact) else {
                return [
                    Answer(
                        cause: "the person was erased", at: nil, reason: "erased", conditions: [], wouldBegin: false)
                ]
            }
            switch version.journey.entry.cause {
            case .event(let name):
                let since = now.advanced(by: -Self.window)
                let begun = Set(runs.compactMap(\.state.entryEvent))
                let events = try store.events(of: contact, named: [name], since: since).filter {
                    $0.at <= now && !($0.id.map(begun.contains) ?? false)
                }.suffix(Self.most)
                guard !events.isEmpty else {
                    return [
                        Answer(
                            cause: "no `\(name)`", at: nil, reason: "not_triggered", conditions: [], wouldBegin: false)
                    ]
                }
                return events.map { answer(.event($0), "`\(name)`", at: $0.at, person, runs) }
            case .segment(let segment, let crossing, _):
                return [answer(.segment(segment.id, crossing), "segment `\(segment.id)`", at: nil, person, runs)]
            case .schedule: return [answer(.tick, "the clock", at: nil, person, runs)]
            case .webhook(let name):
                return [
                    Answer(
                        cause: "no call of `\(name)`", at: nil, reason: "not_triggered", conditions: [],
                        wouldBegin: false)
                ]
            case .inbound(let channel):
                return [
                    Answer(
                        cause: "no message by `\(channel)`", at: nil, reason: "not_triggered", conditions: [],
                        wouldBegin: false)
                ]
            }
        }
    }

    private func facts(of contact: ContactKey) throws(StoreError) -> RunFacts? {
        guard let person = try store.facts(of: contact, schema: version.project.schema, slots: version.slots) else {
            return nil
        }
        let history = try store.history(of: contact, version.history, now: now)
        return RunFacts(
            context: EvaluationContext(
                page: person.page, row: 0, now: now, sender: version.sender, history: history,
                offices: version.offices),
            contact: person.externalID, contactZone: person.timeZone.flatMap(zones.rules(of:)) ?? version.zone,
            holidays: zones.holidays(in: person.country, around: now))
    }

    private func answer(
        _ cause: EntryRule.Cause, _ name: String, at: Timestamp?, _ facts: RunFacts, _ runs: [StoredRun]
    ) -> Answer {
        let known = runs.filter { at == nil || $0.startedAt <= at ?? now }.map { run in
            EntryRule.KnownRun(
                key: run.value, occurrence: run.key.occurrence,
                ending: run.endedAt == nil ? nil : run.state.ending ?? .cancelled, endedAt: run.endedAt)
        }
        var answer = Answer(cause: name, at: at, reason: "", conditions: [], wouldBegin: false)
        switch version.entry.decide(cause, runs: known, facts: facts) {
        case .begin, .queue:
            answer.reason = "would_begin"
            answer.wouldBegin = true
        case .leaveOut(.conditions(let traces)):
            answer.reason = "condition"
            answer.conditions = traces
            var context = facts.context
            context.journey.event = cause.fields
            answer.flips = version.journey.entry.conditions.flatMap { $0.smallestFlip(to: true, in: context) }
        case .leaveOut(.noKey): answer.reason = "no_key"
        case .leaveOut(.neverAgain): answer.reason = "never_again"
        case .leaveOut(.goesOn): answer.reason = "goes_on"
        case .leaveOut(.wasThereBefore): answer.reason = "was_there_before"
        case .leaveOut(.tooSoon(let until)):
            answer.reason = "too_soon"
            answer.until = until
        case .leaveOut(.otherCause): answer.reason = "not_triggered"
        }
        return answer
    }
}
