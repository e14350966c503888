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

    /// Newest last.
    package func answers(for contact: ContactKey) throws(StoreError) -> [Answer] {
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
                let events = try store.events(of: contact, named: [name], since: since).suffix(Self.most)
                guard !events.isEmpty else {
                    return [
                        Answer(
                            cause: "no `\(name)`", at: nil, reason: "not_triggered", conditions: [], wouldBegin: false)
                    ]
                }
                return events.map { answer(.event($0), "`\(name)`", at: $0.at, person) }
            case .segment(let segment, let crossing, _):
                return [answer(.segment(segment.id, crossing), "segment `\(segment.id)`", at: nil, person)]
            case .schedule: return [answer(.tick, "the clock", at: nil, person)]
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

    private func answer(_ cause: EntryRule.Cause, _ name: String, at: Timestamp?, _ facts: RunFacts) -> Answer {
        switch version.entry.decide(cause, runs: [], facts: facts) {
        case .begin, .queue:
            Answer(cause: name, at: at, reason: "would_begin", conditions: [], wouldBegin: true)
        case .leaveOut(.conditions(let traces)):
            Answer(cause: name, at: at, reason: "condition", conditions: traces, wouldBegin: false)
        case .leaveOut(.noKey): Answer(cause: name, at: at, reason: "no_key", conditions: [], wouldBegin: false)
        case .leaveOut: Answer(cause: name, at: at, reason: "not_triggered", conditions: [], wouldBegin: false)
        }
    }
}
