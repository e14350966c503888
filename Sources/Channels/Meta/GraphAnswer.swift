/// What the answers of Meta's Graph API have in common, whichever product gives them.
struct GraphAnswer {
    let code: Int?
    let subcode: Int?
    let isTransient: Bool

    init?(_ answer: HTTPAnswer) {
        guard let error = answer.json?["error"] else { return nil }
        code = error["code"]?.whole
        subcode = error["error_subcode"]?.whole
        isTransient = error["is_transient"] == .flag(true)
    }

    /// The names of the headers from which a wait can be read.
    static let usageHeaders = ["x-business-use-case-usage", "x-app-usage"]

    /// The longest wait that the usage header asks for, in seconds; the header says minutes. A header that can't be
    /// read asks for nothing.
    static func wait(_ answer: HTTPAnswer, now: Int) -> Double? {
        if let seconds = answer.retryAfter(now: now) { return seconds }
        guard let text = answer.headers["x-business-use-case-usage"], text.utf8.count <= 16 << 10,
            case .object(let accounts)? = JSONValue(Array(text.utf8))
        else { return nil }
        let minutes = accounts.values.flatMap(\.items).compactMap { $0["estimated_time_to_regain_access"]?.whole }
        guard let longest = minutes.max(), longest > 0 else { return nil }
        return min(Double(longest) * 60, HTTPRetryAfter.longest)
    }

    /// The code, with the subcode where there is one.
    func name(status: Int) -> String {
        guard let code else { return "\(status)" }
        return subcode.map { "\(code)/\($0)" } ?? "\(code)"
    }

    /// For a code that no table has.
    func fault(status: Int) -> ProviderFault {
        if status == 429 { return .throttled }
        // The server took part of the request and failed; what became of the message is not said.
        if status >= 500 { return .unknown }
        return isTransient ? .tryLater : ProviderFault.of(status: status == 400 ? 400 : status)
    }
}
