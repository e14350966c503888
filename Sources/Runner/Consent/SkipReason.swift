/// Why somebody gets nothing: the gate's reasons, in the order in which it asks. The raw value is the code that
/// reports, the ledger and reviewers see.
package enum SkipReason: String, Sendable, CaseIterable {
    case erased
    case noAddress = "no_address"
    case badAddress = "bad_address"
    case doNotContact = "dnc_tenant"
    case suppressedStop = "suppressed_stop"
    case suppressedUnsubscribe = "suppressed_unsubscribe"
    case suppressedComplaint = "suppressed_complaint"
    case suppressedBounce = "suppressed_bounce"
    case suppressedProvider = "suppressed_provider"
    case channelRefused = "channel_refused"
    case noConsent = "no_consent"
    case consentWeak = "consent_weak"
    case consentExpired = "consent_expired"
    case proofMissing = "proof_missing"
    case topicOff = "topic_off"
    case leftAudience = "left_audience"
    case capLegal = "cap_legal"
    case capTenant = "cap_tenant"
    case outranked
    case windowNeverOpens = "window_never_opens"
    case expiredWaiting = "expired_waiting"
    case noLanguage = "no_language"
    case contentUnsafe = "content_unsafe"
    case contentTooLarge = "content_too_large"
    case contentEmpty = "content_empty"
    case contentMissing = "content_missing"
    case budget
    case holdout
    case alreadyPast = "already_past"
    case tooLate = "too_late"
    case noChannelLeft = "no_channel_left"
    case notAllowed = "not_allowed"
    case sessionClosed = "session_closed"

    /// What it means, for people.
    package var explanation: String {
        switch self {
        case .erased: "the person was erased"
        case .noAddress: "there is no address for this channel"
        case .badAddress: "the address is not well-formed"
        case .doNotContact: "the person must not be contacted"
        case .suppressedStop: "the person said STOP"
        case .suppressedUnsubscribe: "the person unsubscribed"
        case .suppressedComplaint: "the person complained"
        case .suppressedBounce: "the address bounced"
        case .suppressedProvider: "the provider reported an opt-out"
        case .channelRefused: "the person refused this channel"
        case .noConsent: "there is no consent"
        case .consentWeak: "the consent is weaker than the policy asks"
        case .consentExpired: "the consent has expired"
        case .proofMissing: "the consent has no proof (when it was given, and where)"
        case .topicOff: "the person switched this topic off"
        case .leftAudience: "the person left the audience while the message was held"
        case .capLegal: "the person got as many messages as the law allows"
        case .capTenant: "the person got as many messages as the policy allows"
        case .outranked: "a message of higher priority takes the last place below the policy's cap"
        case .windowNeverOpens: "there is no hour at which this person may be reached"
        case .expiredWaiting: "the message waited longer than it is good for"
        case .noLanguage: "the template has no text in a language that fits"
        case .contentUnsafe: "the rendered text holds something that must not be sent, or lacks a value that it shows"
        case .contentTooLarge: "the rendered message is too large"
        case .contentEmpty: "the rendered message is empty"
        case .contentMissing: "a file that the message carries or shows can't be had"
        case .budget: "the campaign's budget is used up"
        case .holdout: "the person was held out, so that the campaign's effect can be seen"
        case .alreadyPast: "on the person's clock the moment was past already"
        case .tooLate: "it was too late for the person's message"
        case .noChannelLeft: "none of the channels can be used for the person"
        case .notAllowed: "who asked for the message may not send it any more"
        case .sessionClosed:
            "the person has not written there for a day or longer, and the platform takes approved texts alone until they do"
        }
    }
}
