package import RuleEngine
package import Runner

/// One event of a request, inside its transaction.
struct EventWriting {
    let inbox: SQLiteWebhookInbox
    let webhook: RawWebhook
    let mayLift: Bool
    let now: Timestamp

    private var connection: Connection { inbox.connection }
    private var match: DeliveryMatch { DeliveryMatch(connection: connection, hasPrograms: inbox.hasPrograms) }

    func write(_ record: InboundRecord) throws(StoreError) -> InboundTally {
        var tally = InboundTally()
        tally.events = 1
        let delivery = try delivery(of: record)
        var address = record.address
        if let delivery, record.status != nil || record.text == nil, let sentTo = try match.address(of: delivery) {
            address = sentTo
        }
        let kind = AddressNormalizer.kind(ofChannel: webhook.channelKind)
        let addressKey = address.map { inbox.hasher.key(kind: kind, $0) }
        // A status without its delivery may be earlier than our own note that the message was accepted.
        let isWaiting = delivery == nil && record.status != nil && record.watermark == nil
        let holder = try holder(addressKey)
        let contact = delivery?.contact.rawValue ?? holder
        guard try insert(record, delivery, address, addressKey, contact: contact, isWaiting: isWaiting) else {
            tally.repeated = 1
            return tally
        }
        if let watermark = record.watermark, let addressKey, let status = record.status {
            for covered in try match.upTo(watermark, addressKey: addressKey, channel: webhook.channel) {
                try match.merge(status, into: covered, at: record.at)
                tally.matched += 1
            }
        } else if let delivery {
            tally.matched = 1
            if let status = record.status {
                try match.settle(delivery, providerID: record.providerIDs.first, at: record.at, now: now)
                if let followed = record.followed {
                    try LinkClicks(connection: connection).note(followed, of: delivery, at: record.at)
                }
                try match.merge(status, into: delivery, at: record.at)
            }
        }
        if isWaiting { tally.waiting = 1 }
        if let price = record.price, let delivery {
            try CostWriting(connection: connection).note(
                price, of: delivery, part: record.providerIDs.first ?? "", at: record.at)
        }
        guard let addressKey else { return tally }
        try converse(record, addressKey, contact: holder ?? contact)
        let subject = PermissionWriting.Subject(
            addressKey: addressKey, channelKind: webhook.channelKind, eventKey: "\(webhook.channel)/\(record.key)",
            at: record.at, words: record.meaning == nil ? nil : record.text,
            source: "\(webhook.provider) \(record.kind) \(record.key)")
        let wasOut = try inbox.permissions.isOut(.stop, subject)
        for effect in record.effects {
            let isNew = try inbox.permissions.write(effect, subject, mayLift: mayLift, now: now)
            if isNew { tally.permissions += 1 }
        }
        // The first STOP is confirmed, and the START that takes it back; a second changes nothing and gets no answer.
        let isOut = try inbox.permissions.isOut(.stop, subject)
        switch record.replyDue {
        case "stop"? where wasOut || !isOut: break
        case "start"? where !wasOut || isOut: break
        case let reply?: try noteReply(reply, record, address, addressKey)
        case nil: break
        }
        return tally
    }

    /// A person's text that is no key word belongs to a conversation where somebody reads it, and is a cause where we know
    /// the person.
    private func converse(_ record: InboundRecord, _ addressKey: [UInt8], contact: Int64?) throws(StoreError) {
        guard record.kind == InboundWords.text, record.meaning == nil, let text = record.text, !text.isEmpty else {
            return
        }
        var fields: [String: Value] = ["text": .text(Array(text.utf8)), "opens_conversation": .bool(false)]
        if record.isRead {
            let place = try ConversationWriting(connection: connection)
                .place(channel: webhook.channel, addressKey: addressKey, contact: contact, at: record.at)
            let mark = try connection.prepare(
                "UPDATE channel_event SET conversation = ?3 WHERE tenant = 1 AND channel = ?1 AND event_key = ?2")
            mark.bind(1, webhook.channel)
            mark.bind(2, record.key)
            mark.bind(3, place.id)
            try mark.run()
            fields[QueuedCause.conversationField] = .text(Array("c\(place.id)".utf8))
            fields["opens_conversation"] = .bool(place.opens)
        }
        guard let contact, inbox.hasPrograms else { return }
        try CauseRow.insert(
            QueuedCause(
                contact: ContactKey(rawValue: contact), kind: .inbound, name: webhook.channel, at: min(record.at, now),
                fields: fields), connection)
    }

    private func delivery(of record: InboundRecord) throws(StoreError) -> DeliveryKey? {
        if let named = record.delivery, try match.exists(named) { return named }
        return try match.find(record.providerIDs, address: record.address, channel: webhook.channel)
    }

    private func holder(_ addressKey: [UInt8]?) throws(StoreError) -> Int64? {
        guard let addressKey else { return nil }
        let statement = try connection.prepare("SELECT min(contact) FROM identity WHERE address_key = ?1")
        statement.bindBlob(1, addressKey)
        defer { statement.reset() }
        return try statement.step() ? statement.optionalInteger(0) : nil
    }

