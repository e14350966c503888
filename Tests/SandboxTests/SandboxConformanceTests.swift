import Channels
import Testing

@testable import Sandbox

/// Every adapter against the sandbox: what is accepted, refused, delayed and lost must look to our channels as the
/// provider's own answers do. Prints two lines for each adapter.
@Suite struct SandboxConformanceTests {
    @Test(arguments: Adapter.all)
    func `an adapter reads every answer of the sandbox as the provider's`(adapter: Adapter) throws {
        try play(adapter, AnswerCheck.all(adapter), "") { $0.address }
    }

    @Test(arguments: Adapter.all)
    func `over TLS and HTTP 2 nothing is different, and their own faults are told apart`(adapter: Adapter) throws {
        try play(adapter, AnswerCheck.all(adapter) + AnswerCheck.ofTheWire(adapter), " over HTTP/2") { server in
            try #require(server.secure)
        }
    }

    private func play(
        _ adapter: Adapter, _ checks: [AnswerCheck], _ way: String,
        _ address: (SandboxServer) throws -> SandboxAddress
    ) throws {
        var line: [String] = []
        for check in checks {
            let playground = try Playground()
            playground.server.play(check.rules)
            let configuration = adapter.configuration(try address(playground.server), check.settings)
            let outcomes = try adapter.send(try adapter.channel(configuration), [adapter.content()])
            let isRight = outcomes.count == 1 && check.isRight(outcomes[0])
            #expect(isRight, "\(adapter.name)\(way): \(check.name): \(outcomes)")
            // A client that has given up may be ahead of the server that reads what it wrote.
            if check.isAccepted { playground.awaitLine() }
            #expect(
                playground.journal.count == (check.isAccepted ? 1 : 0),
                "\(adapter.name)\(way): \(check.name): \(playground.journal)")
            var note = ""
            if case .outcomeUnknown(let phase, _)? = outcomes.first { note = " (\(phase.rawValue))" }
            line.append((isRight ? "✓ " : "✗ ") + check.name + note)
        }
        print("conformance  \(adapter.name)\(way): \(line.joined(separator: "  "))")
    }

    @Test func `a request that HTTP 2 says nobody looked at is sent again, any other is not`() throws {
        let adapter = try #require(Adapter.all.first { $0.name == "twilio" })
        func outcomes(_ deed: HTTP2Fault, times: Int?) throws -> (outcomes: [SendOutcome], lines: Int) {
            let playground = try Playground()
            var rule = FaultRule(.http2(deed))
            rule.after = 1
            rule.times = times
            playground.server.play([rule])
            // One connection, so that all but the first message meet one that was used before.
            let configuration = adapter.configuration(try #require(playground.server.secure), ["connections": "1"])
            let outcomes = try adapter.send(try adapter.channel(configuration), (0..<3).map { adapter.content($0) })
            return (outcomes, playground.journal.count)
        }
        func isAccepted(_ outcome: SendOutcome) -> Bool { if case .accepted = outcome { true } else { false } }
        func isUnknown(_ outcome: SendOutcome) -> Bool {
            if case .outcomeUnknown(.awaitingAnswer, _) = outcome { true } else { false }
        }
        let once = try outcomes(.refusedStream, times: 1)
        #expect(once.outcomes.count == 3 && once.outcomes.allSatisfy(isAccepted), "\(once.outcomes)")
        #expect(once.lines == 3)
        let always = try outcomes(.refusedStream, times: nil)
        let refused = SendOutcome.unavailable(code: "stream_refused")
        #expect(isAccepted(always.outcomes[0]) && always.outcomes[1...] == [refused, refused], "\(always)")
        #expect(always.lines == 1)
        for deed in [HTTP2Fault.goAwayAfter, .acceptAndResetStream] {
            let lost = try outcomes(deed, times: 1)
            #expect(lost.outcomes.count == 3 && isUnknown(lost.outcomes[1]), "\(deed): \(lost.outcomes)")
            #expect(lost.lines == 3, "one line for each message, though the answer to one was lost")
        }
    }

    @Test func `requests side by side on a dying connection are each taken once`() throws {
        let adapter = try #require(Adapter.all.first { $0.name == "twilio" })
        for deed in [FaultDeed.http2(.goAwayAfter), .http2(.goAwayBefore), .acceptAndClose, .acceptAndReset] {
            let playground = try Playground()
            var rule = FaultRule(deed)
            rule.share = 0.2
            playground.server.play([rule])
            let configuration = adapter.configuration(try #require(playground.server.secure), ["connections": "8"])
            let contents = (0..<120).map { index in
                var content = adapter.content(index)
                content.recipient = Array("+49151123\(10_000 + index)".utf8)
                return content
            }
            let outcomes = try adapter.send(try adapter.channel(configuration), contents)
            #expect(outcomes.count == 120)
            let people = playground.journal.compactMap { line in
                line.firstRange(of: "\"to\":\"").map { line[$0.upperBound...].prefix { $0 != "\"" } }
            }
            #expect(Set(people).count == playground.journal.count, "\(deed): somebody was sent to twice")
            let accepted = outcomes.count { if case .accepted = $0 { true } else { false } }
            let unknown = outcomes.count { if case .outcomeUnknown = $0 { true } else { false } }
            #expect((accepted...(accepted + unknown)).contains(playground.journal.count), "\(deed)")
        }
    }

    @Test(arguments: Adapter.all)
    func `a wrong secret is refused`(adapter: Adapter) throws {
        let playground = try Playground()
        var configuration = adapter.configuration(playground.server.address)
        let wrong: [String: String] = [
            "twilio": SandboxAccount.twilioAccount + ":wrong",
            "twilio-whatsapp": SandboxAccount.twilioAccount + ":wrong",
            "vonage": "5a4db0c0:wrong", "aws-sns": SandboxAccount.awsKey + ":wrong",
            "telegram": "1000000001:wrong-bot-token_000000000000000000",
            "webhook": "whsec_d3Jvbmcgd3Jvbmcgd3Jvbmcgd3Jvbmcgd3Jvbmc=",
        ]
        configuration.secret = Secret(wrong[adapter.provider] ?? "wrong")
        let outcomes = try adapter.send(try adapter.channel(configuration), [adapter.content()])
        #expect(outcomes.count == 1)
        for outcome in outcomes {
            switch outcome {
            case .unavailable: break
            case .rejected: #expect(adapter.provider == "webhook")
            case .accepted, .throttled, .outcomeUnknown: Issue.record("\(adapter.name): \(outcome)")
            }
        }
        #expect(playground.journal.isEmpty)
    }

    @Test func `a thousand mails of one request are a thousand lines of the journal`() throws {
        for name in ["sendgrid", "mailgun"] {
            let adapter = try #require(Adapter.all.first { $0.name == name })
            let playground = try Playground()
            let channel = try adapter.channel(adapter.configuration(playground.server.address))
            let contents = (0..<1000).map { index in
                var content = adapter.content(index)
                content.recipient = Array("person\(index)@example.com".utf8)
                return content
            }
            let outcomes = try adapter.send(channel, contents)
            #expect(outcomes.count == 1000)
            #expect(
                outcomes.allSatisfy { if case .accepted = $0 { true } else { false } },
                "\(name) \(outcomes.first.map { "\($0)" } ?? "")")
            #expect(playground.journal.count == 1000)
            #expect(
                playground.journal.contains { $0.contains("\"to\":\"person999@example.com\"") && $0.contains("ref999") }
            )
        }
    }

    @Test func `mail by SMTP arrives, and what is in it is read`() throws {
        let playground = try Playground()
        let adapter = Adapter(
            name: "smtp", provider: "smtp", kind: "email", from: "Acme <news@acme.example>", person: "ada@example.com",
            nobody: "", optOut: nil, account: "", wait: .none)
        let channel = try adapter.channel(adapter.configuration(playground.server.address))
        var content = adapter.content()
        content.subject = Array("Überraschung für Ada".utf8)
        content.html = Array("<p>Hello <b>Ada</b></p>".utf8)
        let outcomes = try adapter.send(channel, [content])
        guard case .accepted? = outcomes.first else {
            Issue.record("\(outcomes)")
            return
        }
        let entry = playground.server.book.list(limit: 1).conversations.first?.entries.first
        guard case .message(let message)? = entry?.side else {
            Issue.record("no message")
            return
        }
        #expect(message.subject == "Überraschung für Ada")
        #expect(message.text.contains("Hello Žofie, 1 < 2 & 50% 👋"))
        #expect(message.html.contains("<b>Ada</b>"))
    }

    @Test func `whoever sends faster than a provider documents is told to wait`() throws {
        let playground = try Playground { options in
            options.isUnlimited = false
            options.script.limits = ["telegram": 5]
        }
        let adapter = try #require(Adapter.all.first { $0.name == "telegram" })
        let channel = try adapter.channel(adapter.configuration(playground.server.address))
        let outcomes = try adapter.send(channel, (0..<20).map { adapter.content($0) })
        let accepted = outcomes.count { if case .accepted = $0 { true } else { false } }
        let waiting = outcomes.count { $0 == .throttled(code: "429", retryAfter: 1) }
        #expect(accepted >= 5)
        #expect(accepted + waiting == 20)
        #expect(playground.journal.count == accepted)
    }
}
