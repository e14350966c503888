/// One provider's way to call us: what proves that a request is genuine, and what it says.
///
/// Pure: no clock, no network, no store. Total on any bytes.
package protocol WebhookReceiver: Sendable {
    /// Looks at the raw bytes before anything is made of them.
    func verify(_ request: WebhookRequest, _ context: WebhookContext) -> WebhookReception

    /// What a request that was verified says, in the order in which it says it. Nil where it can't be read at all.
    func parse(_ request: WebhookRequest) -> [InboundEvent]?

    /// The request is not signed as a whole: events may add suppressions, and never lift one.
    var isWeak: Bool { get }
}

extension WebhookReceiver {
    package var isWeak: Bool { false }
}

/// What a receiver can't know by itself.
package struct WebhookContext: Sendable {
    /// Seconds since 1970.
    package var now: Int
    /// Certificates that were fetched, in PEM, by their URL.
    package var certificates: [String: [UInt8]]
    /// Addresses that were called because a provider wanted it.
    package var confirmed: Set<String>

    package init(now: Int, certificates: [String: [UInt8]] = [:], confirmed: Set<String> = []) {
        self.now = now
        self.certificates = certificates
        self.confirmed = confirmed
    }
}

/// What becomes of a request.
package enum WebhookReception: Sendable, Equatable {
    /// Store it, then answer 200.
    case genuine
    /// A handshake: answer 200 with this text and nothing else. There is nothing to store.
    case answer(String)
    /// Genuine, and the provider wants this address called before it sends anything. Only the guarded client may.
    case confirm(url: String)
    /// Fetch this certificate by the guarded client, and ask again.
    case needsCertificate(url: String)
    case refused(WebhookRefusal)
}

/// Why a request has no effect. The raw value is a code that stays.
package enum WebhookRefusal: String, Sendable, CaseIterable {
    /// No secret is configured: nothing could prove anything.
    case unconfigured = "webhook_unconfigured"
    case noSignature = "webhook_no_signature"
    case badSignature = "webhook_bad_signature"
    /// Signed, but too long ago or in the future.
    case stale = "webhook_stale"
    /// Signed by somebody else's account or for somebody else's topic.
    case foreign = "webhook_foreign"
    /// Not in the form that this provider sends.
    case malformed = "webhook_malformed"
    case tooLarge = "webhook_too_large"
    case badHandshake = "webhook_bad_handshake"
    case badMethod = "webhook_bad_method"

    /// What an HTTP server answers.
    package var status: Int {
        switch self {
        case .unconfigured: 503
        case .noSignature, .badSignature, .stale: 401
        case .foreign, .badHandshake: 403
        case .malformed: 400
        case .tooLarge: 413
        case .badMethod: 405
        }
    }

    package var sentence: String {
        switch self {
        case .unconfigured: "no secret is set that could prove who sent it"
        case .noSignature: "it is not signed"
        case .badSignature: "its signature is wrong"
        case .stale: "its time is too far from now"
        case .foreign: "it is meant for another account or topic"
        case .malformed: "it is not in this provider's form"
        case .tooLarge: "it is too large"
        case .badHandshake: "the handshake's token is wrong"
        case .badMethod: "this provider doesn't use that method"
        }
    }
}

/// How far a signed time may be from now. Nil: any distance.
struct FreshnessWindow: Sendable {
    var age: Int?
    var ahead: Int?

    func admits(_ timestamp: Int, now: Int) -> Bool {
        let (distance, overflow) = now.subtractingReportingOverflow(timestamp)
        if overflow {
            return false
        }
        if let age, distance > age {
            return false
        }
        if let ahead, distance < -ahead {
            return false
        }
        return true
    }
}
