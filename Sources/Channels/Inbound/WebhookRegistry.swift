/// Every provider that calls us, one line each.
package enum WebhookRegistry {
    package typealias Make = @Sendable (WebhookSettings) -> any WebhookReceiver

    private static let receivers: [(provider: String, kind: String, make: Make)] = [
        ("telegram", "telegram", { TelegramReceiver($0) }),
        ("whatsapp-cloud", "whatsapp", { MetaReceiver($0) }),
        ("messenger", "messenger", { MetaReceiver($0) }),
        ("instagram", "instagram", { MetaReceiver($0) }),
        ("twilio", "sms", { TwilioReceiver($0) }),
        ("twilio-whatsapp", "whatsapp", { TwilioReceiver($0) }),
        ("vonage", "sms", { VonageReceiver($0) }),
        ("aws-sns", "sms", { SNSReceiver($0) }),
        ("sendgrid", "email", { SendGridReceiver($0) }),
        ("mailgun", "email", { MailgunReceiver($0) }),
        ("postmark", "email", { PostmarkReceiver($0) }),
        ("webchat", "webchat", { _ in WebchatReceiver() }),
        ("webhook", "webhook", { StandardReceiver($0) }),
        ("smtp", "email", { MailReportReceiver($0) }),
    ]

    package static var providers: [String] {
        receivers.map(\.provider)
    }

    /// Nil for a provider that never calls us.
    package static func receiver(for provider: String, _ settings: WebhookSettings) -> (any WebhookReceiver)? {
        receivers.first { $0.provider == provider }?.make(settings)
    }

    /// The kind of channel that a provider mostly is, where no channel's document says it.
    package static func kind(of provider: String) -> String? {
        receivers.first { $0.provider == provider }?.kind
    }
}