    private func insert(
        _ record: InboundRecord, _ delivery: DeliveryKey?, _ address: String?, _ addressKey: [UInt8]?,
        contact: Int64?, isWaiting: Bool
    ) throws(StoreError) -> Bool {
        let statement = try connection.prepare(
            """
            INSERT INTO channel_event (channel, event_key, webhook, kind, at, received_at, provider_id, address,
                address_key, rank, flags, code, text, meaning, needs_review, detail, state, launch, contact, step,
                occurrence)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)
            ON CONFLICT DO NOTHING
            """
        )
        statement.bind(1, webhook.channel)
        statement.bind(2, record.key)
        statement.bind(3, webhook.id)
        statement.bind(4, record.kind)
        statement.bind(5, record.at.microseconds)
        statement.bind(6, webhook.receivedAt.microseconds)
        // All forms of the id: an early event is looked up again later.
        let ids = record.providerIDs.joined(separator: "\u{1F}")
        statement.bind(7, ids.isEmpty ? nil : ids)
        statement.bind(8, address)
        if let addressKey { statement.bindBlob(9, addressKey) } else { statement.bindNull(9) }
        statement.bind(10, record.status.map { Int64($0.rank) })
        statement.bind(11, Int64(record.status?.flags ?? 0))
        statement.bind(12, record.status?.code)
        statement.bind(13, record.text)
        statement.bind(14, record.meaning)
        statement.bind(15, record.needsReview ? 1 : 0)
        statement.bind(16, record.detail)
        statement.bind(17, isWaiting ? 0 : 1)
        // An early event of a delivery that we can name waits under that name.
        let named = delivery ?? record.delivery
        statement.bind(18, named?.launch.rawValue)
        statement.bind(19, contact ?? named?.contact.rawValue)
        statement.bind(20, named.map { Int64($0.step) })
        statement.bind(21, named?.occurrence)
        try statement.run()
        return connection.changes == 1
    }

    /// Regulators give five minutes for a confirmation; after that it would be one message too many.
    private func noteReply(
        _ kind: String, _ record: InboundRecord, _ address: String?, _ addressKey: [UInt8]
    ) throws(StoreError) {
        let statement = try connection.prepare(
            """
            INSERT INTO reply_due (channel, event_key, kind, address, due_before, channel_kind, address_key)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
            ON CONFLICT DO NOTHING
            """
        )
        statement.bind(1, webhook.channel)
        statement.bind(2, record.key)
        statement.bind(3, kind)
        statement.bind(4, address)
        statement.bind(5, record.at.microseconds + 300_000_000)
        statement.bind(6, webhook.channelKind)
        statement.bindBlob(7, addressKey)
        try statement.run()
    }
}

extension SQLiteWebhookInbox {
    package func matchWaiting(limit: Int, now: Timestamp) throws(StoreError) -> Int {
        try connection.transaction { () throws(StoreError) in
            try lookForPrograms()
            let match = DeliveryMatch(connection: connection, hasPrograms: hasPrograms)
            var found = 0
            for event in try waiting(limit: limit) {
                guard let delivery = try locate(event, match) else { continue }
                try match.settle(delivery, providerID: event.providerIDs.first, at: event.at, now: now)
                if let followed = event.followed {
                    try LinkClicks(connection: connection).note(followed, of: delivery, at: event.at)
                }
                try match.merge(event.status, into: delivery, at: event.at)
                try close(event.id, delivery)
                found += 1
            }
            let giveUp = try connection.prepare(
                "UPDATE channel_event SET state = 2 WHERE state = 0 AND received_at < ?1")
            giveUp.bind(1, now.microseconds - 72 * 3_600_000_000)
            try giveUp.run()
            return found
        }
    }

    private struct Waiting {
        var id: Int64
        var providerIDs: [String]
        var address: String?
        var status: StatusNews
        var at: Timestamp
        var named: DeliveryKey?
        var channel: String
        var followed: String?
    }

    private func locate(_ event: Waiting, _ match: DeliveryMatch) throws(StoreError) -> DeliveryKey? {
        if let named = event.named, try match.exists(named) { return named }
        return try match.find(event.providerIDs, address: event.address, channel: event.channel)
    }

    private func waiting(limit: Int) throws(StoreError) -> [Waiting] {
        let statement = try connection.prepare(
            """
            SELECT id, provider_id, address, rank, flags, code, at, launch, contact, step, occurrence,
                channel, CASE WHEN kind = 'clicked' THEN detail END
            FROM channel_event WHERE state = 0 ORDER BY received_at DESC LIMIT ?1
            """
        )
        statement.bind(1, Int64(limit))
        var events: [Waiting] = []
        while try statement.step() {
            events.append(
                Waiting(
                    id: statement.integer(0),
                    providerIDs: statement.string(1).split(separator: "\u{1F}").map(String.init),
                    address: statement.optionalString(2),
                    status: StatusNews(
                        rank: Int(statement.integer(3)), flags: Int(statement.integer(4)),
                        code: statement.optionalString(5)),
                    at: Timestamp(microseconds: statement.integer(6)),
                    named: statement.isNull(7) ? nil : DeliveryMatch.key(statement, first: 7),
                    channel: statement.string(11),
                    followed: statement.optionalString(12).flatMap { InboundRecord.field("url", ofDetail: $0) }))
        }
        return events
    }

    private func close(_ event: Int64, _ delivery: DeliveryKey) throws(StoreError) {
        let statement = try connection.prepare(
            "UPDATE channel_event SET state = 1, launch = ?2, contact = ?3, step = ?4, occurrence = ?5 WHERE id = ?1")
        statement.bind(1, event)
        statement.bind(2, delivery.launch.rawValue)
        statement.bind(3, delivery.contact.rawValue)
        statement.bind(4, Int64(delivery.step))
        statement.bind(5, delivery.occurrence)
        try statement.run()
    }
}

/// Kinds of events that are people's words.
private enum InboundWords {
    static let text = "inbound"
}
