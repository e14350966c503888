import Channels
import Synchronization

/// What every HTTP provider must do, whichever it is: run against a server that a script plays.
package struct ChannelConformance {
    package struct Row: Sendable, CustomStringConvertible {
        package let provider: String
        package let name: String
        /// What went wrong; nil for nothing.
        package let fault: String?

        package var description: String {
            "\(provider): \(name): " + (fault.map { "FAILED, \($0)" } ?? "ok")
        }
    }

    private let script: ProviderScript
    private static let text = "Hello Žofie, 1 < 2 & \"3\" + 50% = {yes}\nBye 👋"

    package init(_ script: ProviderScript) {
        self.script = script
    }

    package func run() -> [Row] {
        var rows = [
            row("a message is accepted") { try accepts() },
            row("an answer with unknown fields is understood") { try understandsMore() },
            row("text can't break out of its field") { try keepsText() },
            row("the secret is in no message") { try hidesSecret() },
            row("a bad address is not sent to") { try refusesAddresses() },
            row("what the provider can't carry is refused") { try refusesParts() },
            row("without a secret messages are composed and not sent") { try needsSecret() },
            row("fifty messages get one report each") { try reportsAll() },
        ]
        for reply in script.replies {
            rows.append(row(reply.name) { try expect(reply.answer, reply.outcome) })
        }
        rows += ambiguousRows + malformedRows
        return rows
    }

    private func row(_ name: String, _ body: () throws -> String?) -> Row {
        do {
            return Row(provider: script.provider, name: name, fault: try body())
        } catch {
            return Row(provider: script.provider, name: name, fault: "threw \(error)")
        }
    }

    // MARK: - Answers that say nothing

    private var ambiguousRows: [Row] {
        let awaiting: [(String, HTTPFaultServer.Answer)] = [
            ("no answer", .hang), ("a reset behind the request", .resetAfterBody),
            ("a close behind the request", .close),
            ("a reset in the middle of the request", .resetBeforeBody),
        ]
        var rows = awaiting.map { name, answer in
            row(name + " is unknown") {
                try check(try outcome(answer, ["timeout": "0.4"])) { outcome in
                    if case .outcomeUnknown(let phase, _) = outcome { phase != .answer } else { false }
                }
            }
        }
        let answering: [(String, HTTPFaultServer.Answer)] = [
            ("an answer that stops", .stallAfterHead(200)),
            ("an answer that is cut off", .truncated(200, body: "{\"a\":")),
            ("an answer that is no HTTP", .raw("SSH-2.0-OpenSSH_9.2\r\n")),
        ]
        rows += answering.map { name, answer in
            row(name + " is unknown") {
                try check(try outcome(answer, ["timeout": "0.4"])) { outcome in
                    if case .outcomeUnknown(let phase, _) = outcome { phase == .answer } else { false }
                }
            }
        }
        rows.append(
            row("nobody at the address is unavailable") {
                let server = HTTPFaultServer { _ in .hang }
                server.stop()
                let outcomes = try send(channel(server.port), count: 1)
                return try check(outcomes.first) { $0 == .unavailable(code: "connection_refused") }
            }
        )
        return rows
    }

    private var malformedRows: [Row] {
        let html = "<html><body>It works!</body></html>"
        let unreadable: [(String, HTTPFaultServer.Answer)] = [
            ("a page in place of an answer", .answer(200, headers: ["Content-Type: text/html"], body: html)),
            ("an empty answer", .answer(200)),
            ("an answer of nothing known", .answer(200, headers: ["Content-Type: application/json"], body: "{}")),
            (
                "a list where an object belongs",
                .answer(200, headers: ["Content-Type: application/json"], body: "[[[1]]]")
            ),
            ("broken JSON", .answer(200, headers: ["Content-Type: application/json"], body: "{\"sid\": \"SM")),
            ("a huge answer", .huge(200, bytes: 1 << 20)),
            (
                "deep nesting",
                .answer(
                    200,
                    headers: ["Content-Type: application/json"],
                    body: String(repeating: "[", count: 20_000)
                )
            ),
            ("a failure of the server", .answer(500, headers: ["Content-Type: text/html"], body: html)),
            ("a failure of the gateway", .answer(502, headers: ["Content-Type: text/html"], body: html)),
            ("a gateway that waited too long", .answer(504, headers: ["Content-Type: text/html"], body: html)),
        ]
        var rows = unreadable.map { name, answer in
            row(name + " is unknown") {
                try check(try outcome(answer)) { outcome in
                    if case .outcomeUnknown(.answer, _) = outcome { true } else { false }
                }
            }
        }
        rows.append(
            row("a redirect is not followed") {
                let server = HTTPFaultServer { _ in .answer(302, headers: ["Location: /elsewhere"]) }
                defer { server.stop() }
                let outcomes = try send(channel(server.port), count: 1)
                guard server.requests.count == 1 else { return "\(server.requests.count) requests" }
                return try check(outcomes.first) { outcome in
                    if case .unavailable = outcome { true } else { false }
                }
            }
        )
        return rows
    }

    // MARK: - Single cases

    private func accepts() throws -> String? {
        let server = HTTPFaultServer { [script] _ in script.success.answer }
        defer { server.stop() }
        let outcomes = try send(channel(server.port), count: 1)
        guard let request = server.requests.first else { return "no request came" }
        if let fault = script.inspect(request) { return fault }
        return try check(outcomes.first) { $0 == script.success.outcome }
    }

    private func understandsMore() throws -> String? {
        try expect(script.successWithMore, script.success.outcome)
    }

    private func keepsText() throws -> String? {
        let server = HTTPFaultServer { [script] _ in script.success.answer }
        defer { server.stop() }
        _ = try send(channel(server.port), count: 1)
        guard let request = server.requests.first else { return "no request came" }
        return script.holds(request, Self.text) ? nil : String(decoding: request.body, as: UTF8.self)
    }

    private func hidesSecret() throws -> String? {
        let channel = try channel(1)
        var wire: [UInt8] = []
        try channel.compose(content(0), into: &wire)
        let text = String(decoding: wire, as: UTF8.self)
        return script.hidden.first { text.contains($0) }.map { _ in "the wire form holds it" }
    }

    private func refusesAddresses() throws -> String? {
        let channel = try channel(1)
        for address in ["", "nobody", "1\r\n2", "+1", "a b@c.example", "12\u{0}34", "+49 151 1234567"] {
            var content = content(0)
            content.recipient = Array(address.utf8)
            var wire: [UInt8] = [7]
            do throws(ComposeError) {
                try channel.compose(content, into: &wire)
                return "`\(address)` was composed"
            } catch {
                guard wire == [7] else { return "`\(address)` left bytes behind" }
            }
        }
        return nil
    }

    private func refusesParts() throws -> String? {
        let channel = try channel(1)
        for part in MessagePart.allCases where !channel.capabilities.traits.contents.contains(part) {
            var content = content(0)
            switch part {
            case .text, .html: continue
            case .image: content.media = MessageMedia(kind: .image, url: Array("https://a.example/a.png".utf8))
            case .video: content.media = MessageMedia(kind: .video, url: Array("https://a.example/a.mp4".utf8))
            case .audio: content.media = MessageMedia(kind: .audio, url: Array("https://a.example/a.mp3".utf8))
            case .file: content.media = MessageMedia(kind: .file, url: Array("https://a.example/a.pdf".utf8))
            case .location: content.location = MessageLocation(latitude: 50, longitude: 14)
            case .attachment: content.attachmentNames = ["a.pdf"]
            case .approved: content.approved = ApprovedText(name: "hello", language: "en")
            case .buttons: content.buttons = [MessageButton(title: Array("Yes".utf8), action: .reply([0x79]))]
            }
            var wire: [UInt8] = []
            do throws(ComposeError) {
                try channel.compose(content, into: &wire)
                return "\(part.rawValue) was composed"
            } catch {
                guard error == .notSupported(part) else { return "\(part.rawValue): \(error)" }
            }
        }
        return nil
    }

    private func needsSecret() throws -> String? {
        var configuration = script.configuration(port: 1)
        configuration.secret = nil
        let channel = try make(configuration)
        var wire: [UInt8] = []
        try channel.compose(content(0), into: &wire)
        do throws(ChannelSetupError) {
            try channel.open { _ in }.finish(within: 1)
            return "it opened"
        } catch {
            return nil
        }
    }

    private func reportsAll() throws -> String? {
        let server = HTTPFaultServer { [script] request in
            // Every third connection's answer is lost.
            request.number % 3 == 0 ? .resetAfterBody : script.success.answer
        }
        defer { server.stop() }
        let channel = try channel(server.port, ["connections": "4"])
        let outcomes = try send(channel, count: 50)
        return outcomes.count == 50 ? nil : "\(outcomes.count) reports"
    }

    // MARK: - Sending

    private func expect(_ answer: HTTPFaultServer.Answer, _ expected: SendOutcome) throws -> String? {
        try check(try outcome(answer)) { $0 == expected }
    }

    private func check(_ outcome: SendOutcome?, _ isExpected: (SendOutcome) -> Bool) throws -> String? {
        guard let outcome else { return "no report" }
        return isExpected(outcome) ? nil : "\(outcome)"
    }

    private func outcome(
        _ answer: HTTPFaultServer.Answer,
        _ settings: [String: String] = [:]
    ) throws -> SendOutcome? {
        let server = HTTPFaultServer { _ in answer }
        defer { server.stop() }
        let outcomes = try send(channel(server.port, settings), count: 1)
        return outcomes.count == 1 ? outcomes[0] : nil
    }

    private func make(_ configuration: ChannelConfiguration) throws -> any Channel {
        guard let descriptor = ChannelRegistry.descriptor(of: script.provider) else {
            throw ChannelSetupError(message: "there is no provider `\(script.provider)`")
        }
        return try descriptor.make(configuration)
    }

    private func channel(_ port: Int, _ settings: [String: String] = [:]) throws -> any Channel {
        try make(script.configuration(port: port, settings))
    }

    private func content(_ index: Int) -> MessageContent {
        var content = MessageContent()
        content.recipient = Array(script.recipient(index).utf8)
        content.subject = Array("News".utf8)
        content.text = Array(Self.text.utf8)
        content.reference = Array("ref\(index)".utf8)
        content.campaign = Array("spring".utf8)
        return content
    }

    private func send(_ channel: any Channel, count: Int) throws -> [SendOutcome] {
        var messages: [ComposedMessage] = []
        for index in 0..<count {
            var wire: [UInt8] = []
            try channel.compose(content(index), into: &wire)
            messages.append(
                ComposedMessage(
                    token: UInt64(index),
                    address: script.recipient(index),
                    wire: wire,
                    idempotencyKey: ""
                )
            )
        }
        let seen = Outcomes()
        let session = try channel.open { reports in seen.add(reports) }
        session.submit(messages)
        session.finish(within: 60)
        return seen.all(count)
    }

    private final class Outcomes: Sendable {
        private let reports = Mutex<[SendReport]>([])

        func add(_ batch: [SendReport]) {
            reports.withLock { $0 += batch }
        }

        /// In the order of the tokens; empty where one came twice or never was sent.
        func all(_ count: Int) -> [SendOutcome] {
            let reports = reports.withLock { $0.sorted { $0.token < $1.token } }
            return Set(reports.map(\.token)).count == reports.count ? reports.map(\.outcome) : []
        }
    }
}
