/// Whether what happened begins a run of a program, for one contact: the entry's cause and conditions, `again` and
/// `runs`, as a pure function of the contact's earlier runs.
package struct EntryRule: Sendable {
    package enum Cause: Sendable, Hashable {
        case event(RunEvent)
        case inbound(channel: String, conversationID: [UInt8])
        case webhook(RunEvent)
        case segment(String, CheckedEntry.Crossing)
        /// The contact was in the segment before the program was there.
        case existing(segment: String)
        case tick
        /// Another program starts this one, with the fields of its entry.
        case started([String: Value])
    }

    /// A run of this contact in this program.
    package struct KnownRun: Sendable, Hashable {
        package var key: Value?
        package var occurrence: UInt32
        /// Nil while it goes on.
        package var ending: RunState.Ending?
        package var endedAt: Timestamp?

        package init(
            key: Value? = nil, occurrence: UInt32, ending: RunState.Ending? = nil, endedAt: Timestamp? = nil
        ) {
            self.key = key
            self.occurrence = occurrence
            self.ending = ending
            self.endedAt = endedAt
        }
    }

    package enum Decision: Sendable {
        /// Begin a run with this key; end the runs of these occurrences first.
        case begin(key: Value?, replacing: [UInt32])
        /// Ask again, as for a new cause, when this run has ended.
        case queue(key: Value?, behind: UInt32)
        case leaveOut(Reason)
    }

    package enum Reason: Sendable {
        /// The program begins with something else.
        case otherCause
        /// `existing: leave_out`.
        case wasThereBefore
        case conditions([ConditionTrace])
        /// The value that tells runs apart is missing.
        case noKey
        /// `again: never`, and this run was there.
        case neverAgain(UInt32)
        case tooSoon(until: Timestamp)
        /// `runs: one`, and this run goes on.
        case goesOn(UInt32)
    }

    private let entry: CheckedEntry
    private let conditions: RunCondition
    /// Those of them that what the cause carries decides alone.
    private let ownConditions: [TypedExpression]
    private let mode: RunMode
    private let key: TypedExpression?

    package init(_ journey: CheckedJourney) {
        entry = journey.entry
        conditions = RunCondition(journey.entry.conditions)
        ownConditions = journey.entry.conditions.filter { $0.root.readsOnlyCause }
        mode = journey.runs
        key = journey.key
    }

    /// False where what the cause carries is enough to say that nothing begins. Most rules of an event are for others of
    /// its kind, and saying so must not cost a look at the contact.
    package func concerns(_ cause: Cause) -> Bool {
        guard !ownConditions.isEmpty, !cause.isStep else { return true }
        var context = EvaluationContext(page: FactPage(slotCount: 0), row: 0, now: Timestamp(microseconds: 0))
        context.journey.event = cause.fields
        return ownConditions.allSatisfy { $0.evaluate(in: context).isTrue }
    }

    /// - Parameters:
    ///   - runs: all of this contact's in this program, in any order.
    ///   - isTold: whether anybody reads which condition did not hold.
    package func decide(_ cause: Cause, runs: [KnownRun], facts: RunFacts, isTold: Bool = true) -> Decision {
        if let reason = refusal(of: cause) { return .leaveOut(reason) }
        var context = facts.context
        context.journey.event = cause.fields
        if case .inbound(_, let conversationID) = cause { context.journey.conversationID = conversationID }
        // Whoever starts a program by a step has decided that it begins.
        if !cause.isStep, !conditions.holds(in: context) {
            return .leaveOut(.conditions(isTold ? conditions.traces(in: context) : []))
        }
        let value = key.map { $0.evaluate(in: context) }
        if let value, value.isMissing { return .leaveOut(.noKey) }
        // Each value of the key is a thing of its own: another cart is not the same cart again.
        let own = runs.filter { $0.key == value }
        if let reason = refusal(behind: own, now: facts.now) { return .leaveOut(reason) }
        return decide(key: value, beside: own.filter { $0.ending == nil }.map(\.occurrence).sorted())
    }

    private func refusal(of cause: Cause) -> Reason? {
        switch (cause, entry.cause) {
        case (.event(let event), .event(let name)), (.webhook(let event), .webhook(let name)):
            event.name == name ? nil : .otherCause
        case (.inbound(let channel, _), .inbound(let wanted)): channel == wanted ? nil : .otherCause
        case (.segment(let id, let crossing), .segment(let segment, let wanted, _)):
            id == segment.id && crossing == wanted ? nil : .otherCause
        case (.existing(let id), .segment(let segment, _, let includesExisting)):
            id == segment.id ? (includesExisting ? nil : .wasThereBefore) : .otherCause
        case (.tick, .schedule), (.started, _): nil
        case (.event, _), (.webhook, _), (.inbound, _), (.segment, _), (.existing, _), (.tick, _): .otherCause
        }
    }

    /// `again` speaks of runs that are over; those that go on are the mode's matter. A run that was replaced was not a
    /// whole one, so its successor is no second time.
    private func refusal(behind runs: [KnownRun], now: Timestamp) -> Reason? {
        let over = runs.filter { $0.ending != nil && $0.ending != .replaced }
        guard let last = over.max(by: { ($0.endedAt ?? now) < ($1.endedAt ?? now) }) else { return nil }
        switch entry.again {
        case .always: return nil
        case .never: return .neverAgain(last.occurrence)
        case .after(let pause):
            let free = (last.endedAt ?? now).advanced(by: pause)
            return free > now ? .tooSoon(until: free) : nil
        }
    }

    private func decide(key: Value?, beside open: [UInt32]) -> Decision {
        guard let newest = open.last else { return .begin(key: key, replacing: []) }
        switch mode {
        case .one: return .leaveOut(.goesOn(newest))
        case .restart: return .begin(key: key, replacing: open)
        case .queue: return .queue(key: key, behind: newest)
        case .many: return .begin(key: key, replacing: [])
        }
    }
}

extension EntryRule.Cause {
    /// What `event.` reads in the entry's conditions, and `entry.` in the run.
    package var fields: [String: Value] {
        switch self {
        case .event(let event), .webhook(let event): event.fields
        case .started(let fields): fields
        case .inbound, .segment, .existing, .tick: [:]
        }
    }

    fileprivate var isStep: Bool {
        if case .started = self { true } else { false }
    }
}

extension TypedNode {
    fileprivate var readsOnlyCause: Bool {
        switch kind {
        case .constant, .local, .fact(.field(.event, _)): true
        case .field, .now, .runStartedAt, .sender, .unsubscribeLink, .preferencesLink, .browserLink, .fact: false
        default: operands.allSatisfy(\.readsOnlyCause)
        }
    }
}
