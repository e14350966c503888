package import RuleEngine

/// A call of an outside system, ready to be made.
package struct PreparedCall: Sendable {
    package var id: Int64
    package var endpoint: EndpointCall
    package var body: [String: Value]
    /// The same over all attempts.
    package var idempotencyKey: String
}

/// What came of a call.
package struct CallAnswer: Sendable {
    package var id: Int64
    package var isSuccess: Bool
    /// In a few words, for `why`.
    package var answer: String
    /// Trying again may help.
    package var isRetriable: Bool
    /// Seconds that the receiver asked to be left alone for.
    package var retryAfter: Double?

    package init(id: Int64, isSuccess: Bool, answer: String, isRetriable: Bool, retryAfter: Double? = nil) {
        self.id = id
        self.isSuccess = isSuccess
        self.answer = answer
        self.isRetriable = isRetriable
        self.retryAfter = retryAfter
    }
}

/// Makes calls on threads of its own, and reports each once.
package protocol CallMaking: AnyObject, Sendable {
    /// What keeps calls of an endpoint from being made at all, in a few words; nil where nothing does. They wait then,
    /// and no attempt is counted.
    func obstacle(to call: EndpointCall) -> String?
    func make(_ calls: [PreparedCall])
    /// Takes what has been answered since.
    func takeAnswers() -> [CallAnswer]
    /// Has somebody woken when there is an answer. May be called on any thread.
    func onAnswer(_ wake: @escaping @Sendable () -> Void)
    /// Waits for what is under way; what has no answer by then is told as that.
    func finish(within seconds: Double)
}

extension CallMaking {
    package func obstacle(to call: EndpointCall) -> String? { nil }
    package func onAnswer(_ wake: @escaping @Sendable () -> Void) {}
    package func finish(within seconds: Double) {}
}
