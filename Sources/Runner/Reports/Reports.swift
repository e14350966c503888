package import RuleEngine

/// Who would get a program now, why others would not, and what it would cost.
package struct PlanReport: Sendable {
    package struct Sample: Sendable {
        package var contact: String
        package var address: String
        package var language: String
        package var subject: String
        /// The plain text as it would be sent.
        package var text: String

        package init(contact: String, address: String, language: String, subject: String, text: String) {
            self.contact = contact
            self.address = address
            self.language = language
            self.subject = subject
            self.text = text
        }
    }

    package struct Guard: Sendable {
        /// `expect` or `budget`.
        package var name: String
        package var message: String
        package var isHeld: Bool

        package init(name: String, message: String, isHeld: Bool) {
            self.name = name
            self.message = message
            self.isHeld = isHeld
        }
    }

    package var id: String
    package var version: String
    package var channel: String
    /// Contacts in the store, whether in the audience or not.
    package var contacts: Int
    /// audience = wouldSend + the sum of skipped.
    package var audience: Int
    package var wouldSend: Int
    package var skipped: [String: Int]
    /// Of those who would get it, who would have to wait first, by the gate's reason.
    package var held: [String: Int]
    /// Language → how many would get it in that language.
    package var languages: [String: Int]
    package var leastCost: Money
    package var mostCost: Money
    package var samples: [Sample]
    package var guards: [Guard]
    /// Channel → how many would get it that way, where there are several.
    package var channels: [String: Int] = [:]

    package init(
        id: String, version: String, channel: String, contacts: Int, audience: Int, wouldSend: Int,
        skipped: [String: Int], languages: [String: Int], leastCost: Money, mostCost: Money, samples: [Sample],
        guards: [Guard], held: [String: Int] = [:]
    ) {
        self.held = held
        self.id = id
        self.version = version
        self.channel = channel
        self.contacts = contacts
        self.audience = audience
        self.wouldSend = wouldSend
        self.skipped = skipped
        self.languages = languages
        self.leastCost = leastCost
        self.mostCost = mostCost
        self.samples = samples
        self.guards = guards
    }
}

/// Where a launch stands. The counts add up: audience = accepted + skipped + rejected + failed + cancelled + expired
/// + unknownFinal + open.
package struct StatusReport: Sendable {
    package var id: String
    package var launch: LaunchID
    package var version: String
    package var channel: String
    /// `scheduled planning running paused finished cancelled killed`, or `interrupted` where a launch is running and no runner is.
    package var state: String
    package var counts: LaunchCounts
    package var cost: Money
    package var createdAt: Timestamp
    package var finishedAt: Timestamp?
    package var nextRetry: Timestamp?
    /// Filled in by `--verify`; nil where it was not asked for.
    package var violations: [String]?
    /// What providers told about the accepted messages since.
    package var news: NewsCounts
    /// Why it is paused, or who ended it.
    package var note: String?
    package var phase = LaunchPhase()
    /// Of a recurring campaign: when the next launch starts.
    package var nextStart: Timestamp?
    /// The experiment, as it was decided.
    package var verdict: ExperimentVerdict?
    package var decidedAt: Timestamp?
    /// Who reached the goal; nil where the program has none, or nobody asked.
    package var goals: GoalCounts?

    package init(
        id: String, launch: LaunchID, version: String, channel: String, state: String, counts: LaunchCounts,
        cost: Money,
        createdAt: Timestamp, finishedAt: Timestamp?, nextRetry: Timestamp?, violations: [String]? = nil,
        news: NewsCounts = NewsCounts()
    ) {
        self.id = id
        self.launch = launch
        self.version = version
        self.channel = channel
        self.state = state
        self.counts = counts
        self.cost = cost
        self.createdAt = createdAt
        self.finishedAt = finishedAt
        self.nextRetry = nextRetry
        self.violations = violations
        self.news = news
    }
}

