import Synchronization

extension HTTPProviderChannel: AccountDesk {
    package func checkAccount() throws(ChannelSetupError) -> AccountAnswer {
        if let fault { throw fault }
        guard let question = provider.accountQuestion(account.endpoint) else { return .notOffered }
        switch try ask(question) {
        case .answered(let answer): return provider.accountAnswer(answer)
        case .notSent(let code), .lost(_, let code): return .unreachable(code: code)
        }
    }

    package func lookUp(_ question: LookupQuestion) throws(ChannelSetupError) -> LookupAnswer? {
        if let fault { throw fault }
        guard let request = provider.lookupQuestion(question, account.endpoint) else { return nil }
        switch try ask(request) {
        case .answered(let answer):
            guard (200..<300).contains(answer.status), let found = provider.lookupAnswer(answer, to: question) else {
                return .failed(code: "\(answer.status)")
            }
            return .messages(found)
        case .notSent(let code), .lost(_, let code): return .failed(code: code)
        }
    }

    package func prices(sentOn day: String, page: String?) throws(ChannelSetupError) -> PriceAnswer? {
        if let fault { throw fault }
        guard let request = provider.priceQuestion(day, page: page, account.endpoint) else { return nil }
        switch try ask(request) {
        case .answered(let answer):
            guard (200..<300).contains(answer.status), let page = provider.priceAnswer(answer) else {
                return .failed(code: "\(answer.status)")
            }
            return page
        case .notSent(let code), .lost(_, let code): return .failed(code: code)
        }
    }

    private func ask(_ request: HTTPRequest) throws(ChannelSetupError) -> HTTPResult {
        var account = account
        account.connections = 1
        account.timeout = min(account.timeout, 20)
        account.answerLimit = 4 << 20
        let keep = ReportBox()
        let transport = try HTTPTransport(account) { keep.add($0) }
        transport.submit([request])
        transport.finish(within: account.timeout + account.connectTimeout)
        return keep.first ?? .notSent(code: "not_begun")
    }
}

private final class ReportBox: Sendable {
    private let reports = Mutex<[HTTPReport]>([])

    func add(_ batch: [HTTPReport]) {
        reports.withLock { $0 += batch }
    }

    var first: HTTPResult? { reports.withLock { $0.first?.result } }
}

extension EgressURL {
    /// The path of another resource of the same account: what stands in front of the first one may be a sandbox's.
    func target(replacing end: String, with other: String) -> String? {
        target.hasSuffix(end) ? String(target.dropLast(end.count)) + other : nil
    }
}
