package import Channels
import Synchronization

/// A channel in memory, whose provider answers as a test says and remembers what it accepted.
package final class FakeChannel: Channel {
    /// The answer to a message; nil for a provider that never answers. `attempt` counts the address's messages,
    /// from one.
    package typealias Provider = @Sendable (_ message: ComposedMessage, _ attempt: Int) -> SendOutcome?

    private struct Journal {
        var attempts: [String: Int] = [:]
        var accepted: [String: Int] = [:]
        var order: [String] = []
        var contents: [String: MessageContent] = [:]
    }

    package let capabilities: ChannelCapabilities
    private let provider: Provider
    private let keepsContents: Bool
    private let journal = Mutex(Journal())

    package init(
        inFlight: Int = 64, keepsContents: Bool = false, provider: @escaping Provider = FakeChannel.acceptsEverything
    ) {
        self.keepsContents = keepsContents
        capabilities = ChannelCapabilities(inFlight: inFlight)
        self.provider = provider
    }

    package static let acceptsEverything: Provider = { message, _ in .accepted(providerID: "id-\(message.address)") }

    /// Address → how often the provider accepted a message for it.
    package var accepted: [String: Int] { journal.withLock { $0.accepted } }
    /// Address → how often the provider saw a message for it.
    package var attempts: [String: Int] { journal.withLock { $0.attempts } }
    /// Address → what was last composed for it, where the test asked for that.
    package var contents: [String: MessageContent] { journal.withLock { $0.contents } }
    /// Addresses in the order in which their messages came.
    package var order: [String] { journal.withLock { $0.order } }

    package func compose(_ content: MessageContent, into wire: inout [UInt8]) throws(ComposeError) {
        guard !content.recipient.contains(10) else { throw .badAddress }
        if keepsContents {
            let address = String(decoding: content.recipient, as: UTF8.self)
            journal.withLock { $0.contents[address] = content }
        }
        wire.append(contentsOf: content.subject)
        wire.append(10)
        wire.append(contentsOf: content.text)
    }

    package func open(
        report: @escaping @Sendable ([SendReport]) -> Void
    ) throws(ChannelSetupError) -> any ChannelSession {
        FakeSession(channel: self, report: report)
    }

    fileprivate func answer(_ message: ComposedMessage) -> SendOutcome? {
        let attempt = journal.withLock { journal in
            journal.order.append(message.address)
            journal.attempts[message.address, default: 0] += 1
            return journal.attempts[message.address] ?? 0
        }
        let outcome = provider(message, attempt)
        if case .accepted = outcome {
            journal.withLock { $0.accepted[message.address, default: 0] += 1 }
        }
        return outcome
    }
}

/// Answers within `submit`; what the provider never answers ends as unknown when the session does.
private final class FakeSession: ChannelSession {
    private let channel: FakeChannel
    private let report: @Sendable ([SendReport]) -> Void
    private let unanswered = Mutex<[UInt64]>([])

    init(channel: FakeChannel, report: @escaping @Sendable ([SendReport]) -> Void) {
        self.channel = channel
        self.report = report
    }

    func submit(_ messages: [ComposedMessage]) {
        var reports: [SendReport] = []
        for message in messages {
            if let outcome = channel.answer(message) {
                reports.append(SendReport(token: message.token, outcome: outcome))
            } else {
                unanswered.withLock { $0.append(message.token) }
            }
        }
        if !reports.isEmpty { report(reports) }
    }

    func finish(within seconds: Double) {
        let tokens = unanswered.withLock { tokens in
            defer { tokens.removeAll() }
            return tokens
        }
        guard !tokens.isEmpty else { return }
        report(
            tokens.map {
                SendReport(token: $0, outcome: .outcomeUnknown(phase: .awaitingAnswer, detail: "no answer"))
            })
    }
}
