import Testing

@testable import Channels

/// What comes of the bodies in the signature vectors, which hold every kind of event of their providers.
@Suite struct ProviderEventTests {
    private static func parse(_ provider: String, _ request: WebhookRequest) throws -> [InboundEvent] {
        let receiver = try #require(WebhookRegistry.receiver(for: provider, WebhookSettings()))
        return try #require(receiver.parse(request))
    }

    private static func vector(_ file: String, _ id: String) throws -> InboundData.Case {
        try #require(InboundData.cases(file).first { $0.name == id })
    }

    @Test func `SendGrid's batch holds every kind once`() throws {
        let request = try Self.vector("sendgrid-event-webhook.json", "all-events").request()
        let events = try Self.parse("sendgrid", request)
        #expect(
            events.map(\.kind) == [
                .queued, .deferred, .delivered, .bounced, .bounced, .unsubscribed, .opened, .clicked, .complained,
                .unsubscribed, .unsubscribed, .resubscribed,
            ])
        // The mailbox is dead; the second server only refused us.
        #expect(events[3].isFinal && !events[4].isFinal)
        #expect(events.allSatisfy { $0.contact == "ada@example.com" && $0.at == 1_735_689_600_000_000 })
        #expect(events.allSatisfy { $0.providerMessageID?.hasPrefix("Kx3sBvYsQ5-9dO2n5m7hVg.") == true })
        #expect(Set(events.map(\.key)).count == events.count)
    }

    @Test func `SendGrid hands our reference back`() throws {
        let body = #"[{"email":"a@b.example","event":"delivered","sg_event_id":"x","delivery_id":"abc"}]"#
        let request = WebhookRequest(method: "POST", url: "https://h", headers: [:], body: Array(body.utf8))
        #expect(try Self.parse("sendgrid", request).first?.reference == "abc")
    }

    @Test func `SendGrid hands a received mail on as a form`() throws {
        let request = try Self.vector("sendgrid-event-webhook.json", "inbound-multipart").request()
        let event = try #require(try Self.parse("sendgrid", request).first)
        #expect(event.kind == .inbound && event.content == .text)
        #expect(event.contact == "ada@example.com" && event.details["subject"] == "Hi")
    }

    @Test(arguments: InboundData.cases("mailgun-webhook.json").filter { $0["expect_status"]?.string != nil })
    func `Mailgun's events have one meaning each`(vector: InboundData.Case) throws {
        var request = vector.request()
        request.headers["content-type"] = vector.text("content_type")
        let event = try #require(try Self.parse("mailgun", request).first)
        let meaning =
            switch event.kind {
            case .bounced: event.isFinal ? "bounced-hard" : "bounced-soft"
            // Mailgun goes on trying.
            case .deferred: "bounced-soft"
            case .opened: event.isMachine ? "opened-machine" : "opened"
            default: event.kind.rawValue
            }
        #expect(meaning == vector.text("expect_status"))
        #expect(event.contact == "ada@example.com")
    }

    @Test func `Mailgun hands a received mail on as a form`() throws {
        let vector = try Self.vector("mailgun-webhook.json", "inbound-route-form")
        var request = vector.request()
        request.headers["content-type"] = vector.text("content_type")
        let event = try #require(try Self.parse("mailgun", request).first)
        #expect(event.kind == .inbound)
        #expect(event.text == "STOP")
        #expect(event.contact == "ada@example.com")
        #expect(event.replyTo == "20250101000000.1.ABCDEF@mg.example.com")
    }

    @Test func `Twilio tells of a dead number by SMS`() throws {
        let vector = try Self.vector("twilio-signature.json", "status-undelivered-30005")
        let event = try #require(try Self.parse("twilio", vector.request(url: vector.text("url"))).first)
        #expect(event.kind == .failed && event.failureCode == "30005" && event.failureClass == .permanent)
        #expect(event.contact == "+14155550123")
    }

    @Test func `Twilio says when it has answered a STOP itself`() throws {
        let vector = try Self.vector("twilio-signature.json", "inbound-stop-optouttype")
        let event = try #require(try Self.parse("twilio", vector.request(url: vector.text("url"))).first)
        #expect(event.kind == .inbound && event.text == "Stop" && event.details["opt_out_type"] == "STOP")
    }

    @Test func `Vonage's two products tell the same things`() throws {
        let sent = try #require(
            try Self.parse("vonage", try Self.vector("vonage-jwt-webhook.json", "status-submitted").request()).first)
        #expect(sent.kind == .sent && sent.details["price"] != nil && sent.details["currency"] == "EUR")
        let rejected = try #require(
            try Self.parse("vonage", try Self.vector("vonage-jwt-webhook.json", "status-rejected").request()).first)
        #expect(rejected.kind == .failed && rejected.failureClass == .suppressContact)
        let inbound = try #require(
            try Self.parse("vonage", try Self.vector("vonage-jwt-webhook.json", "inbound-sms").request()).first)
        #expect(inbound.kind == .inbound && inbound.contact == "+447700900001")
        for (id, kind) in [("dlr-sha256", InboundEvent.Kind.delivered), ("dlr-failed", .failed)] {
            let vector = try Self.vector("vonage-sms-sig.json", id)
            var request = vector.request()
            request.headers["content-type"] = vector.text("content_type")
            let receipt = try #require(try Self.parse("vonage", request).first)
            #expect(receipt.kind == kind && receipt.reference == "dlv_01" && receipt.contact == "+447700900001")
            #expect(receipt.failureClass == (kind == .failed ? .suppressContact : nil))
        }
    }

    @Test func `SNS carries a text and confirms a subscription`() throws {
        let vector = try Self.vector("aws-sns-notification.json", "inbound-sms-v2")
        let event = try #require(try Self.parse("aws-sns", vector.request()).first)
        #expect(event.kind == .inbound && event.text == "Stop" && event.contact == "+14255550182")
        #expect(event.replyTo == "94f20ce6-13c5-43a0-9a9e-ca52d816e90b")
        let pem = Array((InboundData.read("aws-sns-notification.json")["certificate_pem"]?.string ?? "").utf8)
        let confirmation = try Self.vector("aws-sns-notification.json", "subscription-confirmation-v2")
        let receiver = SNSReceiver(InboundData.settings(["topic_arns": [confirmation.text("expected_topic_arn")]]))
        let envelope = try #require(SNSReceiver.Envelope(confirmation.body))
        let context = WebhookContext(now: 1_735_689_660, certificates: [envelope.certificateURL: pem])
        #expect(
            receiver.verify(confirmation.request(), context) == .confirm(url: try #require(envelope.subscribeURL)))
        // For a stranger's topic nothing is fetched, not even the certificate.
        let stranger = SNSReceiver(InboundData.settings(["topic_arns": ["arn:aws:sns:us-east-1:1:other"]]))
        #expect(stranger.verify(confirmation.request(), WebhookContext(now: 0)) == .refused(.foreign))
    }

    @Test func `the user's own server speaks plainly`() throws {
        let body = """
            {"type":"message.bounced","timestamp":"2026-01-05T10:00:00.5Z","data":{"message_id":"m1","reference":"abc",
            "to":"a@b.example","permanent":true,"code":"5.1.1"}}
            """
        let request = WebhookRequest(
            method: "POST", url: "https://h", headers: ["webhook-id": "msg_1"], body: Array(body.utf8))
        let event = try #require(try Self.parse("webhook", request).first)
        #expect(event.kind == .bounced && event.isFinal && event.reference == "abc" && event.key == "id:msg_1")
        #expect(event.at == 1_767_607_200_500_000)
    }
}
