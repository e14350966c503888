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

    package init(id: Int64, isSuccess: Bool, answer: String, isRetriable: Bool) {
        self.id = id
        self.isSuccess = isSuccess
        self.answer = answer
        self.isRetriable = isRetriable
    }
}

/// Makes calls on threads of its own, and reports each once.
package protocol CallMaking: AnyObject, Sendable {
    func make(_ calls: [PreparedCall])
    /// Takes what has been answered since.
    func takeAnswers() -> [CallAnswer]
}
