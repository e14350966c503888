import Testing

@testable import Channels

/// Signatures made with the providers' own libraries, right and wrong ones.
@Suite struct SignatureVectorTests {
    private static func isTaken(_ reception: WebhookReception?) -> Bool {
        switch reception {
        case .genuine, .confirm, .answer: true
        case .refused, .needsCertificate, nil: false
        }
    }

    @Test(arguments: InboundData.cases("meta-hub-signature.json"))
    func `Meta signs the bytes`(vector: InboundData.Case) {
        let receiver = MetaReceiver(InboundData.settings(["app_secret": [vector.text("app_secret")]]))
        let reception = receiver.verify(vector.request(), WebhookContext(now: 0))
        if let isValid = vector["expect_valid"]?.bool {
            #expect(Self.isTaken(reception) == isValid)
        }
    }

    @Test(arguments: InboundData.cases("meta-hub-signature.json", "handshake_cases"))
    func `Meta's challenge goes back as it came`(vector: InboundData.Case) {
        let receiver = MetaReceiver(InboundData.settings(["verify_token": [vector.text("verify_token")]]))
        let request = WebhookRequest(
            method: "GET", url: "https://hook.example.com/x?" + vector.text("query"), headers: [:], body: [])
        let reception = receiver.verify(request, WebhookContext(now: 0))
        if vector["expect_status"]?.integer == 200 {
            #expect(reception == .answer(vector.text("expect_body")))
        } else {
            #expect(reception == .refused(.badHandshake))
        }
    }

    @Test(arguments: InboundData.cases("telegram-secret-token.json"))
    func `Telegram shows a secret`(vector: InboundData.Case) {
        let receiver = TelegramReceiver(InboundData.settings(["secret_token": [vector.text("secret_token")]]))
        let reception = receiver.verify(vector.request(), WebhookContext(now: 0))
        #expect(Self.isTaken(reception) == vector["expect_valid"]?.bool)
    }

    @Test(arguments: InboundData.cases("telegram-secret-token.json", "set_webhook_cases"))
    func `Telegram takes few characters in a secret`(vector: InboundData.Case) {
        #expect(TelegramReceiver.isAllowed(vector.text("secret_token")) == vector["expect_allowed"]?.bool)
    }

    @Test(arguments: InboundData.cases("twilio-signature.json"))
    func `Twilio signs the address and the form`(vector: InboundData.Case) {
        let isShared = vector.headers["x-twilio-webhooks-signature-settings"] != nil
        let receiver = TwilioReceiver(
            InboundData.settings([isShared ? "shared_key" : "auth_token": [vector.text("secret")]]))
        let request = vector.request(vector.text("method"), url: vector.text("url"))
        #expect(Self.isTaken(receiver.verify(request, WebhookContext(now: 0))) == vector["expect_valid"]?.bool)
    }

    @Test(arguments: InboundData.cases("twilio-signature.json"))
    func `a header can't choose a weaker signature`(vector: InboundData.Case) {
        var stripped = vector.request(vector.text("method"), url: vector.text("url"))
        guard stripped.headers.removeValue(forKey: "x-twilio-webhooks-signature-settings") != nil else {
            return
        }
        let receiver = TwilioReceiver(InboundData.settings(["shared_key": [vector.text("secret")]]))
        #expect(receiver.verify(stripped, WebhookContext(now: 0)) == .refused(.badSignature))
    }

    @Test(arguments: InboundData.cases("vonage-jwt-webhook.json"))
    func `Vonage signs by token`(vector: InboundData.Case) {
        let receiver = VonageReceiver(
            InboundData.settings([
                "signature_secret": [vector.text("signature_secret")], "api_key": ["abcd1234"],
                "tolerance": [vector["tolerance_seconds"]?.word ?? ""],
            ]))
        let now = vector["check_at_unix"]?.integer ?? 0
        let reception = receiver.verify(vector.request(), WebhookContext(now: Int(now)))
        #expect(Self.isTaken(reception) == vector["expect_accepted"]?.bool, "\(reception)")
    }

    @Test(arguments: InboundData.cases("vonage-sms-sig.json"))
    func `Vonage signs by parameter`(vector: InboundData.Case) {
        let receiver = VonageReceiver(
            InboundData.settings([
                "signature_secret": [vector.text("signature_secret")], "signature_method": [vector.text("method")],
            ]))
        var request = vector.request()
        request.headers["content-type"] = vector["content_type"]?.string
        if let query = vector["query"]?.string {
            request = WebhookRequest(method: "GET", url: "https://h.example/x?" + query, headers: [:], body: [])
        }
        // Without a time to check at, the signature is what counts.
        let signedAt = vector.value.at("params", "timestamp")?.integer ?? 0
        let now = vector["check_at_unix"]?.integer ?? signedAt
        let reception = receiver.verify(request, WebhookContext(now: Int(now)))
        let expected = vector["expect_accepted"]?.bool ?? vector["expect_signature_valid"]?.bool
        #expect(Self.isTaken(reception) == expected, "\(reception)")
    }

