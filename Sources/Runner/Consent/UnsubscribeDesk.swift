import RuleEngine

/// Reads unsubscribe links, and carries out what they ask: no more marketing to this person on the channel that the
/// message came by.
package struct UnsubscribeDesk: Sendable {
    /// What a page may say about a link. No name and no address: links are forwarded.
    package struct Subject: Sendable, Equatable {
        package var brand: String?
        package var channel: String
        package var isUnsubscribed: Bool
    }

    private let store: any Store
    private let sealer: ReferenceSealer
    private let environment: RunnerEnvironment

    package init(store: any Store, environment: RunnerEnvironment) {
        self.store = store
        self.environment = environment
        sealer = ReferenceSealer(store.key)
    }

    /// Nil for a link that this data folder did not seal, or whose launch it doesn't know. Changes nothing.
    package func subject(of token: String) throws(StoreError) -> Subject? {
        guard let (delivery, launch) = try open(token) else { return nil }
        let isUnsubscribed = try store.openConsents().isUnsubscribed(
            delivery.contact, channel: launch.channelKind, topic: nil)
        return Subject(brand: launch.brand, channel: launch.channelKind, isUnsubscribed: isUnsubscribed)
    }

    /// Durable when it returns, and the same when it is done twice.
    package func unsubscribe(_ token: String) throws(StoreError) -> Subject? {
        guard let (delivery, launch) = try open(token) else { return nil }
        _ = try store.openConsents().unsubscribe(
            delivery.contact, channel: launch.channelKind, topic: nil,
            source: "unsubscribe link, launch \(launch.id.rawValue) of \(launch.program)", now: environment.now())
        return Subject(brand: launch.brand, channel: launch.channelKind, isUnsubscribed: true)
    }

    private func open(_ token: String) throws(StoreError) -> (DeliveryKey, LaunchRecord)? {
        guard let delivery = sealer.open(token), let launch = try store.openReader().launch(delivery.launch),
            try store.openContacts().externalID(of: delivery.contact) != nil
        else { return nil }
        return (delivery, launch)
    }
}
