package import Channels

/// A provider as its documents describe it: what the conformance suite must know to play it.
package struct ProviderScript: Sendable {
    /// One answer, and what must follow from it.
    package struct Reply: Sendable {
        package let name: String
        package let answer: HTTPFaultServer.Answer
        package let outcome: SendOutcome

        package init(_ name: String, _ answer: HTTPFaultServer.Answer, _ outcome: SendOutcome) {
            self.name = name
            self.answer = answer
            self.outcome = outcome
        }
    }

    package let provider: String
    package let kind: String
    package var from: String?
    package var settings: [String: String] = [:]
    package var secret: String
    /// Texts of the secret that may be in no message.
    package var hidden: [String]
    package var recipient: @Sendable (Int) -> String
    /// What is wrong with a request; nil for nothing.
    package var inspect: @Sendable (HTTPFaultServer.Request) -> String?
    package var success: Reply
    /// The same with fields that nobody has heard of.
    package var successWithMore: HTTPFaultServer.Answer
    package var replies: [Reply]
    /// What a message with this text looks like in the request; for text that tries to break out of it.
    package var holds: @Sendable (_ request: HTTPFaultServer.Request, _ text: String) -> Bool

    package init(
        provider: String,
        kind: String,
        from: String? = nil,
        settings: [String: String] = [:],
        secret: String,
        hidden: [String],
        recipient: @escaping @Sendable (Int) -> String,
        inspect: @escaping @Sendable (HTTPFaultServer.Request) -> String?,
        success: Reply,
        successWithMore: HTTPFaultServer.Answer,
        replies: [Reply],
        holds: @escaping @Sendable (_ request: HTTPFaultServer.Request, _ text: String) -> Bool
    ) {
        self.provider = provider
        self.kind = kind
        self.from = from
        self.settings = settings
        self.secret = secret
        self.hidden = hidden
        self.recipient = recipient
        self.inspect = inspect
        self.success = success
        self.successWithMore = successWithMore
        self.replies = replies
        self.holds = holds
    }

    package func configuration(port: Int, _ more: [String: String] = [:]) -> ChannelConfiguration {
        var all = ["endpoint": "http://127.0.0.1:\(port)", "allow_private": "true", "timeout": "20"]
        all.merge(settings) { $1 }
        all.merge(more) { $1 }
        return ChannelConfiguration(
            id: "under-test",
            kind: kind,
            provider: provider,
            from: from,
            settings: all,
            secret: Secret(secret),
            baseFolder: "/"
        )
    }
}
