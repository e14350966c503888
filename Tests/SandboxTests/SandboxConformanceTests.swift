import Channels
import Testing

@testable import Sandbox

/// Every adapter against the sandbox: what is accepted, refused, delayed and lost must look to our channels as the
/// provider's own answers do. Prints one line for each adapter.
@Suite struct SandboxConformanceTests {
    private struct Check {
        let name: String
        var deed: FaultDeed?
        var settings: [String: String] = [:]
        /// Whether the journal must have the message.
        var isAccepted = false
        let isRight: (SendOutcome) -> Bool
    }

    private static func checks(_ adapter: Adapter) -> [Check] {
        func isUnknown(_ outcome: SendOutcome) -> Bool {
            if case .outcomeUnknown = outcome { true } else { false }
        }
        // An answer of this provider's own may be read by its status alone: then a page in its place counts as accepted.
        let isPlain = adapter.provider == "webhook"
        // SendGrid's id stands in a header, which a huge body leaves alone.
        let isInHeader = adapter.provider == "sendgrid"
        func isUnreadable(_ outcome: SendOutcome) -> Bool {
            if case .accepted = outcome { return isPlain || isInHeader }
            return isUnknown(outcome)
        }
        let short = ["timeout": "0.5"]
        var checks = [
            Check(name: "accept", isAccepted: true) { if case .accepted = $0 { true } else { false } },
            Check(name: "nobody", deed: .error(adapter.nobody)) { outcome in
                if case .rejected = outcome { true } else { false }
            },
            Check(name: "account", deed: .error(adapter.account)) { outcome in
                if case .unavailable = outcome { return true }
                if case .rejected = outcome { return isPlain }
                return false
            },
            Check(name: "wait", deed: .throttle(wait: 60, adapter.wait)) { outcome in
                guard case .throttled(_, let wait) = outcome, let wait else { return false }
                return (58...61).contains(wait)
            },
            Check(name: "429", deed: .throttle(wait: 1, WaitForm.none)) { outcome in
                if case .throttled = outcome { true } else { false }
            },
            Check(name: "503", deed: .status(503)) { outcome in
                if case .accepted = outcome { false } else { true }
            },
            Check(name: "500", deed: .status(500), isRight: isUnknown),
            Check(name: "hang", deed: .hang, settings: short, isRight: isUnknown),
            Check(name: "reset", deed: .resetAfterBody, isRight: isUnknown),
            Check(name: "early reset", deed: .resetBeforeBody, isRight: isUnknown),
            Check(name: "close", deed: .close, isRight: isUnknown),
            Check(name: "taken+hang", deed: .acceptAndHang, settings: short, isAccepted: true, isRight: isUnknown),
            Check(name: "taken+reset", deed: .acceptAndReset, isAccepted: true, isRight: isUnknown),
            Check(name: "taken+close", deed: .acceptAndClose, isAccepted: true, isRight: isUnknown),
            Check(name: "malformed", deed: .malformed, isAccepted: true, isRight: isUnreadable),
            Check(name: "truncated", deed: .truncated, isAccepted: true, isRight: isUnknown),
            Check(name: "huge", deed: .huge, isAccepted: true, isRight: isUnreadable),
            Check(name: "html", deed: .html, isAccepted: true, isRight: isUnreadable),
            Check(name: "slow", deed: .slow, settings: short, isAccepted: true, isRight: isUnknown),
        ]
        if let optOut = adapter.optOut {
            checks.append(
                Check(name: "opt-out", deed: .error(optOut)) { outcome in
                    guard case .rejected(_, let suppress) = outcome else { return false }
                    return suppress == .providerOptOut
                })
        }
        return checks
    }

    @Test(arguments: Adapter.all)
    func `an adapter reads every answer of the sandbox as the provider's`(adapter: Adapter) throws {
        var line: [String] = []
        for check in Self.checks(adapter) {
            let playground = try Playground()
            if let deed = check.deed { playground.server.play([FaultRule(deed)]) }
            let channel = try adapter.channel(adapter.configuration(playground.server.address, check.settings))
            let outcomes = try adapter.send(channel, [adapter.content()])
            let isRight = outcomes.count == 1 && check.isRight(outcomes[0])
            #expect(isRight, "\(adapter.name): \(check.name): \(outcomes)")
            #expect(
                playground.journal.count == (check.isAccepted ? 1 : 0),
                "\(adapter.name): \(check.name): \(playground.journal)")
            line.append(isRight ? "✓ " + check.name : "✗ " + check.name)
        }
        print("conformance  \(adapter.name): \(line.joined(separator: "  "))")
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
