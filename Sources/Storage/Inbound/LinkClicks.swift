import RuleEngine
import Runner

/// Which link of a message was followed. Inside a transaction of the inbox.
struct LinkClicks {
    let connection: Connection

    /// What leads to no named link of the message is only a click.
    func note(_ address: String, of delivery: DeliveryKey, at: Timestamp) throws(StoreError) {
        guard let name = NamedLink.name(of: address, among: try links(of: delivery)) else { return }
        let statement = try connection.prepare(
            """
            INSERT INTO link_click (contact, launch, step, occurrence, link, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            ON CONFLICT DO NOTHING
            """)
        statement.bind(1, delivery.contact.rawValue)
        statement.bind(2, delivery.launch.rawValue)
        statement.bind(3, Int64(delivery.step))
        statement.bind(4, delivery.occurrence)
        statement.bind(5, name)
        statement.bind(6, at.microseconds)
        try statement.run()
    }

    private func links(of delivery: DeliveryKey) throws(StoreError) -> [NamedLink] {
        let statement = try connection.prepare("SELECT name, address FROM launch_link WHERE launch = ?1 AND step = ?2")
        statement.bind(1, delivery.launch.rawValue)
        statement.bind(2, Int64(delivery.step))
        var links: [NamedLink] = []
        while try statement.step() {
            links.append(NamedLink(name: statement.string(0), address: statement.string(1)))
        }
        return links
    }

    /// Of one message, as `HistoryFacts` has them.
    static let column = """
        (SELECT group_concat(k.at || char(31) || k.link, char(30)) FROM link_click k WHERE k.contact = d.contact
            AND k.launch = d.launch AND k.step = d.step AND k.occurrence = d.occurrence)
        """

    /// - Parameter first: when the message was clicked for the first time, whatever was.
    static func read(_ named: String?, first: Timestamp?) -> [HistoryFacts.Message.Click] {
        var clicks = first.map { [HistoryFacts.Message.Click(at: $0, link: nil)] } ?? []
        for click in (named ?? "").split(separator: "\u{1E}") {
            let parts = click.split(separator: "\u{1F}", maxSplits: 1)
            guard parts.count == 2, let at = Int64(parts[0]) else { continue }
            clicks.append(.init(at: Timestamp(microseconds: at), link: String(parts[1])))
        }
        return clicks
    }
}
