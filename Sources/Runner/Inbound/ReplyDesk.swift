package import Channels
import RuleEngine

/// Sends the short answers that are due: one for a STOP and a START, one for each HELP, within five minutes or never.
package struct ReplyDesk: Sendable {
    /// Gives the channel that a reply goes by, and its texts; nil where the project has none to send with.
    package typealias Finder = @Sendable (_ channel: String) -> (channel: any Channel, kind: String, texts: ReplyTexts)?

    private let environment: RunnerEnvironment
    private let find: Finder
    /// Longer than any send of ours takes: who claimed before it is dead.
    private static let claimSpan: Double = 120

    package init(environment: RunnerEnvironment, find: @escaping Finder) {
        self.environment = environment
        self.find = find
    }

    /// One round. Blocks until what it has begun is answered. True where something is still due.
    package func answer(_ book: any ReplyBook) throws(StoreError) -> Bool {
        let now = environment.now()
        try book.abandonReplies(before: now.adding(seconds: -Self.claimSpan))
        let replies = try book.claimReplies(limit: 64, now: now)
        for (name, group) in Dictionary(grouping: replies, by: \.channel).sorted(by: { $0.key < $1.key }) {
            for (reply, outcome) in send(group, by: name) { try book.finish(reply, outcome) }
        }
        return try book.hasDueReplies
    }

    private func send(_ replies: [DueReply], by name: String) -> [(Int64, ReplyOutcome)] {
        guard let found = find(name) else { return replies.map { ($0.id, .void(reason: "no_channel")) } }
        // A mail that says STOP is answered by the unsubscription itself; an answer would invite the next mail.
        guard found.kind != "email" else { return replies.map { ($0.id, .void(reason: "no_reply_by_email")) } }
        var outcomes: [(Int64, ReplyOutcome)] = []
        var messages: [ComposedMessage] = []
        for reply in replies {
            var content = MessageContent()
            content.recipient = Array(reply.address.utf8)
            content.text = Array(found.texts.text(reply.kind, language: reply.language).utf8)
            content.idempotencyKey = Array("reply-\(reply.id)".utf8)
            var wire: [UInt8] = []
            do throws(ComposeError) {
                try found.channel.compose(content, into: &wire)
            } catch {
                outcomes.append((reply.id, .refused(code: "not_composed")))
                continue
            }
            messages.append(
                ComposedMessage(
                    token: UInt64(bitPattern: reply.id), address: reply.address, wire: wire,
                    idempotencyKey: "reply-\(reply.id)"))
        }
        return outcomes + exchange(messages, by: found.channel)
    }

    private func exchange(_ messages: [ComposedMessage], by channel: any Channel) -> [(Int64, ReplyOutcome)] {
        guard !messages.isEmpty else { return [] }
        let answers = Monitor<[SendReport]>([])
        do throws(ChannelSetupError) {
            let session = try channel.open { reports in answers.update { $0.append(contentsOf: reports) } }
            session.submit(messages)
            session.finish(within: 60)
        } catch {
            return messages.map { (Int64(bitPattern: $0.token), .notSent(code: "no_session")) }
        }
        let reports = answers.withState { $0 }
        return messages.map { message in
            let report = reports.first { $0.token == message.token }
            return (Int64(bitPattern: message.token), Self.outcome(report?.outcome))
        }
    }

    private static func outcome(_ outcome: SendOutcome?) -> ReplyOutcome {
        switch outcome {
        case .accepted(let id): .accepted(providerID: id)
        case .rejected(let code, _): .refused(code: code)
        case .throttled(let code, _), .unavailable(let code): .notSent(code: code)
        case .outcomeUnknown(_, let detail): .unknown(code: detail)
        case nil: .unknown(code: "no_report")
        }
    }
}