    @Test(arguments: InboundData.cases("sendgrid-event-webhook.json"))
    func `SendGrid signs time and bytes`(vector: InboundData.Case) {
        let receiver = SendGridReceiver(
            InboundData.settings([
                "public_key": [vector.text("public_key")], "tolerance": [vector["tolerance_seconds"]?.word ?? ""],
            ]))
        let now = vector["check_at_unix"]?.integer ?? 0
        let reception = receiver.verify(vector.request(), WebhookContext(now: Int(now)))
        let expected = vector["expect_accepted"]?.bool ?? vector["expect_signature_valid"]?.bool
        #expect(Self.isTaken(reception) == expected, "\(reception)")
    }

    @Test(arguments: InboundData.cases("mailgun-webhook.json"))
    func `Mailgun signs time and token`(vector: InboundData.Case) {
        let receiver = MailgunReceiver(
            InboundData.settings([
                "signing_key": [vector.text("signing_key")], "tolerance": [vector["tolerance_seconds"]?.word ?? ""],
            ]))
        var request = vector.request()
        request.headers["content-type"] = vector["content_type"]?.string
        let now = vector["check_at_unix"]?.integer ?? Int64(vector.text("timestamp")) ?? 0
        let reception = receiver.verify(request, WebhookContext(now: Int(now)))
        let expected = vector["expect_accepted"]?.bool ?? vector["expect_signature_valid"]?.bool
        #expect(Self.isTaken(reception) == expected, "\(reception)")
    }

    @Test(arguments: InboundData.cases("aws-sns-notification.json"))
    func `SNS signs with the key of a certificate`(vector: InboundData.Case) throws {
        let pem = InboundData.read("aws-sns-notification.json")["certificate_pem"]?.string ?? ""
        let receiver = SNSReceiver(
            InboundData.settings([
                "topic_arns": [vector.text("expected_topic_arn")],
                "max_age": [vector["tolerance_seconds"]?.word ?? "3600"],
            ]))
        let now = InstantReader.text(vector["check_at"]?.string).map { Int($0 / 1_000_000) } ?? 1_735_689_660
        let first = receiver.verify(vector.request(), WebhookContext(now: now))
        guard case .needsCertificate(let url) = first else {
            #expect(vector["expect_accepted"]?.bool == false)
            return
        }
        #expect(SNSReceiver.isCertificateURL(url))
        let reception = receiver.verify(
            vector.request(), WebhookContext(now: now, certificates: [url: Array(pem.utf8)]))
        #expect(Self.isTaken(reception) == vector["expect_accepted"]?.bool, "\(reception)")
        let envelope = try #require(SNSReceiver.Envelope(vector.body))
        if vector["expect_signature_valid"]?.bool == true {
            #expect(envelope.signedText == vector.text("string_to_sign"))
        }
    }

    @Test(arguments: InboundData.cases("aws-sns-notification.json", "cert_url_cases"))
    func `only Amazon's addresses may hold a certificate`(vector: InboundData.Case) {
        #expect(SNSReceiver.isCertificateURL(vector.text("url")) == vector["expect_allowed"]?.bool)
    }

    @Test(arguments: InboundData.cases("standard-webhooks.json"))
    func `Standard Webhooks are checked as the specification says`(vector: InboundData.Case) {
        let receiver = StandardReceiver(InboundData.settings(["secret": [vector.text("secret")]]))
        let signedAt = vector.headers["webhook-timestamp"].flatMap { Int($0) } ?? 0
        let now = vector["check_at_unix"]?.integer.map { Int($0) } ?? signedAt
        let reception = receiver.verify(vector.request(), WebhookContext(now: now))
        #expect(Self.isTaken(reception) == vector["expect_valid"]?.bool, "\(reception)")
    }

    @Test func `the old and the new secret are both taken while one replaces the other`() throws {
        let vector = try #require(InboundData.cases("meta-hub-signature.json").first)
        let both = MetaReceiver(InboundData.settings(["app_secret": ["newer", vector.text("app_secret")]]))
        #expect(both.verify(vector.request(), WebhookContext(now: 0)) == .genuine)
        let other = MetaReceiver(InboundData.settings(["app_secret": ["newer", "newest"]]))
        #expect(other.verify(vector.request(), WebhookContext(now: 0)) == .refused(.badSignature))
    }

    @Test(arguments: WebhookRegistry.providers)
    func `without a secret nothing is taken`(provider: String) throws {
        let receiver = try #require(WebhookRegistry.receiver(for: provider, WebhookSettings()))
        let request = WebhookRequest(method: "POST", url: "https://h.example/x", headers: [:], body: Array("{}".utf8))
        // Mails that come back are not taken over the web at all.
        let refusal: WebhookRefusal = provider == "smtp" ? .badMethod : .unconfigured
        #expect(receiver.verify(request, WebhookContext(now: 0)) == .refused(refusal))
    }
}
