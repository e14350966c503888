import Glibc
import TestKit
import Testing

@testable import Channels

/// Whatever arrives, nothing stops the process, and nothing forged gets through.
@Suite struct TotalityTests {
    /// Real requests, with bytes changed, cut, doubled and put in.
    @Test(arguments: WebhookRegistry.providers)
    func `changed bytes neither stop a receiver nor pass it`(provider: String) throws {
        var random = SeededRandom(seed: 0xC0FFEE)
        let secrets = [
            "app_secret": ["1f0c9a7be5d4c3b2a190817263544536"], "secret_token": ["Zx8-kQ_3vN1"],
            "auth_token": ["0123456789abcdef0123456789abcdef"], "signature_secret": ["s"],
            "signing_key": ["3b1f00d5a7c94e6f8a9b0c1d2e3f4a5b"], "topic_arns": ["arn:aws:sns:us-east-1:1:x"],
            "secret": ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        ]
        let receiver = try #require(WebhookRegistry.receiver(for: provider, InboundData.settings(secrets)))
        let types = ["application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b", ""]
        for body in Self.bodies {
            for _ in 0..<12 {
                let changed = Self.change(body, &random)
                var request = WebhookRequest(
                    method: random.pick(["POST", "GET"]), url: "https://h.example/x?a=\(random.below(9))", headers: [:],
                    body: changed)
                request.headers["content-type"] = random.pick(types)
                _ = receiver.parse(request)
                for name in ["x-hub-signature-256", "x-twilio-signature", "authorization", "webhook-signature"] {
                    request.headers[name] = random.pick(["", "sha256=00", "Bearer a.b.c", "AAAA", "v1,AAAA"])
                }
                let reception = receiver.verify(request, WebhookContext(now: 1_767_607_200))
                #expect(reception != .genuine)
            }
        }
    }

    private static let bodies: [[UInt8]] = {
        var bodies = InboundData.names("Webhooks").map { name in
            Array((InboundData.read("Webhooks/" + name).at("request", "body")?.string ?? "").utf8)
        }
        for file in ["sendgrid-event-webhook", "mailgun-webhook", "aws-sns-notification", "vonage-sms-sig"] {
            bodies += InboundData.cases(file + ".json").map(\.body)
        }
        return bodies
    }()

    private static func change(_ body: [UInt8], _ random: inout SeededRandom) -> [UInt8] {
        var body = body
        for _ in 0...random.below(4) {
            let at = random.below(body.count + 1)
            switch random.below(5) {
            case 0: body = Array(body[..<at])
            case 1: body.insert(UInt8(truncatingIfNeeded: random.next()), at: at)
            case 2: body.insert(contentsOf: Array("[{\"%\\u".utf8), at: at)
            case 3 where at < body.count: body[at] = UInt8(truncatingIfNeeded: random.next())
            default: body += body.suffix(random.below(64))
            }
        }
        return body
    }

    @Test(arguments: [
        "", " ", "{", "[", "\"", "{]", "[1,]", "{\"a\":1,}", "{\"a\":1,\"a\":2}", "01", "1.", ".5", "-", "1e", "+1",
        "NaN",
        "tru", "nul", "\"\\x\"", "\"\\u12\"", "\"a\nb\"", "[1] 2", "{'a':1}", "// x\n1", "\u{FEFF}1",
    ])
    func `what is no JSON is refused`(text: String) {
        #expect(JSONReader.read(text) == nil)
    }

    @Test func `JSON keeps what other readers lose`() {
        #expect(JSONReader.read("9007199254740993")?.integer == 9_007_199_254_740_993)
        #expect(JSONReader.read("\"\\ud83d\\ude00\\/\\u00e1\"")?.string == "😀/á")
        #expect(JSONReader.read("\"a\\ud83db\"")?.string == "a\u{FFFD}b")
        #expect(JSONReader.read([0x22, 0xFF, 0x22]) == nil)
        #expect(JSONReader.read(" [ ] ")?.items.isEmpty == true)
        #expect(JSONReader.read("-0.5e3")?.double == -500)
    }

    @Test func `depth and size of JSON are bounded`() {
        #expect(JSONReader.read([UInt8](repeating: 0x5B, count: 1_000_000)) == nil)
        let deep = String(repeating: "[", count: 32) + String(repeating: "]", count: 32)
        #expect(JSONReader.read(deep) != nil)
        #expect(JSONReader.read("[" + deep + "]") == nil)
        #expect(JSONReader.read("[" + String(repeating: "1,", count: 100_001) + "1]") == nil)
    }

    @Test(arguments: [
        ("2025-01-01T00:00:00.000Z", 1_735_689_600_000_000), ("2025-01-01 00:00:05", 1_735_689_605_000_000),
        ("2026-01-05T11:00:00.5+01:00", 1_767_607_200_500_000), ("1970-01-01T00:00:00Z", 0),
        ("2024-02-29T12:00:00Z", 1_709_208_000_000_000),
    ])
    func `times are read in the forms that providers use`(text: String, microseconds: Int64) {
        #expect(InstantReader.text(text) == microseconds)
    }

    @Test(arguments: [
        "", "2025", "2025-13-01T00:00:00Z", "2025-01-01T25:00:00Z", "2025-01-01T00:00:00X", "now-and-then-and-now",
    ])
    func `what is no time is none`(text: String) {
        #expect(InstantReader.text(text) == nil)
    }

    @Test func `a request is read from a file, to its last byte`() throws {
        let text = "POST /hooks/x?ref=abc HTTP/1.1\r\nHost: evil.example\r\nX-A: one\r\nX-A: two\r\n\r\nbody\r\n"
        let request = try WebhookRequest(raw: Array(text.utf8), baseURL: "https://acme.example/webhooks/sms")
        #expect(request.url == "https://acme.example/webhooks/sms?ref=abc")
        #expect(request.query == "ref=abc")
        #expect(request.headers["x-a"] == "one")
        #expect(request.body == Array("body\r\n".utf8))
        let bare = try WebhookRequest(raw: Array("content-type: a/b\n\nx".utf8), baseURL: "https://acme.example/w")
        #expect(bare.method == "POST" && bare.body == [0x78])
        for (raw, fault) in [
            ("a: b", WebhookRequest.ReadFault.noEnd), ("POST /x HTTP/1.1\nnonsense\n\n", .badHeader),
            ("nonsense\n\n", .badRequestLine),
        ] {
            #expect(throws: fault) { _ = try WebhookRequest(raw: Array(raw.utf8), baseURL: "https://a.example") }
        }
    }
}
