import Synchronization
import TestKit

@testable import Channels

/// A webhook channel to a scripted server, and what became of the messages it was given.
enum WebhookFixture {
    static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    static let now = 1_614_265_330

    static func configuration(_ settings: [String: String], secret: String? = secret) -> ChannelConfiguration {
        ChannelConfiguration(
            id: "crm",
            kind: "sms",
            provider: "webhook",
            settings: settings,
            secret: secret.map { Secret($0) },
            baseFolder: "/"
        )
    }

    static func content() -> MessageContent {
        var content = MessageContent()
        content.recipient = Array("+420601000001".utf8)
        content.text = Array("Hello \"Žofie\"\n".utf8)
        content.reference = Array("d7k2".utf8)
        content.campaign = Array("spring".utf8)
        return content
    }

    static func channel(_ url: String, _ settings: [String: String] = [:]) throws -> WebhookChannel {
        let settings = ["endpoint": url, "allow_private": "true", "timeout": "20"].merging(settings) { $1 }
        return try WebhookChannel(configuration(settings), now: { now })
    }

    static func send(_ channel: WebhookChannel, key: String = "delivery1") throws -> [SendOutcome] {
        var wire: [UInt8] = []
        try channel.compose(content(), into: &wire)
        let sent = OutcomeList()
        let session = try channel.open { batch in sent.add(batch.map(\.outcome)) }
        session.submit([ComposedMessage(token: 9, address: "+420601000001", wire: wire, idempotencyKey: key)])
        session.finish(within: 60)
        return sent.all
    }

    static func outcome(
        _ settings: [String: String] = [:],
        _ script: @escaping HTTPFaultServer.Script
    ) throws -> SendOutcome? {
        let server = HTTPFaultServer(script)
        defer { server.stop() }
        let outcomes = try send(channel("http://127.0.0.1:\(server.port)/hook", settings))
        return outcomes.count == 1 ? outcomes[0] : nil
    }
}

/// Outcomes as the session's thread reports them.
final class OutcomeList: Sendable {
    private let outcomes = Mutex<[SendOutcome]>([])

    var all: [SendOutcome] { outcomes.withLock { $0 } }

    func add(_ batch: [SendOutcome]) {
        outcomes.withLock { $0 += batch }
    }
}
