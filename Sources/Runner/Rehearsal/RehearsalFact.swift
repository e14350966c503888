package import RuleEngine

/// One thing that a rehearsed program did for the person, or didn't do and why.
package struct RehearsalFact: Sendable {
    package enum Kind: Sendable {
        case entered
        case leftOut(reason: String, [ConditionTrace])
        case sent(RehearsedMessage)
        case held(template: String?, via: String, reason: String, until: Timestamp)
        case skipped(template: String?, via: String?, reason: String)
        case waits(until: Timestamp?)
        /// Which way was taken at a question, in the words of the drawn graph.
        case went(String, [ConditionTrace])
        case took(event: String)
        case passedOver(event: String, reason: String)
        case wrote([NamedValue])
        case tagged(String, until: Timestamp?)
        case untagged(String)
        case emitted(String)
        case called(String, isAnswered: Bool)
        case started(String)
        case handedOver(team: String, note: String?)
        case reachedGoal
        case ended(as: String)
    }

    package let at: Timestamp
    /// `sequence onboarding`.
    package let program: String
    package let occurrence: UInt32
    /// Where it is written; nil for what nobody wrote.
    package let span: SourceSpan?
    package let kind: Kind
}

/// A message as the person would get it, and what was known of them at that moment.
package struct RehearsedMessage: Sendable {
    package var template: String?
    package var channel: String
    package var kind: String
    package var purpose: Purpose
    package var language: String
    package var subject: String
    package var text: String
    package var html: String
    package var recipient: String
    package var links: [String]
    package var costMicros: Int64
    /// The number of the message in the rehearsal.
    package var number: Int
    package var consent: ConsentLevel
    package var neededConsent: ConsentLevel
    /// The person had said that they want nothing on this channel, or from us.
    package var isUnwanted: Bool

    package init(
        template: String?, channel: String, kind: String, purpose: Purpose, language: String, subject: String,
        text: String, html: String, recipient: String, links: [String], costMicros: Int64, number: Int,
        consent: ConsentLevel, neededConsent: ConsentLevel, isUnwanted: Bool
    ) {
        self.template = template
        self.channel = channel
        self.kind = kind
        self.purpose = purpose
        self.language = language
        self.subject = subject
        self.text = text
        self.html = html
        self.recipient = recipient
        self.links = links
        self.costMicros = costMicros
        self.number = number
        self.consent = consent
        self.neededConsent = neededConsent
        self.isUnwanted = isUnwanted
    }
}

extension RehearsalFact.Kind {
    /// What tests and reports call it.
    package var word: String {
        switch self {
        case .entered: "entered"
        case .leftOut: "left_out"
        case .sent: "sent"
        case .held: "held"
        case .skipped: "skipped"
        case .waits: "waits"
        case .went: "went"
        case .took: "took"
        case .passedOver: "passed_over"
        case .wrote: "wrote"
        case .tagged: "tagged"
        case .untagged: "untagged"
        case .emitted: "emitted"
        case .called: "called"
        case .started: "started"
        case .handedOver: "handed_over"
        case .reachedGoal: "goal"
        case .ended: "ended"
        }
    }
}

extension RunState.Ending {
    /// What `ended: {as: …}` names it by.
    package var word: String {
        switch self {
        case .exit(let name): name
        case .goal: "goal"
        case .exitWhen: "exit_when"
        case .heldOut: "holdout"
        case .replaced: "replaced"
        case .cancelled: "cancelled"
        }
    }
}

extension EntryRule.Reason {
    package var word: String {
        switch self {
        case .otherCause: "other_cause"
        case .wasThereBefore: "was_there_before"
        case .conditions: "conditions"
        case .noKey: "no_key"
        case .neverAgain: "never_again"
        case .tooSoon: "too_soon"
        case .goesOn: "goes_on"
        }
    }
}
