package import RuleEngine
package import Runner

extension SQLiteWebhookInbox: ReplyBook {
    /// Two machines that answer each other would never end: this many answers an hour, and one of a kind in ten minutes.
    private static let mostAnHour: Int64 = 5
    private static let pause: Int64 = 600_000_000

    package func claimReplies(limit: Int, now: Timestamp) throws(StoreError) -> [DueReply] {
        try connection.transaction { () throws(StoreError) in
            let late = try connection.prepare(
                "UPDATE reply_due SET state = 4, problem = coalesce(problem, 'too_late') WHERE state = 0 AND due_before < ?1"
            )
            late.bind(1, now.microseconds)
            try late.run()
            var claimed: [DueReply] = []
            for (reply, addressKey, channelKind) in try dueReplies(limit: limit) {
                if let problem = try obstacle(reply, addressKey, channelKind, now: now) {
                    try mark(reply.id, state: 2, problem: problem)
                } else {
                    let intent = try connection.prepare(
                        "UPDATE reply_due SET state = 1, attempted_at = ?2 WHERE id = ?1 AND state = 0")
                    intent.bind(1, reply.id)
                    intent.bind(2, now.microseconds)
                    try intent.run()
                    claimed.append(reply)
                }
            }
            return claimed
        }
    }

    package func finish(_ reply: Int64, _ outcome: ReplyOutcome) throws(StoreError) {
        try connection.transaction { () throws(StoreError) in
            switch outcome {
            case .accepted(let id): try mark(reply, state: 3, problem: nil, providerID: id)
            case .notSent(let code): try mark(reply, state: 0, problem: code)
            case .refused(let code): try mark(reply, state: 6, problem: code)
            case .unknown(let code): try mark(reply, state: 5, problem: code)
            case .void(let reason): try mark(reply, state: 2, problem: reason)
            }
        }
    }

    package func abandonReplies(before: Timestamp) throws(StoreError) {
        try connection.transaction { () throws(StoreError) in
            let statement = try connection.prepare(
                "UPDATE reply_due SET state = 5, problem = 'interrupted' WHERE state = 1 AND attempted_at < ?1")
            statement.bind(1, before.microseconds)
            try statement.run()
        }
    }

    package var hasDueReplies: Bool {
        get throws(StoreError) {
            try connection.integer("SELECT EXISTS (SELECT 1 FROM reply_due WHERE state = 0)") == 1
        }
    }

    private func dueReplies(limit: Int) throws(StoreError) -> [(DueReply, addressKey: [UInt8], channelKind: String)] {
        let statement = try connection.prepare(
            """
            SELECT r.id, r.kind, r.channel, r.address, r.address_key, r.channel_kind,
                (SELECT c.language FROM identity i JOIN contact c ON c.id = i.contact
                    WHERE i.address_key = r.address_key AND c.language IS NOT NULL LIMIT 1)
            FROM reply_due r WHERE r.state = 0 ORDER BY r.id LIMIT ?1
            """
        )
        statement.bind(1, Int64(limit))
        var found: [(DueReply, addressKey: [UInt8], channelKind: String)] = []
        while try statement.step() {
            guard let kind = DueReply.Kind(rawValue: statement.string(1)) else { continue }
            let reply = DueReply(
                id: statement.integer(0), kind: kind, channel: statement.string(2),
                address: statement.optionalString(3) ?? "", language: statement.optionalString(6))
            found.append((reply, statement.isNull(4) ? [] : statement.blob(4), statement.optionalString(5) ?? ""))
        }
        return found
    }

    /// Why it must not be sent any more. Asked in the transaction of the intent, so that no wish slips in between.
    private func obstacle(
        _ reply: DueReply, _ addressKey: [UInt8], _ channelKind: String, now: Timestamp
    ) throws(StoreError) -> String? {
        guard !reply.address.isEmpty, !addressKey.isEmpty else { return "no_address" }
        var hasStop = false
        let entries = try connection.prepare(
            "SELECT channel, reason FROM suppression WHERE tenant = 1 AND address_key = ?1 AND channel IN (?2, '')")
        entries.bindBlob(1, addressKey)
        entries.bind(2, channelKind)
        while try entries.step() {
            switch SuppressionReason(rawValue: Int(entries.integer(1))) {
            case .stop: hasStop = true
            // Wants no advertising: an answer to a question is none.
            case .unsubscribe: break
            default: return "suppressed"
            }
        }
        switch reply.kind {
        case .stop where !hasStop: return "taken_back"
        case .start where hasStop: return "taken_back"
        case .stop, .start, .help: break
        }
        let earlier = try connection.prepare(
            """
            SELECT count(*), sum(kind = ?2 AND attempted_at > ?4) FROM reply_due
            WHERE address_key = ?1 AND state IN (1, 3, 5) AND attempted_at > ?3
            """
        )
        earlier.bindBlob(1, addressKey)
        earlier.bind(2, reply.kind.rawValue)
        earlier.bind(3, now.microseconds - 3_600_000_000)
        earlier.bind(4, now.microseconds - Self.pause)
        defer { earlier.reset() }
        guard try earlier.step() else { return nil }
        if earlier.integer(0) >= Self.mostAnHour || (earlier.optionalInteger(1) ?? 0) > 0 { return "answered_before" }
        return nil
    }

    private func mark(_ id: Int64, state: Int64, problem: String?, providerID: String? = nil) throws(StoreError) {
        let statement = try connection.prepare(
            "UPDATE reply_due SET state = ?2, problem = ?3, provider_id = coalesce(?4, provider_id) WHERE id = ?1")
        statement.bind(1, id)
        statement.bind(2, state)
        statement.bind(3, problem)
        statement.bind(4, providerID)
        try statement.run()
    }
}
