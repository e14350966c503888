import RuleEngine
import Runner
import Storage

/// A launch with deliveries in every state that a provider may tell about, and what it tells.
final class InboundFixture {
    let ledger: LedgerFixture
    let inbox: any WebhookInbox
    let desk: WebhookDesk
    static let contacts = 12

    /// One thing a provider says.
    struct Saying {
        var id: String
        var type: String
        var contact: Int
        /// Minutes after the start.
        var minute: Int
        var text = ""
        var fields = ""
        /// Names the delivery by our own reference; otherwise by the provider's id.
        var isReferenced = false
    }

    /// - Parameter unread: channels with `replies_to: nobody`.
    init(unread: Set<String> = [], contacts: Int = InboundFixture.contacts) throws {
        ledger = try LedgerFixture(contacts: contacts)
        ledger.now = LedgerFixture.start.adding(seconds: 86_400)
        inbox = try ledger.store.openInbox()
        let now = ledger.now
        desk = WebhookDesk(
            key: ledger.store.key,
            environment: RunnerEnvironment(now: { now }, monotonic: { 0 }, random: { 0 }), unread: unread)
    }

    /// Every third row is in doubt, every third still on its way, the others are accepted.
    func send() throws {
        for contact in 1...Self.contacts {
            try ledger.intend(contact)
            if contact % 3 == 0 { try ledger.finish(contact, .uncertain(kind: "timeout")) }
        }
    }

    func acceptRest() throws {
        for contact in 1...Self.contacts where contact % 3 == 2 {
            try ledger.finish(contact, .accepted(providerID: "id-\(contact)"))
        }
    }

    func webhook(_ saying: Saying) -> RawWebhook {
        let at = LedgerFixture.start.adding(seconds: Double(saying.minute) * 60)
        let reference = ReferenceSealer(ledger.store.key).seal(
            DeliveryKey(launch: ledger.launch, contact: ContactKey(rawValue: Int64(saying.contact)), step: 1))
        let party = saying.type == "received" ? "from" : "to"
        var data = "\"\(party)\":\"C\(saying.contact)@example.com\",\"text\":\"\(saying.text)\"\(saying.fields)"
        if saying.type != "received" {
            data += ",\"message_id\":\"id-\(saying.contact)\""
            if saying.isReferenced { data += ",\"reference\":\"\(reference)\"" }
        }
        let seconds = Double(at.microseconds) / 1_000_000
        let body =
            "{\"type\":\"message.\(saying.type)\",\"timestamp\":\"\(Self.text(Int(seconds)))\",\"data\":{\(data)}}"
        return RawWebhook(
            channel: "email-main", channelKind: "email", provider: "webhook", receivedAt: ledger.now,
            fingerprint: Array("\(saying.id)".utf8), method: "POST", url: "https://a.example/webhooks/email-main",
            contentType: "application/json", messageID: saying.id, body: Array(body.utf8))
    }

    /// `2026-09-21T…Z`: all of the sayings are of one day.
    private static func text(_ seconds: Int) -> String {
        let dayStart = seconds - seconds % 86_400
        let inDay = seconds - dayStart
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let date = CalendarDate(daysSinceEpoch: Int64(dayStart / 86_400))
        return
            "\(date.year)-\(two(date.month))-\(two(date.day))T\(two(inDay / 3600)):\(two(inDay / 60 % 60)):\(two(inDay % 60))Z"
    }

    @discardableResult
    func hear(_ sayings: Saying...) throws -> InboundTally {
        for saying in sayings { _ = try inbox.store([webhook(saying)]) }
        return try desk.process(inbox)
    }

    /// Everything that must not depend on the order in which the sayings came.
    func state() throws -> [String] {
        try rows(
            "SELECT 'delivery', contact, state, provider_id FROM delivery",
            "SELECT 'status', contact, rank, flags, sent_at, delivered_at, failed_at, clicked_at, last_at, code "
                + "FROM delivery_status",
            "SELECT 'suppression', i.contact, s.channel, reason, marketing_only FROM suppression s "
                + "JOIN identity i ON i.address_key = s.address_key",
            "SELECT 'consent', contact, channel, purpose, level, revoked_at IS NOT NULL, revoked_via IS NOT NULL FROM consent",
            "SELECT 'event', event_key, kind, state, contact, meaning, needs_review FROM channel_event",
            "SELECT 'history', contact, action, at, wording FROM consent_event WHERE wording IS NOT NULL")
    }

    func rows(_ queries: String...) throws -> [String] {
        var rows: [String] = []
        for query in queries {
            let statement = try ledger.connection.prepareOnce(query)
            while try statement.step() {
                rows.append(
                    (0..<statement.columnCount).map { statement.optionalString($0) ?? "-" }.joined(separator: " "))
            }
        }
        return rows.sorted()
    }
}
