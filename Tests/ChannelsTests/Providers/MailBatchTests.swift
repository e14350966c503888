import Synchronization
import TestKit
import Testing

@testable import Channels

/// Mail to many in one request: who is in it, what each of them gets, and what becomes of them when one is at fault.
struct MailBatchTests {
    static let scripts: [ProviderScript] = [.sendGrid, .mailgun]

    private static func content(_ index: Int, text: String = "Hello", html: String = "") -> MessageContent {
        var content = MessageContent()
        content.recipient = Array("ada\(index)@example.com".utf8)
        content.subject = Array("News \(index)".utf8)
        content.text = Array((text + " \(index)").utf8)
        content.html = Array(html.utf8)
        content.reference = Array("ref\(index)".utf8)
        content.unsubscribeURL = Array("https://u.example.com/\(index)".utf8)
        return content
    }

    private static func send(
        _ script: ProviderScript,
        port: Int,
        _ contents: [MessageContent]
    ) throws -> [SendOutcome] {
        let descriptor = try #require(ChannelRegistry.descriptor(of: script.provider))
        let channel = try descriptor.make(script.configuration(port: port))
        let messages = try contents.enumerated().map { index, content in
            var wire: [UInt8] = []
            try channel.compose(content, into: &wire)
            return ComposedMessage(
                token: UInt64(index),
                address: String(decoding: content.recipient, as: UTF8.self),
                wire: wire
            )
        }
        let list = Reports()
        let session = try channel.open { list.add($0) }
        session.submit(messages)
        session.finish(within: 60)
        let reports = list.all.sorted { $0.token < $1.token }
        #expect(reports.map(\.token) == Array(0..<UInt64(contents.count)))
        return reports.map(\.outcome)
    }

    private final class Reports: Sendable {
        private let reports = Mutex<[SendReport]>([])

        var all: [SendReport] { reports.withLock { $0 } }

        func add(_ batch: [SendReport]) {
            reports.withLock { $0 += batch }
        }
    }

    @Test(arguments: scripts)
    func `A thousand recipients fit a request, and the next begins another`(script: ProviderScript) throws {
        let server = HTTPFaultServer { _ in script.success.answer }
        defer { server.stop() }
        let outcomes = try Self.send(script, port: server.port, (0..<1005).map { Self.content($0) })
        #expect(server.requests.count == 2)
        #expect(outcomes.allSatisfy { $0 == script.success.outcome })
    }

    @Test(arguments: scripts)
    func `An address stands in a request once`(script: ProviderScript) throws {
        let server = HTTPFaultServer { _ in script.success.answer }
        defer { server.stop() }
        let outcomes = try Self.send(script, port: server.port, [1, 2, 1].map { Self.content($0) })
        #expect(server.requests.count == 2 && outcomes.count == 3)
    }

    @Test(arguments: scripts)
    func `A lost answer leaves all of its recipients in doubt`(script: ProviderScript) throws {
        let server = HTTPFaultServer { _ in .resetAfterBody }
        defer { server.stop() }
        let outcomes = try Self.send(script, port: server.port, (0..<20).map { Self.content($0) })
        #expect(server.requests.count == 1)
        for outcome in outcomes {
            guard case .outcomeUnknown = outcome else {
                Issue.record("\(outcome)")
                continue
            }
        }
    }

