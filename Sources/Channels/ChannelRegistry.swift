/// Every provider there is, one line each.
package enum ChannelRegistry {
    package static let descriptors: [ChannelDescriptor] = [
        OutboxChannel.descriptor,
        SMTPChannel.descriptor,
        WebhookChannel.descriptor,
        SendGridProvider.descriptor,
        MailgunProvider.descriptor,
        PostmarkProvider.descriptor,
        TwilioProvider.descriptor,
        TwilioProvider.whatsAppDescriptor,
        VonageChannel.descriptor,
        SNSProvider.descriptor,
        WhatsAppCloudProvider.descriptor,
        TelegramProvider.descriptor,
        SendAPIProvider.messengerDescriptor,
        SendAPIProvider.instagramDescriptor,
        WebchatChannel.descriptor,
    ]

    package static func descriptor(of provider: String) -> ChannelDescriptor? {
        descriptors.first { $0.provider == provider }
    }
}
