import RuleEngine
import Runner
import Server
import Storage

/// What stands behind an unsubscribe link: opens the token, finds the launch and the person, and records the wish.
struct UnsubscribeDesk: Sendable {
    let store: SQLiteStore
    let environment: RunnerEnvironment

    var service: UnsubscribeService {
        UnsubscribeService(describe: { try subject(of: $0) }, unsubscribe: { try unsubscribe($0) })
    }

    private func subject(of token: String) throws -> UnsubscribeService.Subject? {
        guard let (delivery, launch) = try open(token) else { return nil }
        return try subject(delivery.contact, launch, store.openConsents())
    }

    private func unsubscribe(_ token: String) throws -> UnsubscribeService.Subject? {
        guard let (delivery, launch) = try open(token) else { return nil }
        let consents = try store.openConsents()
        _ = try consents.unsubscribe(
            delivery.contact,
            channel: launch.channelKind,
            topic: nil,
            source: "unsubscribe link of \(launch.program)",
            now: environment.now()
        )
        return try subject(delivery.contact, launch, consents)
    }

    /// Nil for a token that this data folder did not seal, and for a launch or person that is not there.
    private func open(_ token: String) throws -> (DeliveryKey, LaunchRecord)? {
        guard let delivery = ReferenceSealer(store.key).open(token),
            let launch = try store.openReader().launch(delivery.launch),
            try store.openContacts().externalID(of: delivery.contact) != nil
        else { return nil }
        return (delivery, launch)
    }

    private func subject(
        _ contact: ContactKey,
        _ launch: LaunchRecord,
        _ consents: any ConsentStore
    ) throws -> UnsubscribeService.Subject {
        let sheet = try consents.sheet(of: contact, schema: ContactSchema(id: "standard", declared: []))
        return UnsubscribeService.Subject(
            brand: launch.brand ?? launch.program,
            language: sheet.attributes.first { $0.name == "language" }?.value,
            isUnsubscribed: try consents.isUnsubscribed(contact, channel: launch.channelKind, topic: nil)
        )
    }
}
