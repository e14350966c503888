/// What a step is decided from, beside the run's state: the contact, the time, the clocks. The same facts give the same
/// decision, today and in a replay.
package struct RunFacts: Sendable {
    /// The machine fills in what the run knows itself: its beginning, its entry, the event at hand.
    package var context: EvaluationContext
    /// What chance is drawn from: the contact's own id, which outlives any database.
    package var contact: [UInt8]
    package var contactZone: TimeZoneRules
    /// Public holidays where the contact is, as days since 1970-01-01.
    package var holidays: Set<Int64>
    /// What a scenario test has settled; elsewhere nothing.
    package var settled: SettledShares

    package init(
        context: EvaluationContext, contact: [UInt8], contactZone: TimeZoneRules = .utc, holidays: Set<Int64> = [],
        settled: SettledShares = SettledShares()
    ) {
        self.context = context
        self.contact = contact
        self.contactZone = contactZone
        self.holidays = holidays
        self.settled = settled
    }

    package var now: Timestamp { context.now }
}

/// Shares that are not drawn, so that a hash doesn't decide whether a test passes.
package struct SettledShares: Sendable, Hashable {
    package var isHeldOut: Bool?
    /// The arm's name by the split's.
    package var arms: [String: String]

    package init(isHeldOut: Bool? = nil, arms: [String: String] = [:]) {
        self.isHeldOut = isHeldOut
        self.arms = arms
    }
}
