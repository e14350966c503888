/// One account at one HTTP server: where requests go, how they are secured, and how many run side by side.
struct HTTPAccount: Sendable {
    var endpoint: EgressURL
    var egress: EgressGuard
    /// PEM certificates to trust in place of the system's.
    var authorityFile: String?
    var connectTimeout: Double = 10
    /// For one request as a whole, from its first byte out to its last byte in.
    var timeout: Double = 15
    /// How many requests run side by side, over as many connections (HTTP/1.1) or fewer (HTTP/2).
    var connections = 16
    /// An answer's body is read up to here. What is behind it is cut off, and the connection with it.
    var answerLimit = 64 << 10
    /// The server takes a repeated request for one. Only then may libcurl send a request again whose connection, used
    /// before, was closed under it: the server may have read the first copy.
    var mayRepeat = false
    /// Headers of every request, `name: value`.
    var headers: [String] = []
    /// The names, in lower case, of headers of answers that are kept.
    var answerHeaders: [String] = []
    /// Headers of one request, asked for when its attempt begins: a signature holds the time of the attempt.
    var sign: (@Sendable (_ request: HTTPRequest) -> [String])?
    var lookup: EgressResolver.Lookup = EgressResolver.system
    /// Where the files of its messages lie.
    var media: MediaSource?
}

/// A POST, unless it says otherwise. `token` is the caller's; it comes back with the result.
struct HTTPRequest: Sendable {
    enum Method: Sendable {
        case post, get
        /// Another word, with a body like a POST.
        case other(StaticString)
    }

    var token: UInt64
    var method = Method.post
    /// Path and query, where they are not the account's.
    var target: String?
    /// Names the message over all its attempts.
    var key = ""
    var headers: [String] = []
    var body: [UInt8]

    /// Doing it twice is doing it once.
    var isHarmless: Bool {
        if case .get = method { true } else { false }
    }
}

struct HTTPAnswer: Sendable, Equatable {
    var status: Int
    var contentType = ""
    var retryAfter: String?
    /// Those that the account asks for.
    var headers: [String: String] = [:]
    var body: [UInt8] = []
    var isCut = false
}

/// What became of one request.
enum HTTPResult: Sendable, Equatable {
    case answered(HTTPAnswer)
    /// Provably, the server was given no byte of the request.
    case notSent(code: String)
    /// The request was written at least in part, and there is no answer that can be read to its end.
    case lost(AmbiguousPhase, detail: String)
}

struct HTTPReport: Sendable {
    let token: UInt64
    /// The request's.
    let key: String
    let result: HTTPResult

    init(_ request: HTTPRequest, _ result: HTTPResult) {
        token = request.token
        key = request.key
        self.result = result
    }
}
