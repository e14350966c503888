/// Every provider there is, one line each.
package enum ChannelRegistry {
    package static let descriptors: [ChannelDescriptor] = [
        OutboxChannel.descriptor,
        SMTPChannel.descriptor,
        WebhookChannel.descriptor,
    ]

    package static func descriptor(of provider: String) -> ChannelDescriptor? {
        descriptors.first { $0.provider == provider }
    }
}
