internal import Crypto
package import RuleEngine

/// An answer as it was given: to be given again, word for word.
package struct KeptAnswer: Sendable, Equatable {
    package var status: Int
    package var type: String
    package var body: String

    package init(status: Int, type: String, body: String) {
        self.status = status
        self.type = type
        self.body = body
    }
}

/// By which a request is known when it comes a second time.
package struct RequestName: Sendable, Hashable {
    /// Whose key it came with: two callers may choose the same name.
    package var caller: String
    package var route: String
    package var name: String

    package init(caller: String, route: String, name: String) {
        self.caller = caller
        self.route = route
        self.name = name
    }
}

package enum RequestClaim: Sendable, Equatable {
    /// Nobody has it: the caller does the work, and keeps the answer or gives the claim back.
    case new
    case answered(KeptAnswer)
    /// Somebody does the work now.
    case underWay
    /// The name was used for something else.
    case otherBody
}

/// Answers by the names that callers gave their requests (`Idempotency-Key`). One thread owns it; what it writes is durable
/// when it returns.
package protocol AnswerBook: AnyObject {
    /// - Parameters:
    ///   - digest: of the request's body.
    ///   - holder: this process. What another one had begun when it died is begun again. Messages write their answer in the
    ///     transaction that makes them, so that they happen once (`MessageLedger.keep`).
    func claim(
        _ request: RequestName, digest: [UInt8], holder: String, now: Timestamp
    ) throws(StoreError) -> RequestClaim
    func keep(_ answer: KeptAnswer, for request: RequestName) throws(StoreError)
    /// Nothing was done.
    func release(_ request: RequestName) throws(StoreError)
    /// Those from before an instant.
    func forget(before: Timestamp) throws(StoreError)
}

/// By which a body is known again.
package enum RequestDigest {
    package static func of(_ body: [UInt8]) -> [UInt8] {
        Array(SHA256.hash(data: body))
    }
}
