/// Everything that a project's files say, checked: names resolved, values typed, expressions and templates compiled.
package struct CheckedProject: Sendable {
    package var settings: ProjectSettings
    package var schema: ContactSchema
    package var segments: [String: CheckedSegment] = [:]
    package var policies: [String: CheckedPolicy] = [:]
    package var channels: [String: CheckedChannel] = [:]
    package var templates: [String: CheckedTemplate] = [:]
    package var campaigns: [String: CheckedCampaign] = [:]
    package var sequences: [String: CheckedJourney] = [:]
    package var rules: [String: CheckedJourney] = [:]
    package var routes: [String: CheckedRoute] = [:]
    package var fragments: [String: CheckedFragment] = [:]
    package var events: [String: EventSchema] = [:]
    /// In the order of the files.
    package var tests: [CheckedTest] = []

    /// Every sequence and rule, sequences first, each by id.
    package var journeys: [CheckedJourney] {
        [sequences, rules].flatMap { programs in programs.sorted { $0.key < $1.key }.map(\.value) }
    }

    package init(settings: ProjectSettings, schema: ContactSchema) {
        self.settings = settings
        self.schema = schema
    }
}

/// The `project:` document.
package struct ProjectSettings: Sendable {
    package var id: String
    /// An IANA name.
    package var timeZone: String
    package var currency: String
    package var publicURL: String?
    package var brands: [String: Brand]
    package var defaultPolicy: String?
    package var defaultBrand: String?
    package var languageFallback: String?
    package var teams: [String] = []
    package var openingHours: [String: OpeningHours] = [:]
    /// By `endpoint.call`.
    package var calls: [String: EndpointCall] = [:]
    /// Micros of the project's currency for one unit of another.
    package var exchangeRates: [String: Int64] = [:]
    package var unknownZone: UnknownZone?
    package var media: MediaSettings?
    /// By `stop`, `start` and `help`, then by language.
    package var replies: [String: [String: String]] = [:]
    /// No file has more steps.
    package var stepLimit: Int?
    /// Microseconds; no wait is longer.
    package var waitLimit: Int64?

    package init(id: String, timeZone: String = "Etc/UTC", currency: String = "EUR") {
        self.id = id
        self.timeZone = timeZone
        self.currency = currency
        brands = [:]
    }
}

/// Who sends, as the recipient sees it.
package struct Brand: Sendable, Hashable {
    package var name: String
    package var postalAddress: String?
    package var website: String?
    /// The brand's id, where it puts a frame around email.
    var layout: String?

    package init(name: String, postalAddress: String? = nil, website: String? = nil) {
        self.name = name
        self.postalAddress = postalAddress
        self.website = website
    }
}

package enum Purpose: String, Sendable, CaseIterable {
    case marketing, transactional, otp, informational

    /// A receipt is never one too many. A code may be asked for by somebody else than its reader, so a policy for codes
    /// may cap them.
    package var isCapped: Bool {
        switch self {
        case .marketing, .informational, .otp: true
        case .transactional: false
        }
    }

    /// A one-time code is of no use in the morning.
    package var isHeldByQuietHours: Bool { self != .otp }
}

/// How firmly somebody agreed, in ascending order. A policy asks for a minimum.
package enum ConsentLevel: Int, Sendable, Comparable, CaseIterable {
    case none = 0
    case softOptIn = 1
    case express = 2
    case expressWritten = 3

    package static func < (left: ConsentLevel, right: ConsentLevel) -> Bool {
        left.rawValue < right.rawValue
    }

    /// As files write it.
    package var name: String {
        switch self {
        case .none: "none"
        case .softOptIn: "soft_optin"
        case .express: "express"
        case .expressWritten: "express_written"
        }
    }

    package init?(name: String) {
        guard let level = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = level
    }
}

package struct CheckedSegment: Sendable {
    package var id: String
    package var about: String?
    /// All must hold.
    package var conditions: [TypedExpression]
    package var expect: ClosedRange<Int>?
    package var span: SourceSpan

    package init(id: String, about: String?, conditions: [TypedExpression], expect: ClosedRange<Int>?, span: SourceSpan)
    {
        self.id = id
        self.about = about
        self.conditions = conditions
        self.expect = expect
        self.span = span
    }
}

/// What to do with a send whose outcome nobody knows.
package enum UncertainPolicy: String, Sendable, CaseIterable {
    case hold, resend
}

/// How much may leave per unit of time, as a token bucket that holds one second's worth.
package struct SendRate: Sendable, Hashable {
    package var perSecond: Double

    package init(perSecond: Double) {
        self.perSecond = perSecond
    }
}

package struct CheckedChannel: Sendable {
    package var id: String
    /// `email`, `sms` and so on.
    package var kind: String
    /// `smtp`, `outbox`, `webhook`.
    package var provider: String
    package var secret: String?
    /// For email a mailbox: `Acme <news@mail.acme.example>`.
    package var from: String?
    package var rate: SendRate?
    package var ratePerDomain: [String: SendRate]
    package var warmUp: WarmUp?
    package var contactsPerDay: Int?
    package var repliesTo: ReplyTarget?
    /// Accounts of the same kind that take this one's messages while it is down, in order.
    package var failover: [String] = []
    /// Their senders: people may see them instead of its own.
    package var failoverSenders: [String] = []
    /// Price of one accepted message.
    package var costPerMessage: Money?
    /// Price of one part of an SMS: by the country of its number, `other` for all that are not named.
    package var costPerSegment: [String: Money] = [:]
    /// The project's, from which its messages take their files.
    package var media: MediaSettings?
    /// The provider's own keys (`host`, `port`, `tls`, `folder`, `endpoint` …), checked against its catalog entry.
    package var settings: [String: String]
    package var span: SourceSpan

    package init(id: String, kind: String, provider: String, span: SourceSpan) {
        self.id = id
        self.kind = kind
        self.provider = provider
        ratePerDomain = [:]
        settings = [:]
        self.span = span
    }
}

package struct CheckedTemplate: Sendable {
    /// Nil for the inline `message:` of a campaign.
    package var id: String?
    package var purpose: Purpose?
    package var topic: String?
    /// Channel kind, then language tag, then the compiled message.
    package var messages: [String: [String: CompiledMessage]]
    /// Into how many parts a text message may be cut.
    package var maxSegments: Int?
    package var span: SourceSpan

    package init(
        id: String?,
        purpose: Purpose?,
        topic: String?,
        messages: [String: [String: CompiledMessage]],
        span: SourceSpan
    ) {
        self.id = id
        self.purpose = purpose
        self.topic = topic
        self.messages = messages
        self.span = span
    }
}