    @Test func `A recipient that SendGrid names is taken out, and the rest is sent`() throws {
        let script = ProviderScript.sendGrid
        let server = HTTPFaultServer { request in
            request.number == 1
                ? .json(400, #"{"errors":[{"message":"no","field":"personalizations.3.to.0.email"}]}"#)
                : script.success.answer
        }
        defer { server.stop() }
        let outcomes = try Self.send(script, port: server.port, (0..<10).map { Self.content($0) })
        #expect(outcomes[3] == .rejected(code: "400 to", suppress: .bounce))
        for (index, outcome) in outcomes.enumerated() where index != 3 {
            #expect(outcome == script.success.outcome)
        }
        let second = try #require(JSONValue(server.requests[1].body)?["personalizations"]?.items)
        #expect(second.count == 9)
    }

    @Test func `A recipient that nobody names is found by halves`() throws {
        let script = ProviderScript.mailgun
        let server = HTTPFaultServer(answering: { request in
            request.body.holds(Array("ada13%40example.com".utf8))
                ? .json(400, #"{"message":"to parameter is not a valid address"}"#) : script.success.answer
        })
        defer { server.stop() }
        let outcomes = try Self.send(script, port: server.port, (0..<32).map { Self.content($0) })
        for (index, outcome) in outcomes.enumerated() {
            #expect(outcome == (index == 13 ? .rejected(code: "400 to", suppress: .bounce) : script.success.outcome))
        }
        // One that fails at each size from 32 to 1, and the other half of each.
        #expect(server.requests.count == 11)
    }

    @Test func `Nobody sees another's address at Mailgun`() throws {
        let script = ProviderScript.mailgun
        let server = HTTPFaultServer { _ in script.success.answer }
        defer { server.stop() }
        _ = try Self.send(script, port: server.port, (0..<5).map { Self.content($0, html: "<p>Hi</p>") })
        let request = try #require(server.requests.first)
        let form = Reading.form(request.body)
        let variables = JSONValue(Array((form["recipient-variables"] ?? "").utf8))
        for index in 0..<5 {
            let own = try #require(variables?["ada\(index)@example.com"])
            #expect(own["text"]?.string == "Hello \(index)" && own["ref"]?.string == "ref\(index)")
            #expect(own["unsubscribe"]?.string == "https://u.example.com/\(index)")
        }
        #expect(form["h:List-Unsubscribe"] == "<%recipient.unsubscribe%>" && form["html"] == "%recipient.html%")
        #expect(form["cc"] == nil && form["bcc"] == nil)
    }

    @Test func `Two spellings of an address are one at Mailgun, so they go in two requests`() throws {
        let script = ProviderScript.mailgun
        let server = HTTPFaultServer { _ in script.success.answer }
        defer { server.stop() }
        var first = Self.content(1)
        first.recipient = Array("ada@bücher.example".utf8)
        var second = Self.content(2)
        second.recipient = Array("ada@xn--bcher-kva.example".utf8)
        _ = try Self.send(script, port: server.port, [first, second])
        #expect(server.requests.count == 2)
        let texts = Set(
            server.requests.compactMap { request in
                let variables = Reading.form(request.body)["recipient-variables"] ?? ""
                return JSONValue(Array(variables.utf8))?["ada@xn--bcher-kva.example"]?["text"]?.string
            }
        )
        #expect(texts == ["Hello 1", "Hello 2"])
    }

    @Test func `A long message goes alone, with a content of its own`() throws {
        let script = ProviderScript.sendGrid
        let server = HTTPFaultServer { _ in script.success.answer }
        defer { server.stop() }
        let long = String(repeating: "x", count: 12_000)
        _ = try Self.send(
            script,
            port: server.port,
            [Self.content(0), Self.content(1, text: long, html: "<p>Hi</p>"), Self.content(2)]
        )
        let requests = server.requests.compactMap { JSONValue($0.body) }
        #expect(requests.count == 2)
        let alone = try #require(requests.first { $0["personalizations"]?.items.count == 1 })
        #expect(
            alone["content"]?[0]?["value"]?.string == long + " 1"
                && alone["content"]?[1]?["type"]?.string == "text/html"
        )
        #expect(alone["personalizations"]?[0]?["substitutions"] == nil)
        let both = try #require(requests.first { $0["personalizations"]?.items.count == 2 })
        #expect(both["content"]?[0]?["value"]?.string == "-carillon.text-")
        #expect(
            both["personalizations"]?[1]?["headers"]?["List-Unsubscribe"]?.string == "<https://u.example.com/2>"
        )
    }
}
