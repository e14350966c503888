/// A call to an address that a user or a provider's message named.
package struct EgressCall: Sendable {
    package enum Method: Sendable {
        case get
        case post([UInt8])
        case put([UInt8])
        case patch([UInt8])
        case delete([UInt8])

        /// By its word; POST for any other. A GET has no body.
        package init(_ word: String, body: [UInt8]) {
            self =
                switch word {
                case "GET": .get
                case "PUT": .put(body)
                case "PATCH": .patch(body)
                case "DELETE": .delete(body)
                default: .post(body)
                }
        }
    }

    package var method: Method
    package var url: String
    /// Names and values as the caller has them; what can't stand in a request refuses the call.
    package var headers: [(name: String, value: String)]
    package var signature: EgressSignature?

    package init(
        _ method: Method, _ url: String, headers: [(name: String, value: String)] = [],
        signature: EgressSignature? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.signature = signature
    }
}

/// Proves to the receiver that a call is ours, as Standard Webhooks says.
package struct EgressSignature: Sendable {
    package var secret: WebhookSecret
    /// The same over all attempts of one call: the receiver tells a repetition by it.
    package var id: String
    /// Seconds since 1970, of this attempt.
    package var timestamp: Int

    package init(secret: WebhookSecret, id: String, timestamp: Int) {
        self.secret = secret
        self.id = id
        self.timestamp = timestamp
    }

    var isSound: Bool {
        (1...256).contains(id.utf8.count) && id.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }

    func headers(_ body: [UInt8]) -> [String] {
        [
            "webhook-id: \(id)", "webhook-timestamp: \(timestamp)",
            "webhook-signature: \(secret.signature(id: id, timestamp: timestamp, body: body))",
        ]
    }
}

package struct EgressAnswer: Sendable, Equatable {
    package var status: Int
    /// In lower case.
    package var contentType: String
    package var body: [UInt8]
    /// The body goes on beyond the limit; what is there is its beginning.
    package var isCut: Bool
    /// Of a `Retry-After` in seconds or as a date.
    package var retryAfter: Double?

    package init(
        status: Int, contentType: String = "", body: [UInt8] = [], isCut: Bool = false, retryAfter: Double? = nil
    ) {
        self.status = status
        self.contentType = contentType
        self.body = body
        self.isCut = isCut
        self.retryAfter = retryAfter
    }

    package var isSuccess: Bool { (200..<300).contains(status) }

    /// As much of the body as anybody is shown: an answer of somebody's inner server must not be read through us.
    package var excerpt: String {
        String(decoding: body.prefix(1024), as: UTF8.self)
    }
}

/// What became of a call.
package enum EgressOutcome: Sendable, Equatable {
    /// Whatever the status. A redirect is an answer too: nobody follows it.
    case answered(EgressAnswer)
    /// Not allowed, and nothing was sent or will be. The code stays; the sentence goes on behind the address.
    case refused(code: String, sentence: String)
    /// Provably no byte of the request left.
    case notSent(code: String)
    /// The receiver may have had it.
    case lost(AmbiguousPhase, code: String)

    /// In one word, for reports: `200`, or why there is no status.
    package var code: String {
        switch self {
        case .answered(let answer): "\(answer.status)"
        case .refused(let code, _), .notSent(let code), .lost(_, let code): code
        }
    }
}
