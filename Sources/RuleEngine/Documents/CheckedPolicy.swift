package struct CheckedPolicy: Sendable {
    package var id: String
    package var purpose: Purpose
    package var packs: [String]
    /// The minimum by channel kind, never below what the packs ask.
    package var consent: [String: ConsentLevel]
    package var onUncertain: UncertainPolicy
    package var quietHours: [QuietHours] = []
    /// There where quiet hours are.
    package var afterQuietHours: AfterQuietHours?
    package var caps: [FrequencyCap] = []
    package var whenCapped: CappedAction?
    /// Microseconds.
    package var planAhead: Int64?
    package var picksByPriority = false
    package var approval: ApprovalRule?
    package var span: SourceSpan
    /// Its keys, for messages that point at one.
    package var keys: [String: SourceSpan] = [:]

    package init(
        id: String,
        purpose: Purpose,
        packs: [String],
        consent: [String: ConsentLevel],
        onUncertain: UncertainPolicy,
        span: SourceSpan
    ) {
        self.id = id
        self.purpose = purpose
        self.packs = packs
        self.consent = consent
        self.onUncertain = onUncertain
        self.span = span
    }
}

/// When nothing is sent; what is due then is held.
package struct QuietHours: Sendable, Hashable {
    package var hours: ClockRange
    /// Nil: every day.
    package var days: WeekDays?
    package var clock: Clockwork

    package init(hours: ClockRange, days: WeekDays?, clock: Clockwork) {
        self.hours = hours
        self.days = days
        self.clock = clock
    }
}

/// What becomes of what quiet hours held. Durations in microseconds.
package struct AfterQuietHours: Sendable, Hashable {
    package var spread: Int64?
    package var checksAgain: Bool
    package var dropAfter: Int64

    package init(spread: Int64?, checksAgain: Bool, dropAfter: Int64) {
        self.spread = spread
        self.checksAgain = checksAgain
        self.dropAfter = dropAfter
    }
}

/// How many messages a person gets at most in a period.
package struct FrequencyCap: Sendable, Hashable {
    package var count: Int
    /// Microseconds.
    package var period: Int64
    /// Nil: messages of any kind count.
    package var kinds: [String]?

    package init(count: Int, period: Int64, kinds: [String]?) {
        self.count = count
        self.period = period
        self.kinds = kinds
    }
}

package struct ApprovalRule: Sendable, Hashable {
    package var neededOver: Int
    /// The permission of whoever agrees.
    package var by: String
}

/// What becomes of a message above a cap.
package enum CappedAction: String, Sendable, CaseIterable {
    case wait, skip

    static let words = allCases.map(\.rawValue)
}

/// Whose clock counts for a contact whose zone nobody knows.
package enum UnknownZone: String, Sendable, CaseIterable {
    /// Every zone that the contact may be in.
    case strictest
    case project

    static let words = allCases.map(\.rawValue)
}

/// Who reads what people answer.
package enum ReplyTarget: String, Sendable, CaseIterable {
    case inbox, nobody

    static let words = allCases.map(\.rawValue)
}

/// How a new sender grows from day to day.
package struct WarmUp: Sendable, Hashable {
    package var start: SendRate
    /// In millionths.
    package var growth: Int64
    package var until: SendRate
}
