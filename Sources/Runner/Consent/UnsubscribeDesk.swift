import RuleEngine

/// Reads unsubscribe links, and carries out what they ask: no more marketing to this person on the channel that the
/// message came by.
package struct UnsubscribeDesk: Sendable {
    /// What a page may say about a link. No name and no address: links are forwarded.
    package struct Subject: Sendable, Equatable {
        /// Who sent the message, as the recipient knows them.
        package var sender: String
        package var language: String?
        package var isUnsubscribed: Bool
        /// The message was a test or a preview, so that nothing can be unsubscribed from.
        package var isTest: Bool
    }

    private let store: any Store
    private let sealer: ReferenceSealer
    private let environment: RunnerEnvironment

    package init(store: any Store, environment: RunnerEnvironment) {
        self.store = store
        self.environment = environment
        sealer = ReferenceSealer(store.key)
    }

    /// Nil for a link that this data folder did not seal, or whose launch or person it doesn't know. Changes nothing.
    package func subject(of token: String) throws(StoreError) -> Subject? {
        guard let (contact, launch) = try open(token) else { return nil }
        return try subject(contact, launch, store.openConsents())
    }

    /// Durable when it returns, and the same when it is done twice.
    package func unsubscribe(_ token: String) throws(StoreError) -> Subject? {
        guard let (contact, launch) = try open(token) else { return nil }
        let consents = try store.openConsents()
        if let launch {
            _ = try consents.unsubscribe(
                contact, channel: launch.channelKind, topic: nil,
                source: "unsubscribe link, launch \(launch.id.rawValue) of \(launch.program)",
                delivery: sealer.open(token), now: environment.now())
        }
        return try subject(contact, launch, consents)
    }

    /// No launch: a message that was only tried out.
    private func open(_ token: String) throws(StoreError) -> (ContactKey, LaunchRecord?)? {
        guard let delivery = sealer.open(token), try store.openContacts().externalID(of: delivery.contact) != nil
        else { return nil }
        if delivery.launch == .preview { return (delivery.contact, nil) }
        let reader = try store.openReader()
        guard var launch = try reader.launch(delivery.launch) else { return nil }
        // Where several channels were tried, the link speaks of the one that its message came by.
        if let kind = try reader.channelKind(of: delivery) { launch.channelKind = kind }
        return (delivery.contact, launch)
    }

    private func subject(
        _ contact: ContactKey, _ launch: LaunchRecord?, _ consents: any ConsentStore
    ) throws(StoreError) -> Subject {
        let sheet = try consents.sheet(of: contact, schema: ContactSchema(id: "standard", declared: []))
        let language = sheet.attributes.first { $0.name == "language" }?.value
        guard let launch else { return Subject(sender: "", language: language, isUnsubscribed: false, isTest: true) }
        return Subject(
            sender: launch.brand ?? launch.program, language: language,
            isUnsubscribed: try consents.isUnsubscribed(contact, channel: launch.channelKind, topic: nil), isTest: false
        )
    }
}
