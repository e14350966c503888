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
        _ contents: [MessageContent],
        media: MediaSource? = nil
    ) throws -> [SendOutcome] {
        let descriptor = try #require(ChannelRegistry.descriptor(of: script.provider))
        var configuration = script.configuration(port: port)
        configuration.media = media
        let channel = try descriptor.make(configuration)
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

    @Test(arguments: scripts)
    func `Mails with the same files share a request and carry them once`(script: ProviderScript) throws {
        let folder = try TemporaryFolder()
        try folder.write("plan.pdf", Array("%PDF-1.7 the plan".utf8))
        try folder.write("map.pdf", Array("%PDF-1.7 --carillon map\r\n".utf8))
        let server = HTTPFaultServer { _ in script.success.answer }
        defer { server.stop() }
        var contents = (0..<6).map { Self.content($0) }
        for index in [0, 2, 4] { contents[index].attachmentNames = ["plan.pdf"] }
        contents[5].attachmentNames = ["plan.pdf", "map.pdf"]
        let outcomes = try Self.send(script, port: server.port, contents, media: Self.media(folder.path))
        #expect(outcomes.allSatisfy { if case .accepted = $0 { true } else { false } }, "\(outcomes)")
        let carried = server.requests.map { Self.files(of: $0) }.sorted { $0.count < $1.count }
        #expect(
            carried == [
                [], ["plan.pdf: %PDF-1.7 the plan"],
                [
                    "plan.pdf: %PDF-1.7 the plan", "map.pdf: %PDF-1.7 --carillon map\r\n",
                ],
            ])
        let people = server.requests.map { String(decoding: $0.body, as: UTF8.self).replacing("%40", with: "@") }
        for index in 0..<6 {
            #expect(people.count { $0.contains("ada\(index)@example.com") } == 1, "everybody in one request")
        }
    }

    @Test(arguments: scripts)
    func `A file that has changed since its mail was composed is not sent`(script: ProviderScript) throws {
        let folder = try TemporaryFolder()
        try folder.write("plan.pdf", Array("%PDF-1.7 the plan".utf8))
        let server = HTTPFaultServer { _ in script.success.answer }
        defer { server.stop() }
        let descriptor = try #require(ChannelRegistry.descriptor(of: script.provider))
        func channel() throws -> any Channel {
            var configuration = script.configuration(port: server.port)
            configuration.media = Self.media(folder.path)
            return try descriptor.make(configuration)
        }
        var content = Self.content(1)
        content.attachmentNames = ["plan.pdf"]
        var wire: [UInt8] = []
        try channel().compose(content, into: &wire)
        try folder.write("plan.pdf", Array("%PDF-1.7 another plan".utf8))
        let list = Reports()
        let session = try channel().open { list.add($0) }
        session.submit([ComposedMessage(token: 7, address: "ada1@example.com", wire: wire)])
        session.finish(within: 20)
        #expect(list.all.map(\.token) == [7])
        #expect(list.all.map(\.outcome) == [.rejected(code: "file_changed", suppress: nil)])
        #expect(server.requests.isEmpty)
    }

    private static func media(_ folder: String) -> MediaSource {
        MediaSource(.folder(folder)) { name in
            MediaSource.Name(text: name, type: "application/pdf", matches: { $0.starts(with: Array("%PDF-".utf8)) })
        }
    }

    /// What a request carries, as `name: content`.
    private static func files(of request: HTTPFaultServer.Request) -> [String] {
        if let json = JSONReader.read(request.body) {
            return (json["attachments"]?.items ?? []).map { file in
                let bytes = Base64Text.decode(file["content"]?.string ?? "") ?? []
                return (file["filename"]?.string ?? "") + ": " + String(decoding: bytes, as: UTF8.self)
            }
        }
        let type = request.headers["content-type"] ?? ""
        return (FormFields(multipart: request.body, contentType: type)?.fields ?? []).compactMap { field in
            field.file.map { $0 + ": " + String(decoding: field.value, as: UTF8.self) }
        }
    }
}
