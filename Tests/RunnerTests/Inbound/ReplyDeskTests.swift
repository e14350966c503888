import Channels
import RuleEngine
import Runner
import Synchronization
import TestKit
import Testing

/// How short answers leave, and what their outcomes mean.
@Suite struct ReplyDeskTests {
    /// What is due, in memory; remembers what the desk said of it.
    private final class Book: ReplyBook {
        var due: [DueReply]
        var outcomes: [Int64: ReplyOutcome] = [:]

        init(_ due: [DueReply]) {
            self.due = due
        }

        func claimReplies(limit: Int, now: Timestamp) -> [DueReply] {
            defer { due = [] }
            return due
        }

        func finish(_ reply: Int64, _ outcome: ReplyOutcome) {
            outcomes[reply] = outcome
            if case .notSent = outcome {
                due.append(DueReply(id: reply, kind: .help, channel: "sms", address: "+1", language: nil))
            }
        }

        func abandonReplies(before: Timestamp) {}

        var hasDueReplies: Bool { !due.isEmpty }
    }

    private func answer(
        _ book: Book, kind: String = "sms", _ provider: @escaping FakeChannel.Provider
    ) throws -> (again: Bool, channel: FakeChannel) {
        let channel = FakeChannel(provider: provider)
        let desk = ReplyDesk(
            environment: RunnerEnvironment(now: { Timestamp(microseconds: 0) }, monotonic: { 0 }, random: { 0 }),
            find: { name in name == "sms" ? (channel, kind, ReplyTexts(brand: "Acme")) : nil })
        return (try desk.answer(book), channel)
    }

    private static func reply(_ id: Int64, _ kind: DueReply.Kind = .stop, channel: String = "sms") -> DueReply {
        DueReply(id: id, kind: kind, channel: channel, address: "+4915100000\(id)", language: nil)
    }

    @Test(arguments: [
        (SendOutcome.accepted(providerID: "p"), ReplyOutcome.accepted(providerID: "p"), false),
        (.rejected(code: "21610", suppress: .providerOptOut), .refused(code: "21610"), false),
        (.throttled(code: "429", retryAfter: 5), .notSent(code: "429"), true),
        (.unavailable(code: "connection_refused"), .notSent(code: "connection_refused"), true),
        (.outcomeUnknown(phase: .awaitingAnswer, detail: "timeout"), .unknown(code: "timeout"), false),
    ])
    func `an outcome decides whether it is tried again`(outcome: SendOutcome, expected: ReplyOutcome, again: Bool)
        throws
    {
        let book = Book([Self.reply(1)])
        let round = try answer(book) { _, _ in outcome }
        #expect(book.outcomes == [1: expected])
        #expect(round.again == again)
    }

    @Test func `a provider that never answers leaves it unknown, and never twice`() throws {
        let book = Book([Self.reply(1)])
        #expect(try answer(book) { _, _ in nil }.again == false)
        #expect(book.outcomes == [1: .unknown(code: "no answer")])
    }

    @Test func `several go by one session, and each has its own outcome`() throws {
        let book = Book([Self.reply(1), Self.reply(2, .help), Self.reply(3, .start), Self.reply(4, channel: "gone")])
        let round = try answer(book) { message, _ in
            message.address.hasSuffix("2")
                ? .rejected(code: "x", suppress: nil) : .accepted(providerID: message.address)
        }
        #expect(round.channel.order.count == 3)
        #expect(book.outcomes[2] == .refused(code: "x"))
        #expect(book.outcomes[3] == .accepted(providerID: "+49151000003"))
        #expect(book.outcomes[4] == .void(reason: "no_channel"))
    }

    @Test func `mails are not answered`() throws {
        let book = Book([Self.reply(1)])
        let round = try answer(book, kind: "email") { _, _ in .accepted(providerID: "p") }
        #expect(round.channel.order.isEmpty)
        #expect(book.outcomes == [1: .void(reason: "no_reply_by_email")])
    }

    @Test(arguments: [DueReply.Kind.stop, .start, .help])
    func `every language has a text without a link that fits two parts`(kind: DueReply.Kind) {
        let texts = ReplyTexts(brand: "Acme", fallback: "de")
        for language in ["en", "de", "fr", "es", "de-AT", "pt", nil] {
            let text = texts.text(kind, language: language)
            #expect(text.hasPrefix("Acme: "))
            #expect(!text.contains("http"))
            #expect(SMSText(text).segments <= 2, "\(text)")
        }
        #expect(texts.text(kind, language: "de-AT") == texts.text(kind, language: "pt"))
        #expect(texts.text(kind, language: "en") != texts.text(kind, language: "de"))
    }

    private static let own = [
        "stop": ["en": "Acme: ended.", "de": "Acme: beendet.", "nl": "Acme: klaar."],
        "help": ["de-AT": "Acme: Hilfe in Wien.", "DE": "Acme: Hilfe."],
        "start": ["nl": "Acme: welkom."],
    ]

    /// The project's texts, and when ours stands in for them.
    @Test(arguments: [
        (DueReply.Kind.stop, "de" as String?, "Acme: beendet."),
        (.stop, "de-CH", "Acme: beendet."),
        (.stop, "EN_us", "Acme: ended."),
        // A language that neither speaks: the project's own.
        (.stop, "tr", "Acme: klaar."),
        (.stop, nil, "Acme: klaar."),
        // Ours speaks French and the project doesn't: better ours than the project's Dutch.
        (.stop, "fr", "Acme: vous ne recevrez plus"),
        (.help, "de-AT", "Acme: Hilfe in Wien."),
        (.help, "de", "Acme: Hilfe."),
        // Nothing of the project's fits, and `nl` is not ours either.
        (.help, "nl", "Acme: reply STOP to get no more"),
        // The only text there is.
        (.start, "tr", "Acme: welkom."),
        (.start, "de", "Acme: Sie bekommen unsere Nachrichten wieder"),
    ])
    func `the project's own texts are used in the person's language`(
        kind: DueReply.Kind, language: String?, begins: String
    ) {
        let texts = ReplyTexts(brand: "Acme", website: "acme.example", fallback: "nl", own: Self.own)
        let text = texts.text(kind, language: language)
        #expect(text.hasPrefix(begins), "\(text)")
    }

    @Test func `a text of the project's is what leaves`() throws {
        let book = Book([Self.reply(1), Self.reply(2, .help)])
        let left = Mutex<[String]>([])
        let channel = FakeChannel { message, _ in
            left.withLock { $0.append(String(decoding: message.wire, as: UTF8.self)) }
            return .accepted(providerID: "p")
        }
        let desk = ReplyDesk(
            environment: RunnerEnvironment(now: { Timestamp(microseconds: 0) }, monotonic: { 0 }, random: { 0 }),
            find: { _ in (channel, "sms", ReplyTexts(brand: "Acme", own: ["stop": ["en": "Acme: ended."]])) })
        _ = try desk.answer(book)
        let texts = left.withLock { $0 }
        #expect(texts.contains { $0.contains("Acme: ended.") })
        #expect(texts.contains { $0.contains("reply STOP to get no more messages") })
    }
}
