/// Whose message a link stands in.
struct MessageLinks: Sendable {
    struct Subject {
        var delivery: DeliveryKey
        var contact: ContactKey
        /// Nil for a message that was only tried out.
        var launch: LaunchRecord?
    }

    private let store: any Store
    private let sealer: ReferenceSealer

    init(_ store: any Store) {
        self.store = store
        sealer = ReferenceSealer(store.key)
    }

    /// Nil for a link that this data folder did not seal, or whose launch or person it doesn't know.
    func open(_ token: String) throws(StoreError) -> Subject? {
        guard let delivery = sealer.open(token), try store.openContacts().externalID(of: delivery.contact) != nil
        else { return nil }
        if delivery.launch == .preview { return Subject(delivery: delivery, contact: delivery.contact, launch: nil) }
        let reader = try store.openReader()
        guard var launch = try reader.launch(delivery.launch) else { return nil }
        // Where several channels were tried, the link speaks of the one that its message came by.
        if let kind = try reader.channelKind(of: delivery) { launch.channelKind = kind }
        return Subject(delivery: delivery, contact: delivery.contact, launch: launch)
    }
}
