import FoundationEssentials
import Testing

@testable import Channels

@Suite struct PostmarkReceiverTests {
    private static func request(_ body: String, login: String? = "hooks:secret") -> WebhookRequest {
        var headers = ["content-type": "application/json"]
        headers["authorization"] = login.map { "Basic " + Data($0.utf8).base64EncodedString() }
        return WebhookRequest(
            method: "POST", url: "https://h.example/webhooks/mail", headers: headers, body: Array(body.utf8))
    }

    private static let receiver = PostmarkReceiver(InboundData.settings(["credentials": ["old:one", "hooks:secret"]]))

    @Test(arguments: [
        ("hooks:secret" as String?, WebhookReception.genuine), ("old:one", .genuine),
        ("hooks:wrong", .refused(.badSignature)),
        (nil, .refused(.noSignature)),
    ]) func `the name and password in the address prove a request`(login: String?, expected: WebhookReception) {
        #expect(Self.receiver.verify(Self.request("{}", login: login), WebhookContext(now: 0)) == expected)
    }

    private struct Case: Sendable {
        let body: String
        let kind: InboundEvent.Kind
        var isFinal = false
        var code: String?
    }

    /// In the forms of postmarkapp.com/developer/webhooks; `@` stands for a time.
    private static let cases = [
        Case(
            body: #""RecordType":"Delivery","DeliveredAt":@"#,
            kind: .delivered),
        Case(body: #""RecordType":"Open","ReceivedAt":@"#, kind: .opened),
        Case(
            body: #""RecordType":"Click","OriginalLink":"https://a.example","ReceivedAt":@"#,
            kind: .clicked),
        Case(body: #""RecordType":"SpamComplaint","ID":42,"BouncedAt":@"#, kind: .complained),
        Case(
            body: #""RecordType":"Bounce","Type":"HardBounce","BouncedAt":@"#, kind: .bounced, isFinal: true,
            code: "HardBounce"),
        Case(
            body: #""RecordType":"Bounce","Type":"SoftBounce","BouncedAt":@"#, kind: .bounced,
            code: "SoftBounce"),
        Case(
            body: #""RecordType":"Bounce","Type":"Transient","BouncedAt":@"#, kind: .deferred,
            code: "Transient"),
        Case(body: #""RecordType":"Bounce","Type":"AutoResponder","BouncedAt":@"#, kind: .ignored),
        Case(
            body:
                #""RecordType":"SubscriptionChange","SuppressSending":true,"ChangedAt":@"#,
            kind: .unsubscribed, isFinal: true),
        Case(
            body:
                #""RecordType":"SubscriptionChange","SuppressSending":true,"SuppressionReason":"HardBounce""#,
            kind: .ignored),
        Case(
            body: #""RecordType":"SubscriptionChange","SuppressSending":false,"ChangedAt":@"#,
            kind: .resubscribed),
        Case(body: #""RecordType":"SomethingNew","ReceivedAt":@"#, kind: .ignored),
    ]

    @Test(arguments: cases) private func `each record has its meaning`(_ wanted: Case) throws {
        let fields = wanted.body.replacing("@", with: "\"2026-11-05T16:33:54.9070259Z\"")
        let body = #"{"MessageID":"883953f4","Metadata":{"delivery_id":"ref0"},"# + fields + "}"
        let events = try #require(Self.receiver.parse(Self.request(body)))
        let event = try #require(events.first)
        #expect(event.kind == wanted.kind)
        #expect(event.isFinal == wanted.isFinal)
        #expect(event.failureCode == wanted.code)
        #expect(event.reference == "ref0")
        if wanted.body.contains("@") { #expect(event.at.map { $0 / 1_000_000 } == 1_793_896_434) }
    }
}
