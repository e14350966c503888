/// What a rendering needs beside the contact's own row. Make one for a launch, and change only
/// the links from recipient to recipient.
package struct RenderContext: Sendable {
    package var sender: SenderTexts
    /// The recipient's own signed link. Must be there where a text uses it.
    package var unsubscribeLink: [UInt8]
    package var preferencesLink: [UInt8] = []
    /// Where the message can be looked at as it was sent.
    package var browserLink: [UInt8] = []
    package var runID: [UInt8]
    package var runStartedAt: Timestamp
    package var now: Timestamp
    /// The zone in which dates and times are written.
    package var timeZone: TimeZoneRules
    package var limits: RenderLimits
    /// What the run knows, for messages of sequences and rules.
    package var journey: JourneyFacts
    /// The recipient's own, as far as the texts look at it.
    package var history = HistoryFacts()
    package var offices = OfficeClocks()

    package init(
        sender: SenderTexts,
        unsubscribeLink: [UInt8] = [],
        runID: [UInt8] = [],
        runStartedAt: Timestamp,
        now: Timestamp,
        timeZone: TimeZoneRules,
        limits: RenderLimits = RenderLimits(),
        journey: JourneyFacts = JourneyFacts()
    ) {
        self.sender = sender
        self.unsubscribeLink = unsubscribeLink
        self.runID = runID
        self.runStartedAt = runStartedAt
        self.now = now
        self.timeZone = timeZone
        self.limits = limits
        self.journey = journey
    }
}

/// The brand as bytes, made once a launch. A field that the brand leaves out shows nothing, so check `TemplateUses`
/// before the first rendering.
package typealias SenderTexts = SenderFacts

/// What one rendering may cost at most, whatever the template and the data say.
package struct RenderLimits: Sendable, Hashable {
    package var bytes: Int
    /// Rounds of all loops together.
    package var loopSteps: Int

    package init(bytes: Int = 1 << 20, loopSteps: Int = 10_000) {
        self.bytes = bytes
        self.loopSteps = loopSteps
    }
}

/// Why a message can't be rendered for one contact. The others go on.
package enum RenderError: Error, Sendable, Hashable {
    case tooLong(limit: Int)
    case loopLimit(Int)
    /// A header value would hold a line break or another control character: the way mail headers are forged.
    case controlCharacterInHeader
    /// A value that stands where a URL must stand is none, or one that isn't http, https, mailto or tel.
    case unsafeURL
    /// A value that the compiler took for known is missing.
    case missingValue

    /// The stable word for reports and the ledger.
    package var code: String {
        switch self {
        case .tooLong: "render_too_long"
        case .loopLimit: "render_loop_limit"
        case .controlCharacterInHeader: "render_control_character"
        case .unsafeURL: "render_unsafe_url"
        case .missingValue: "render_missing_value"
        }
    }
}
