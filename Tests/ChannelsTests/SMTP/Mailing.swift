import Channels
import Synchronization
import Testing

/// Sends messages through a channel and gives each one's outcome.
enum Mailing {
    static func message(_ number: Int, body: String = "Subject: hello\r\n\r\nHello.\r\n") -> ComposedMessage {
        ComposedMessage(token: UInt64(number), address: "user\(number)@example.com", wire: Array(body.utf8))
    }

    static func channel(port: Int, settings: [String: String] = [:], secret: String? = nil) throws -> any Channel {
        let descriptor = try #require(ChannelRegistry.descriptor(of: "smtp"))
        var all = [
            "host": "127.0.0.1", "port": String(port), "tls": "none", "connections": "1", "ehlo": "test.example",
        ]
        all.merge(settings) { $1 }
        return try descriptor.make(
            ChannelConfiguration(
                id: "mail", kind: "email", provider: "smtp", from: "Shop <news@shop.example>", settings: all,
                secret: secret.map { Secret($0) }, baseFolder: "/"))
    }

    /// Every token's outcomes; more than one is a fault that tests look for.
    static func outcomes(
        _ channel: any Channel, _ messages: [ComposedMessage], within seconds: Double = 30
    ) throws -> [UInt64: [SendOutcome]] {
        let collected = Collected()
        let session = try channel.open { reports in
            collected.outcomes.withLock { outcomes in
                for report in reports {
                    outcomes[report.token, default: []].append(report.outcome)
                }
            }
        }
        session.submit(messages)
        session.finish(within: seconds)
        return collected.outcomes.withLock { $0 }
    }

    private final class Collected: Sendable {
        let outcomes = Mutex<[UInt64: [SendOutcome]]>([:])
    }
}
