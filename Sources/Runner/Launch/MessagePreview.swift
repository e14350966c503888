package import Channels
import RuleEngine

/// One message as one contact would get it, to look at or to send to somebody who tries it out.
package struct MessagePreview {
    package struct Message: Sendable {
        package var contact: String
        package var language: String
        package var subject: String
        package var text: String
        /// Nil where the template has no HTML.
        package var html: String?
        /// Why this contact would not get it; nil where nothing stands against it.
        package var blockedBy: SkipReason?
        /// It would wait, and why; nil where it would leave at once or not at all.
        package var heldBy: HoldReason?
        package var wire: [UInt8]
    }

    package enum Failure: Error, Sendable {
        case noSuchContact
        case notRendered(SkipReason)
        case store(StoreError)
        case channel(ChannelSetupError)
        /// The test message was not accepted.
        case notAccepted(SendOutcome)
    }

    private let program: CampaignProgram
    private let store: any Store
    private let channel: any Channel
    private let environment: RunnerEnvironment

    package init(program: CampaignProgram, store: any Store, channel: any Channel, environment: RunnerEnvironment) {
        self.program = program
        self.store = store
        self.channel = channel
        self.environment = environment
    }

    /// - Parameter recipient: where it goes instead of the contact's own address.
    package func message(as contact: String, to recipient: String? = nil) throws(Failure) -> Message {
        let (page, key) = try facts(of: contact)
        let now = environment.now()
        var composer = MessageComposer(
            plan: program.message, launch: .preview, channel: channel, key: store.key, startedAt: now)
        let renderer = MessageRenderer(plan: program.message, startedAt: now)
        let row = page.rows[0]
        do throws(SkipReason) {
            try composer.compose(
                page, row: 0, as: DeliveryKey(launch: .preview, contact: key, step: program.sendStep),
                now: now, to: recipient)
        } catch {
            throw .notRendered(error)
        }
        let content = composer.lastContent
        let decision = Gate.decide(row.gate, rules: program.rules, now: now)
        return Message(
            contact: row.externalID.string(pool: page.facts.pool),
            language: renderer.language(of: row, pool: page.facts.pool) ?? "",
            subject: String(decoding: content.subject, as: UTF8.self),
            text: String(decoding: content.text, as: UTF8.self),
            html: content.html.isEmpty ? nil : String(decoding: content.html, as: UTF8.self),
            blockedBy: decision.skipReason, heldBy: decision.holdReason, wire: composer.lastWire)
    }

    /// Sends one message as a contact would get it to another address. The ledger knows nothing of it, and the
    /// unsubscribe link in it says that there is nothing to unsubscribe from.
    package func sendTest(as contact: String, to recipient: String) throws(Failure) -> String {
        let message = try message(as: contact, to: recipient)
        let answer = Monitor<[SendReport]>([])
        let session: any ChannelSession
        do throws(ChannelSetupError) {
            session = try channel.open(report: { reports in answer.update { $0.append(contentsOf: reports) } })
        } catch {
            throw .channel(error)
        }
        session.submit([ComposedMessage(token: 0, address: recipient, wire: message.wire)])
        session.finish(within: 60)
        let report = answer.withState { $0.first }
        guard case .accepted(let providerID) = report?.outcome else {
            throw .notAccepted(report?.outcome ?? .unavailable(code: "no answer"))
        }
        return providerID
    }

    private func facts(of contact: String) throws(Failure) -> (RecipientPage, ContactKey) {
        var page = RecipientPage(slotCount: program.schema.fields.count)
        let found: ContactKey?
        do throws(StoreError) {
            found = try store.openContacts().find(contact)
            if let found { try store.openReader().recipient(found, program.recipients, into: &page) }
        } catch {
            throw .store(error)
        }
        guard let found, !page.rows.isEmpty else { throw .noSuchContact }
        return (page, found)
    }
}
