package import RuleEngine
package import Runner

extension SQLiteWebhookInbox: UncertainBook {
    package func uncertainChannels(of launch: LaunchID) throws(StoreError) -> [String] {
        let statement = try connection.prepare(
            """
            SELECT DISTINCT ifnull(d.channel, l.channel_id) FROM delivery d JOIN launch l ON l.id = d.launch
            WHERE d.tenant = 1 AND d.launch = ?1 AND d.state = 4 ORDER BY 1
            """
        )
        statement.bind(1, launch.rawValue)
        defer { statement.reset() }
        var channels: [String] = []
        while try statement.step() { channels.append(statement.string(0)) }
        return channels
    }

    package func uncertainSends(
        of launch: LaunchID, channel: String?, limit: Int
    ) throws(StoreError) -> [UncertainSend] {
        let statement = try connection.prepare(
            """
            SELECT d.launch, d.contact, d.step, d.occurrence, d.address, d.started_at, coalesce(d.deadline, d.started_at)
            FROM delivery d JOIN launch l ON l.id = d.launch
            WHERE d.tenant = 1 AND d.launch = ?1 AND d.state = 4 AND d.address IS NOT NULL AND d.started_at IS NOT NULL
                AND (?3 IS NULL OR ifnull(d.channel, l.channel_id) = ?3) LIMIT ?2
            """
        )
        statement.bind(1, launch.rawValue)
        statement.bind(2, Int64(limit))
        statement.bind(3, channel)
        var sends: [UncertainSend] = []
        while try statement.step() {
            sends.append(
                UncertainSend(
                    delivery: DeliveryMatch.key(statement, first: 0), address: statement.string(4),
                    startedAt: Timestamp(microseconds: statement.integer(5)),
                    deadline: Timestamp(microseconds: statement.integer(6))))
        }
        return sends
    }

    package func unknownIDs(_ ids: [String]) throws(StoreError) -> [String] {
        var unknown: [String] = []
        for id in ids {
            let statement = try connection.prepare(
                """
                SELECT EXISTS (SELECT 1 FROM delivery WHERE provider_id = ?1)
                    OR EXISTS (SELECT 1 FROM reply_due WHERE provider_id = ?1)
                """
            )
            statement.bind(1, id)
            defer { statement.reset() }
            if try statement.step(), statement.integer(0) == 0 { unknown.append(id) }
        }
        return unknown
    }

    package func settle(_ send: UncertainSend, _ finding: LookupFinding, now: Timestamp) throws(StoreError) -> Bool {
        try connection.transaction { () throws(StoreError) in
            // In the same transaction: a webhook may have settled it, or the id may belong to somebody since.
            let statement = try connection.prepare(
                """
                SELECT state FROM delivery
                WHERE tenant = 1 AND launch = ?1 AND contact = ?2 AND step = ?3 AND occurrence = ?4
                """
            )
            Self.bind(send.delivery, to: statement)
            let isOpen = try statement.step() && statement.integer(0) == 4
            statement.reset()
            guard isOpen else { return false }
            switch finding {
            case .accepted(let id, let price):
                guard try unknownIDs([id]) == [id] else { return false }
                try DeliveryMatch(connection: connection)
                    .settle(send.delivery, providerID: id, at: send.startedAt, now: now)
                if let price {
                    try CostWriting(connection: connection).note(price, of: send.delivery, part: id, at: now)
                }
            case .absent:
                let again = try connection.prepare(
                    """
                    UPDATE delivery SET state = 3, not_before = ?5, cost_micros = 0, updated_at = ?5
                    WHERE tenant = 1 AND launch = ?1 AND contact = ?2 AND step = ?3 AND occurrence = ?4 AND state = 4
                    """
                )
                Self.bind(send.delivery, to: again)
                again.bind(5, now.microseconds)
                try again.run()
            }
            return true
        }
    }

    package func note(
        _ prices: [PricedMessage], channel: String, now: Timestamp
    ) throws(StoreError) -> Int {
        try connection.transaction { () throws(StoreError) in
            let match = DeliveryMatch(connection: connection)
            var count = 0
            for priced in prices {
                guard let delivery = try match.find([priced.providerID], address: nil, channel: channel) else {
                    continue
                }
                try CostWriting(connection: connection)
                    .note(priced.price, of: delivery, part: priced.providerID, at: now)
                count += 1
            }
            return count
        }
    }

    private static func bind(_ delivery: DeliveryKey, to statement: Statement) {
        statement.bind(1, delivery.launch.rawValue)
        statement.bind(2, delivery.contact.rawValue)
        statement.bind(3, Int64(delivery.step))
        statement.bind(4, delivery.occurrence)
    }
}
