internal import Crypto

/// Sends composed messages over an `HTTPTransport`, and tells what their answers mean.
final class WebhookSession: ChannelSession {
    private let transport: HTTPTransport

    init(
        _ account: HTTPAccount,
        now: @escaping @Sendable () -> Int,
        report: @escaping @Sendable ([SendReport]) -> Void
    ) throws(ChannelSetupError) {
        transport = try HTTPTransport(account) { results in
            report(
                results.map { result in
                    SendReport(token: result.token, outcome: WebhookVerdict.outcome(of: result, now: now()))
                }
            )
        }
    }

    func submit(_ messages: [ComposedMessage]) {
        transport.submit(
            messages.map { message in
                HTTPRequest(token: message.token, key: WebhookSession.id(message.idempotencyKey), body: message.wire)
            }
        )
    }

    func finish(within seconds: Double) {
        transport.finish(within: seconds)
    }

    /// A message outside a launch, such as a test to oneself, has no key. It gets a new name each time, so that the
    /// receiver doesn't take two tests for one.
    private static func id(_ key: String) -> String {
        guard key.isEmpty else { return key }
        let unique = SymmetricKey(size: .bits128).withUnsafeBytes { Array($0) }
        return "once_" + unique.map { String($0, radix: 16) }.joined()
    }
}