/// What happened to one person in one program, and why; or what would happen now.
package struct WhyReport: Sendable {
    package struct Step: Sendable {
        package enum Result: String, Sendable {
            case passed, blocked, info
        }

        /// `launch`, `audience`, `condition`, `gate`, `delivery`, `provider`.
        package var kind: String
        package var result: Result
        package var text: String
        /// The values that decided, personal ones hidden unless asked for.
        package var values: [(name: String, value: String)]
        /// `campaigns/spring-sale.yaml:12:7`.
        package var place: String?
        /// Parts of a condition.
        package var parts: [Step]

        package init(
            kind: String, result: Result, text: String, values: [(name: String, value: String)] = [],
            place: String? = nil, parts: [Step] = []
        ) {
            self.kind = kind
            self.result = result
            self.text = text
            self.values = values
            self.place = place
            self.parts = parts
        }
    }

    package var program: String
    /// The contact's id.
    package var contact: String
    /// The contact as the question named them: an id or an address.
    package var asked: String
    /// `accepted`, `skipped`, … from the ledger; `would_send`, `would_skip`, `not_in_audience` where there is no row.
    package var outcome: String
    package var reason: String?
    /// One plain sentence.
    package var summary: String
    package var steps: [Step]
    package var delivery: DeliveryRecord?
    /// The fewest things that would have to be otherwise for it to be sent; nil where nothing helps, or it was sent.
    package var wouldSendIf: [Remedy]?

    package init(
        program: String, contact: String, asked: String, outcome: String, reason: String?, summary: String,
        steps: [Step], delivery: DeliveryRecord?
    ) {
        self.program = program
        self.contact = contact
        self.asked = asked
        self.outcome = outcome
        self.reason = reason
        self.summary = summary
        self.steps = steps
        self.delivery = delivery
    }
}

/// How a running launch gets on, a few times a second.
package struct LaunchProgress: Sendable {
    package enum Phase: String, Sendable {
        case planning, sending, waiting, draining
    }

    package var phase: Phase
    package var audience: Int
    package var settled: Int
    package var accepted: Int
    package var skipped: Int
    package var inFlight: Int
    /// Accepted per second over the last few seconds.
    package var rate: Double
    package var note: String?
    /// It waits for its moment.
    package var startsAt: Timestamp?

    package init(
        phase: Phase, audience: Int, settled: Int, accepted: Int, skipped: Int, inFlight: Int, rate: Double,
        note: String? = nil
    ) {
        self.phase = phase
        self.audience = audience
        self.settled = settled
        self.accepted = accepted
        self.skipped = skipped
        self.inFlight = inFlight
        self.rate = rate
        self.note = note
    }
}

/// How a `run` ended.
package struct LaunchResult: Sendable {
    package enum Ending: String, Sendable {
        /// Nothing is open.
        case finished
        /// Nothing is left to do but to settle uncertain rows.
        case uncertain
        /// A signal, `pause` or `cancel` stopped it; running again resumes unless it was cancelled.
        case interrupted, paused, cancelled
        /// Ended at once by `kill`.
        case killed
        /// Nothing is left to do before `dueAt`.
        case waiting
        /// The channel could not be used, or the store failed; the note says why.
        case stopped
        /// A runner of another process goes on with it, and nobody follows it any more.
        case left
    }

    package var ending: Ending
    package var note: String?
    package var status: StatusReport
    /// When there is something to do again, or the next launch of a recurring campaign starts.
    package var dueAt: Timestamp?

    package init(ending: Ending, note: String?, status: StatusReport, dueAt: Timestamp? = nil) {
        self.dueAt = dueAt
        self.ending = ending
        self.note = note
        self.status = status
    }
}

/// Why nothing was begun.
package struct LaunchRefusal: Error, Sendable {
    /// `expect`, `budget`, `not_approved`, `changed`, `finished`, `cancelled`, `killed`, `too_late`, `locked`, `channel`, `store`, `may_not_send`,
    /// `not_found`.
    package var reason: String
    package var message: String
    package var help: String?

    package init(reason: String, message: String, help: String? = nil) {
        self.reason = reason
        self.message = message
        self.help = help
    }
}
