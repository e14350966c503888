import TestKit
import Testing

@testable import Channels

@Suite(.serialized)
struct WebhookChannelTests {
    @Test func `The receiver gets the message and can verify it`() throws {
        let server = HTTPFaultServer { _ in .answer(202) }
        defer { server.stop() }
        let channel = try WebhookFixture.channel("http://127.0.0.1:\(server.port)/hook")
        #expect(try WebhookFixture.send(channel) == [.accepted(providerID: "delivery1")])
        let request = try #require(server.requests.first)
        let body =
            #"{"type":"message.send","timestamp":"2021-02-25T15:02:10Z","data":{"id":"d7k2","channel":"sms","#
            + #""to":"+420601000001","text":"Hello \"Žofie\"\n","campaign":"spring"}}"#
        #expect(request.body.text == body)
        #expect(request.line == "POST /hook HTTP/1.1")
        #expect(request.headers["content-type"] == "application/json")
        #expect(request.headers["webhook-id"] == "delivery1")
        #expect(request.headers["webhook-timestamp"] == "\(WebhookFixture.now)")
        let secret = try #require(WebhookSecret(WebhookFixture.secret))
        #expect(
            secret.verifies(
                id: "delivery1",
                timestamp: "\(WebhookFixture.now)",
                signature: request.headers["webhook-signature"] ?? "",
                body: request.body,
                now: WebhookFixture.now + 9
            )
        )
    }

    @Test func `All fields of a mail are in the body`() throws {
        var content = WebhookFixture.content()
        content.recipientName = Array("Žofie".utf8)
        content.subject = Array("Hi".utf8)
        content.html = Array("<p>Hi</p>".utf8)
        content.unsubscribeURL = Array("https://a.example/u".utf8)
        let body = try WebhookBody.compose(content, kind: "email", now: 0).text
        let expected =
            #"{"type":"message.send","timestamp":"1970-01-01T00:00:00Z","data":{"id":"d7k2","channel":"email","#
            + #""to":"+420601000001","name":"Žofie","subject":"Hi","text":"Hello \"Žofie\"\n","html":"<p>Hi</p>","#
            + #""unsubscribe_url":"https://a.example/u","campaign":"spring"}}"#
        #expect(body == expected)
    }

    @Test func `A text that is not UTF-8 is repaired`() throws {
        var content = WebhookFixture.content()
        content.text = [0x61, 0xFF, 0x62]
        #expect(try WebhookBody.compose(content, kind: "sms", now: 0).text.contains("\"a\u{FFFD}b\""))
    }

    @Test func `A message without text or address has no wire form`() {
        var empty = WebhookFixture.content()
        empty.text = []
        #expect(throws: ComposeError.empty) { try WebhookBody.compose(empty, kind: "sms", now: 0) }
        var unsafe = WebhookFixture.content()
        unsafe.recipient = Array("a\nb".utf8)
        #expect(throws: ComposeError.badAddress) { try WebhookBody.compose(unsafe, kind: "sms", now: 0) }
    }

    @Test func `A message that is too large has no wire form`() throws {
        let channel = try WebhookFixture.channel("http://127.0.0.1:1/", ["max_size": "1024"])
        var content = WebhookFixture.content()
        content.text = [UInt8](repeating: 0x61, count: 1024)
        var wire: [UInt8] = [7]
        #expect(throws: ComposeError.tooLarge(limit: 1024)) { try channel.compose(content, into: &wire) }
        #expect(wire == [7])
    }

    struct StatusCase: Sendable {
        let status: Int
        var headers: [String] = []
        var body = ""
        let outcome: SendOutcome
    }

    private static let accepted = SendOutcome.accepted(providerID: "delivery1")

    private static func rejected(_ code: String) -> SendOutcome {
        .rejected(code: code, suppress: nil)
    }

    private static func unknown(_ status: Int) -> SendOutcome {
        .outcomeUnknown(phase: .answer, detail: "\(status)")
    }

    private static func throttled(_ status: Int, _ seconds: Double?) -> SendOutcome {
        .throttled(code: "\(status)", retryAfter: seconds)
    }

    static let statuses: [StatusCase] = [
        StatusCase(status: 200, outcome: accepted),
        StatusCase(status: 200, body: #"{"id":"msg_7"}"#, outcome: .accepted(providerID: "msg_7")),
        StatusCase(status: 201, body: #"{"ok":true,"id":"a b"}"#, outcome: .accepted(providerID: "a b")),
        StatusCase(status: 200, body: #"{"id":7}"#, outcome: accepted),
        StatusCase(status: 200, body: #"{"id":""}"#, outcome: accepted),
        StatusCase(status: 200, body: #"{"id":"a\nb"}"#, outcome: accepted),
        StatusCase(status: 200, body: "<html>{</html>", outcome: accepted),
        StatusCase(status: 204, outcome: accepted),
        StatusCase(status: 301, headers: ["Location: https://a.example/"], outcome: rejected("301 redirect")),
        StatusCase(status: 302, headers: ["Location: http://169.254.169.254/"], outcome: rejected("302 redirect")),
        StatusCase(status: 308, outcome: rejected("308 redirect")),
        StatusCase(status: 400, outcome: rejected("400")),
        StatusCase(status: 401, outcome: rejected("401")),
        StatusCase(status: 403, outcome: rejected("403")),
        StatusCase(status: 404, outcome: rejected("404")),
        StatusCase(status: 410, outcome: .unavailable(code: SendOutcome.gone)),
        StatusCase(status: 422, outcome: rejected("422")),
        StatusCase(status: 408, outcome: throttled(408, nil)),
        StatusCase(status: 425, outcome: throttled(425, nil)),
        StatusCase(status: 429, outcome: throttled(429, 1)),
        StatusCase(status: 429, headers: ["Retry-After: 30"], outcome: throttled(429, 30)),
        StatusCase(
            status: 429,
            headers: ["Retry-After: Thu, 25 Feb 2021 15:03:10 GMT"],
            outcome: throttled(429, 60)
        ),
        StatusCase(status: 429, headers: ["Retry-After: soon"], outcome: throttled(429, 1)),
        StatusCase(status: 503, headers: ["Retry-After: 5"], outcome: throttled(503, 5)),
        StatusCase(status: 503, outcome: unknown(503)),
        StatusCase(status: 503, headers: ["Retry-After: soon"], outcome: unknown(503)),
        StatusCase(status: 500, outcome: unknown(500)),
        StatusCase(status: 501, outcome: unknown(501)),
        StatusCase(status: 502, outcome: unknown(502)),
        StatusCase(status: 504, outcome: unknown(504)),
    ]

    @Test(arguments: statuses)
    func `Each status has its outcome`(row: StatusCase) throws {
        let outcome = try WebhookFixture.outcome { _ in .answer(row.status, headers: row.headers, body: row.body) }
        #expect(outcome == row.outcome)
    }

    @Test func `A lost answer is unknown`() throws {
        let cases: [(HTTPFaultServer.Answer, SendOutcome)] = [
            (.resetAfterBody, .outcomeUnknown(phase: .awaitingAnswer, detail: "connection_lost")),
            (.truncated(200, body: "{"), .outcomeUnknown(phase: .answer, detail: "truncated_answer")),
            (.raw("what?\r\n\r\n"), .outcomeUnknown(phase: .answer, detail: "malformed_answer")),
        ]
        for (answer, outcome) in cases {
            #expect(try WebhookFixture.outcome { _ in answer } == outcome)
        }
        let late = try WebhookFixture.outcome(["timeout": "0.3"]) { _ in .hang }
        #expect(late == .outcomeUnknown(phase: .awaitingAnswer, detail: "timeout"))
    }

    @Test func `A huge answer is cut and the message accepted`() throws {
        #expect(try WebhookFixture.outcome { _ in .huge(200, bytes: 8 << 20) } == .accepted(providerID: "delivery1"))
    }

    @Test func `A receiver that is not there is unavailable`() throws {
        let server = HTTPFaultServer { _ in .hang }
        server.stop()
        let channel = try WebhookFixture.channel("http://127.0.0.1:\(server.port)/")
        #expect(try WebhookFixture.send(channel) == [.unavailable(code: "connection_refused")])
    }

    @Test func `A message without a key gets a name of its own`() throws {
        let server = HTTPFaultServer { _ in .answer(200) }
        defer { server.stop() }
        let channel = try WebhookFixture.channel("http://127.0.0.1:\(server.port)/")
        _ = try WebhookFixture.send(channel, key: "")
        _ = try WebhookFixture.send(channel, key: "")
        let ids = server.requests.compactMap { $0.headers["webhook-id"] }
        #expect(ids.count == 2 && Set(ids).count == 2 && ids.allSatisfy { $0.hasPrefix("once_") && !$0.contains(".") })
    }

    @Test func `The registry knows the provider, for every kind of channel`() throws {
        let descriptor = try #require(ChannelRegistry.descriptor(of: "webhook"))
        #expect(descriptor.kinds.isEmpty && !descriptor.needsSender)
        #expect(try WebhookFixture.channel("http://127.0.0.1:1/").capabilities.isIdempotent)
    }

    @Test func `Messages are composed without a secret`() throws {
        let channel = try WebhookChannel(WebhookFixture.configuration(["endpoint": "https://a.example"], secret: nil))
        var wire: [UInt8] = []
        try channel.compose(WebhookFixture.content(), into: &wire)
        #expect(wire.first == 0x7B)
    }

    struct SettingCase: Sendable {
        var settings: [String: String] = ["endpoint": "https://a.example"]
        var secret: String? = WebhookFixture.secret
        let message: String
    }

    @Test(arguments: [
        SettingCase(settings: [:], message: "channel `crm` has no `endpoint`"),
        SettingCase(secret: nil, message: "channel `crm` has no secret to sign with"),
        SettingCase(secret: "hunter2", message: "the secret of channel `crm` is not a signing secret"),
        SettingCase(
            settings: ["endpoint": "a.example"],
            message: "`endpoint` of channel `crm` does not begin with `https://`"
        ),
        SettingCase(
            settings: ["endpoint": "https://10.0.0.1"],
            message: "`endpoint` of channel `crm` has an address in place of a host name"
        ),
        SettingCase(
            settings: ["endpoint": "https://a.example", "connections": "0"],
            message: "`connections` of channel `crm` is not from 1 to 256"
        ),
        SettingCase(
            settings: ["endpoint": "https://a.example", "timeout": "soon"],
            message: "`timeout` of channel `crm` is not a number of seconds"
        ),
        SettingCase(
            settings: ["endpoint": "https://a.example", "allow_private": "maybe"],
            message: "`allow_private` of channel `crm` is neither true nor false"
        ),
    ])
    func `Wrong settings are named, and never the secret`(row: SettingCase) {
        var seen: ChannelSetupError?
        do throws(ChannelSetupError) {
            _ = try WebhookChannel(WebhookFixture.configuration(row.settings, secret: row.secret)).open { _ in }
        } catch {
            seen = error
        }
        #expect(seen?.message == row.message)
        #expect(seen?.help?.contains("hunter2") != true)
    }
}
