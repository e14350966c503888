/// A service that takes messages in HTTP requests. Everything here is a value to read or to write; sessions and
/// transport are the same for all of them.
protocol HTTPProvider: Sendable {
    var traits: ChannelTraits { get }

    /// Appends one message in wire form. Needs no secret: plans and previews compose too.
    func compose(_ content: MessageContent, into wire: inout [UInt8]) throws(ComposeError)

    /// Splits what was submitted into what one request may carry. One each, unless the provider takes several.
    func batches(_ messages: [ComposedMessage]) -> [[ComposedMessage]]

    /// The request for one batch. Its token is set by the session. Throws where a file that its messages carry is gone.
    func request(_ batch: [ComposedMessage]) throws(ComposeError) -> HTTPRequest

    /// What an answer says of each message of the batch. `now` is in seconds since 1970.
    func verdict(_ answer: HTTPAnswer, on batch: [ComposedMessage], now: Int) -> HTTPVerdict

    /// A question about the account that only good credentials answer. `endpoint` is where messages go.
    func accountQuestion(_ endpoint: EgressURL) -> HTTPRequest?
    func accountAnswer(_ answer: HTTPAnswer) -> AccountAnswer

    /// A question for messages by recipient and time; nil where the provider has none.
    func lookupQuestion(_ question: LookupQuestion, _ endpoint: EgressURL) -> HTTPRequest?
    /// Nil where the answer can't be read.
    func lookupAnswer(_ answer: HTTPAnswer, to question: LookupQuestion) -> [LookupAnswer.Found]?

    /// A question for the prices of a day; nil where the provider tells none later.
    func priceQuestion(_ day: String, page: String?, _ endpoint: EgressURL) -> HTTPRequest?
    /// Nil where the answer can't be read.
    func priceAnswer(_ answer: HTTPAnswer) -> PriceAnswer?
}

extension HTTPProvider {
    func accountQuestion(_ endpoint: EgressURL) -> HTTPRequest? { nil }

    func accountAnswer(_ answer: HTTPAnswer) -> AccountAnswer {
        .of(answer) { _ in [] }
    }

    func lookupQuestion(_ question: LookupQuestion, _ endpoint: EgressURL) -> HTTPRequest? { nil }

    func lookupAnswer(_ answer: HTTPAnswer, to question: LookupQuestion) -> [LookupAnswer.Found]? { nil }

    func priceQuestion(_ day: String, page: String?, _ endpoint: EgressURL) -> HTTPRequest? { nil }

    func priceAnswer(_ answer: HTTPAnswer) -> PriceAnswer? { nil }

    func batches(_ messages: [ComposedMessage]) -> [[ComposedMessage]] {
        messages.map { [$0] }
    }
}

/// What an answer means for the messages of its request.
enum HTTPVerdict: Sendable, Equatable {
    case all(SendOutcome)
    /// One outcome for each message, in their order.
    case each([SendOutcome])
    /// Provably nothing was accepted. The messages at these places are at fault; the others are sent anew.
    case without([Int: SendOutcome])
    /// Provably nothing was accepted and one message is at fault, but which? Halves are sent anew; a message alone has
    /// this outcome.
    case bisect(SendOutcome)
}

/// What a provider's error means, in the words of its error table.
enum ProviderFault: Sendable {
    /// Final for this message, whoever it is for.
    case rejected
    /// Final: there is nobody at the address.
    case badAddress
    /// Final: the person, or the provider for them, wants nothing more from us.
    case optedOut
    /// The account sends too fast.
    case throttled
    /// Not accepted now; the same recipient may do later.
    case tryLater
    /// The account, its sender or its settings: no recipient's fault.
    case account
    /// The provider may have accepted it.
    case unknown

    /// - Parameter retryAfter: seconds, for the account as a whole.
    func outcome(_ code: String, retryAfter: Double? = nil) -> SendOutcome {
        switch self {
        case .rejected: .rejected(code: code, suppress: nil)
        case .badAddress: .rejected(code: code, suppress: .bounce)
        case .optedOut: .rejected(code: code, suppress: .providerOptOut)
        case .throttled: .throttled(code: code, retryAfter: retryAfter ?? SendOutcome.unsaidWait)
        case .tryLater: .throttled(code: code, retryAfter: nil)
        case .account: .unavailable(code: code)
        case .unknown: .outcomeUnknown(phase: .answer, detail: code)
        }
    }

    /// What a status means on its own, where the body says nothing that we know.
    static func of(status: Int) -> ProviderFault {
        switch status {
        case 401, 402, 403, 404, 405, 407, 415: .account
        case 408, 425, 429: .throttled
        case 400..<500: .rejected
        case 300..<400: .account
        // A server that failed, or a gateway that lost its server, may have taken the message before.
        default: .unknown
        }
    }
}

extension HTTPAnswer {
    /// Seconds of the `Retry-After` header.
    func retryAfter(now: Int) -> Double? {
        retryAfter.flatMap { HTTPRetryAfter.seconds($0, now: now) }
    }

    /// The body as JSON; nil where it is cut off or no JSON.
    var json: JSONValue? {
        isCut ? nil : JSONValue(body)
    }

    /// For an answer in which nothing can be read.
    func fault(now: Int) -> SendOutcome {
        guard !(200..<300).contains(status) else {
            return .outcomeUnknown(phase: .answer, detail: "malformed_answer")
        }
        return ProviderFault.of(status: status).outcome("\(status)", retryAfter: retryAfter(now: now))
    }
}

extension AccountAnswer {
    /// By the status of an answer; `facts` reads its JSON.
    static func of(_ answer: HTTPAnswer, facts: (JSONValue) -> [(String, String?)]) -> AccountAnswer {
        switch answer.status {
        case 200..<300:
            guard let json = answer.json else { return .unclear(code: "malformed_answer") }
            return .fine(facts(json).compactMap { name, value in value.map { Fact(name, $0) } })
        // Graph answers a bad token with 400 and a code of its own.
        case 400 where GraphAnswer(answer)?.code == 190: return .refused(code: "190")
        case 401, 403: return .refused(code: "\(answer.status)")
        default: return .unclear(code: "\(answer.status)")
        }
    }
}
