import RuleEngine
import Runner

/// Reads the part of a contact's history that conditions ask for.
struct HistoryReading {
    let connection: Connection

    /// - Parameter now: where the windows end. Without it they are left open on both sides: whoever evaluates knows the
    ///   time.
    func facts(of contact: ContactKey, _ needs: HistoryNeeds, now: Timestamp?) throws(StoreError) -> HistoryFacts {
        var facts = HistoryFacts()
        for (name, window) in needs.events {
            try append(name, window: window, of: contact, now: now, to: &facts)
        }
        for template in needs.templates.sorted() {
            facts.messages += try messages(of: contact, template)
        }
        return facts
    }

    private func append(
        _ name: String, window: Int64?, of contact: ContactKey, now: Timestamp?, to facts: inout HistoryFacts
    ) throws(StoreError) {
        let statement = try connection.prepare(
            """
            SELECT e.occurred_at, e.seq, j.key, j.value FROM event e LEFT JOIN json_each(e.fields) j
            WHERE e.contact = ?1 AND e.name = (SELECT id FROM event_name WHERE name = ?2)
                AND e.occurred_at > ?3 AND e.occurred_at <= ?4
            ORDER BY e.occurred_at, e.seq
            """
        )
        statement.bind(1, contact.rawValue)
        statement.bind(2, name)
        statement.bind(3, now.map { HistoryQuery.start(ofWindow: window, now: $0) } ?? Int64.min)
        statement.bind(4, now?.microseconds ?? Int64.max)
        var event: HistoryFacts.Event?
        var place: (at: Int64, seq: Int64)?
        while try statement.step() {
            let next = (at: statement.integer(0), seq: statement.integer(1))
            if place.map({ $0 != next }) ?? true {
                if let event { facts.append(event, named: name) }
                event = HistoryFacts.Event(at: Timestamp(microseconds: next.at))
                place = next
            }
            if !statement.isNull(2), let field = EventFields.field(statement.string(2), statement, 3) {
                event?.fields[field.name] = field.value
            }
        }
        if let event { facts.append(event, named: name) }
    }

    /// A provider that tells of a later thing has seen the earlier ones happen.
    private func messages(of contact: ContactKey, _ template: String) throws(StoreError) -> [HistoryFacts.Message] {
        let statement = try connection.prepare(
            """
            SELECT d.accepted_at, \(MessageTimes.delivered("t")), \(MessageTimes.opened("t")), t.clicked_at, d.launch, d.step,
                \(LinkClicks.column)
            FROM launch_step s CROSS JOIN delivery d ON d.tenant = 1 AND d.launch = s.launch AND d.contact = ?1
                AND d.step = s.step
            LEFT JOIN delivery_status t ON t.tenant = 1 AND t.launch = d.launch AND t.contact = d.contact
                AND t.step = d.step AND t.occurrence = d.occurrence
            WHERE s.template = ?2 AND d.accepted_at IS NOT NULL
            ORDER BY d.accepted_at, d.launch, d.step, d.occurrence
            """
        )
        statement.bind(1, contact.rawValue)
        statement.bind(2, template)
        var messages: [HistoryFacts.Message] = []
        while try statement.step() {
            func time(_ column: Int32) -> Timestamp? {
                statement.optionalInteger(column).map(Timestamp.init(microseconds:))
            }
            messages.append(
                HistoryFacts.Message(
                    template: template, sentAt: Timestamp(microseconds: statement.integer(0)), deliveredAt: time(1),
                    openedAt: time(2), clicks: LinkClicks.read(statement.optionalString(6), first: time(3)),
                    replies: try replies(
                        of: contact, launch: statement.integer(4), step: statement.integer(5))))
        }
        return messages
    }

    private func replies(of contact: ContactKey, launch: Int64, step: Int64) throws(StoreError) -> [Timestamp] {
        let statement = try connection.prepare(
            """
            SELECT at FROM channel_event WHERE contact = ?1 AND launch = ?2 AND step = ?3 AND kind = 'inbound'
            ORDER BY at
            """
        )
        statement.bind(1, contact.rawValue)
        statement.bind(2, launch)
        statement.bind(3, step)
        var times: [Timestamp] = []
        while try statement.step() { times.append(Timestamp(microseconds: statement.integer(0))) }
        return times
    }
}

/// When what became of a message happened, as SQL over its row of `delivery_status`.
enum MessageTimes {
    static func delivered(_ row: String) -> String {
        "coalesce(\(row).delivered_at, \(row).read_at, \(row).clicked_at)"
    }

    /// Read where the provider tells so, followed, or looked at: a mail's picture was fetched, and not by a machine that says it is
    /// one. When it was looked at isn't kept; the latest news of the message is the nearest to it.
    static func opened(_ row: String) -> String {
        let looked = "\(row).flags & \(StatusNews.opened | StatusNews.machine) = \(StatusNews.opened)"
        return "coalesce(\(row).read_at, \(row).clicked_at, CASE WHEN \(looked) THEN \(row).last_at END)"
    }
}
