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
    private let links: MessageLinks
    private let environment: RunnerEnvironment

    package init(store: any Store, environment: RunnerEnvironment) {
        self.store = store
        self.environment = environment
        links = MessageLinks(store)
    }

    /// Nil for a link that this data folder did not seal, or whose launch or person it doesn't know. Changes nothing.
    package func subject(of token: String) throws(StoreError) -> Subject? {
        guard let message = try links.open(token) else { return nil }
        return try subject(message.contact, message.launch, store.openConsents())
    }

    /// Durable when it returns, and the same when it is done twice.
    package func unsubscribe(_ token: String) throws(StoreError) -> Subject? {
        guard let message = try links.open(token) else { return nil }
        let consents = try store.openConsents()
        if let launch = message.launch {
            _ = try consents.unsubscribe(
                message.contact, channel: launch.channelKind, topic: nil,
                source: "unsubscribe link, launch \(launch.id.rawValue) of \(launch.program)",
                delivery: message.delivery, now: environment.now())
        }
        return try subject(message.contact, message.launch, consents)
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
