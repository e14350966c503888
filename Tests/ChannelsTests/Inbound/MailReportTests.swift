import TestKit
import Testing

@testable import Channels

@Suite struct MailReportTests {
    private static let reference = "v1abcdefghijklmnopqrstuvwxyz"

    private static func report(_ type: String, _ status: String, returned: String = returned) -> [UInt8] {
        let text = """
            From: MAILER-DAEMON@mx.example
            To: bounces@acme.example
            Subject: Undelivered Mail Returned to Sender
            Message-ID: <forged-reference-of-somebody@mx.example>
            Content-Type: multipart/report; report-type=\(type);
            \tboundary="B=1/mx"

            This is the mail system. I'm sorry.

            --B=1/mx
            Content-Type: text/plain

            Your message could not be delivered.
            --B=1/mx
            Content-Type: message/\(type)

            \(status)
            --B=1/mx
            \(returned)

            --B=1/mx--

            """
        return Array(text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n").utf8)
    }

    private static let returned = """
        Content-Type: text/rfc822-headers

        From: Acme <news@acme.example>
        To: anna@mail.example
        Message-ID:
          <\(reference)@acme.example>
        Subject: Spring
        """

    private static func events(_ mail: [UInt8]) -> [InboundEvent] {
        let receiver = MailReportReceiver(WebhookSettings())
        return receiver.parse(WebhookRequest(mail: mail, url: "")) ?? []
    }

    private struct Case: Sendable {
        let fields: String
        let kind: InboundEvent.Kind
        var code: String?
        var isFinal = false
    }

    private static let cases = [
        Case(fields: "Action: failed\nStatus: 5.1.1", kind: .bounced, code: "5.1.1", isFinal: true),
        Case(fields: "action: FAILED\nStatus: 5.2.2 (mailbox full)", kind: .bounced, code: "5.2.2"),
        Case(fields: "Action: failed\nStatus: 4.4.7", kind: .bounced, code: "4.4.7"),
        Case(fields: "Action: delayed\nStatus: 4.4.1", kind: .deferred, code: "4.4.1"),
        Case(fields: "Action: delivered\nStatus: 2.0.0", kind: .delivered),
        Case(fields: "Action: relayed\nStatus: 2.0.0", kind: .sent),
    ]

    @Test(arguments: cases) private func `each action of a delivery report has its meaning`(_ wanted: Case) throws {
        let status = "Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; anna@mail.example\n" + wanted.fields
        let events = Self.events(Self.report("delivery-status", status))
        let event = try #require(events.first)
        #expect(events.count == 1)
        #expect(event.kind == wanted.kind)
        #expect(event.failureCode == wanted.code)
        #expect(event.isFinal == wanted.isFinal)
        #expect(event.reference == Self.reference)
        // The address is ours to look up by the reference, never the report's to name.
        #expect(event.contact == nil)
    }

    @Test(arguments: [("abuse", InboundEvent.Kind.complained), ("fraud", .complained), ("opt-out", .unsubscribed)])
    func `each kind of complaint has its meaning`(type: String, kind: InboundEvent.Kind) throws {
        let events = Self.events(
            Self.report("feedback-report", "Feedback-Type: \(type)\nVersion: 1\nUser-Agent: SomeGenerator/1.0"))
        #expect(events.map(\.kind) == [kind])
        #expect(events.first?.reference == Self.reference)
    }

    @Test func `a report that returns no mail of ours has no effect`() {
        let status = "Final-Recipient: rfc822; anna@mail.example\nAction: failed\nStatus: 5.1.1"
        for returned in ["Content-Type: text/plain\n\nnothing", "Content-Type: message/rfc822\n\nSubject: no id\n\nx"] {
            let events = Self.events(Self.report("delivery-status", status, returned: returned))
            #expect(events.map(\.kind) == [.ignored])
            #expect(events.first?.reference == nil)
        }
        #expect(Self.events(Array("From: a@b.example\n\nI am on holiday.\n".utf8)).map(\.kind) == [.ignored])
    }

    @Test func `a whole returned mail and several recipients are read`() {
        let returned =
            "Content-Type: message/rfc822\n\nMessage-ID: <\(Self.reference)@acme.example>\nSubject: x\n\nHello"
        let status = "Reporting-MTA: dns; a\n\nAction: failed\nStatus: 5.0.0\n\nAction: delayed\nStatus: 4.0.0"
        let events = Self.events(Self.report("delivery-status", status, returned: returned))
        #expect(events.map(\.kind) == [.bounced, .deferred])
        #expect(Set(events.map(\.key)).count == 2)
    }

    @Test func `the web can't hand in a mail, and what has no sender is no mail`() {
        let receiver = MailReportReceiver(WebhookSettings())
        var request = WebhookRequest(mail: Self.report("delivery-status", "Action: failed"), url: "")
        #expect(receiver.verify(request, WebhookContext(now: 0)) == .genuine)
        request.method = "POST"
        #expect(receiver.verify(request, WebhookContext(now: 0)) == .refused(.badMethod))
        let nonsense = WebhookRequest(mail: Array("no mail".utf8), url: "")
        #expect(receiver.verify(nonsense, WebhookContext(now: 0)) == .refused(.malformed))
    }

    @Test func `changed mails neither stop it nor take long`() {
        var random = SeededRandom(seed: 11)
        let whole = Self.report("delivery-status", "Action: failed\nStatus: 5.1.1")
        for _ in 0..<2000 {
            var mail = whole
            for _ in 0...random.below(4) {
                let at = random.below(mail.count + 1)
                switch random.below(3) {
                case 0: mail = Array(mail[..<at])
                case 1: mail.insert(contentsOf: Array("\r\n--B=1/mx\r\n".utf8), at: at)
                default: if at < mail.count { mail[at] = UInt8(truncatingIfNeeded: random.next()) }
                }
                if mail.isEmpty { mail = [0x0A] }
            }
            for event in Self.events(mail) where event.kind != .ignored { #expect(event.reference != nil) }
        }
    }
}
