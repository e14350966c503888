/// A sequence or a rule, checked. They differ in how a contact comes in; from there on they are the same.
package struct CheckedJourney: Sendable {
    /// `.sequence` or `.rule`.
    package var kind: DocumentKind
    package var id: String
    package var about: String?
    package var purpose: Purpose
    package var topic: String?
    package var brand: Brand?
    package var lawfulBasis: String?
    /// Nil where neither the program nor the project names one: the built-in strictest applies.
    package var policy: CheckedPolicy?
    package var owner: String?
    package var priority = 0
    package var budget: Allowance?
    /// The share of the budget at which somebody is told, in millionths.
    package var warnAt: Int64?
    /// Where the file says what may be spent.
    package var budgetSpan: SourceSpan?
    package var entry: CheckedEntry
    package var runs: RunMode
    /// One run for each value, where there is one.
    package var key: TypedExpression?
    package var goal: CheckedGoal?
    package var exitWhen: [TypedExpression] = []
    /// In millionths.
    package var holdout: Int64?
    package var steps: [CheckedStep]
    package var whenChanged = ChangeRule.keep
    package var file: FileID
    package var span: SourceSpan
    /// The values of its keys above the steps, by their paths: `priority`, `budget.at_most`.
    package var spans: [String: SourceSpan] = [:]
}

/// What starts a run, for whom, and whether again.
package struct CheckedEntry: Sendable {
    package enum Cause: Sendable {
        case event(String)
        /// A message from the person, by this channel.
        case inbound(channel: String)
        case segment(CheckedSegment, Crossing, includesExisting: Bool)
        case schedule(Schedule)
        /// A call from outside, with the fields of this event.
        case webhook(String)
    }

    package enum Crossing: String, Sendable {
        case enters, leaves
    }

    package var cause: Cause
    package var conditions: [TypedExpression]
    package var again: ReEntry
    package var span: SourceSpan
    /// Where a schedule says when.
    package var timeSpan: SourceSpan?

    /// The event whose fields `entry.` reads.
    package var event: String? {
        switch cause {
        case .event(let name), .webhook(let name): name
        case .inbound, .segment, .schedule: nil
        }
    }
}

/// When a program starts by the clock.
package struct Schedule: Sendable, Hashable {
    package enum Rhythm: Sendable, Hashable {
        case once(LocalMoment)
        case daily(ClockTime)
        case weekly(WeekDays, ClockTime)
        /// A shorter month takes its last day.
        case monthly(day: Int, ClockTime)
        case cron(CronSchedule)
    }

    package var rhythm: Rhythm
    package var clock: Clockwork
    /// The last day, as days since 1970-01-01.
    package var until: Int64?
}

/// What the program is for.
package struct CheckedGoal: Sendable {
    package var event: String
    package var conditions: [TypedExpression]
    /// Microseconds from the beginning of the run.
    package var within: Int64?
    package var endsRun: Bool
    package var span: SourceSpan
}

/// What a new version does with the people inside.
package enum ChangeRule: Sendable, Hashable {
    case keep
    case end
    /// From the names of old steps to new steps; the others are kept or ended.
    case move([String: StepReference], othersEnd: Bool)
}

package struct CheckedRoute: Sendable {
    package var id: String
    package var about: String?
    package var candidates: [String]
    package var skipWhen: [TypedExpression]
    /// Compared in order; true before false, small before large.
    package var rank: [TypedExpression]
    package var tryNext: TryNext?
    package var span: SourceSpan
}

/// When the next channel is tried.
package struct TryNext: Sendable, Hashable {
    package var signal: DeliverySignal
    /// Microseconds.
    package var after: Int64
    package var attempts: Int?
}

package struct OpeningHours: Sendable, Hashable {
    package struct Times: Sendable, Hashable {
        package var days: WeekDays
        package var hours: ClockRange

        package init(days: WeekDays, hours: ClockRange) {
            self.days = days
            self.hours = hours
        }
    }

    package var zone: String
    package var open: [Times]
    package var closedOnHolidays: Bool
    /// Days since 1970-01-01.
    package var closed: [Int64]

    package init(zone: String, open: [Times], closedOnHolidays: Bool, closed: [Int64]) {
        self.zone = zone
        self.open = open
        self.closedOnHolidays = closedOnHolidays
        self.closed = closed
    }
}

/// A call of an outside system. Its base address is configuration.
package struct EndpointCall: Sendable, Hashable {
    package var endpoint: String
    package var secret: String?
    package var method: String
    package var path: String
}
