import RuleEngine
import Runner

/// Writes what events say about whether a person may be reached. Inside a transaction of the inbox.
struct PermissionWriting {
    let connection: Connection
    let history: HistoryWriting

    init(_ connection: Connection, _ history: HistoryWriting) {
        self.connection = connection
        self.history = history
    }

    /// Whom and what an event is about.
    struct Subject {
        var addressKey: [UInt8]
        var channelKind: String
        var eventKey: String
        var at: Timestamp
        /// The person's own words: the proof.
        var words: String?
        var source: String
    }

    /// How a stop by the person's own word marks a consent, so that START finds it again.
    private static let stopMark = "stop keyword"

    func write(_ news: PermissionNews, _ subject: Subject, mayLift: Bool, now: Timestamp) throws(StoreError) -> Bool {
        switch news {
        case .suppress(let reason, let marketingOnly):
            let isNew = try suppress(subject, reason, marketingOnly: marketingOnly)
            if isNew { try note(.suppressed, subject, now: now) }
            return isNew
        case .unsubscribe:
            let isNew = try suppress(subject, .unsubscribe, marketingOnly: true)
            for contact in try holders(of: subject) { try revoke(contact, subject, via: subject.source) }
            if isNew { try note(.revoked, subject, now: now) }
            return isNew
        case .optOut(let reason):
            return try opt(true, reason, subject, now: now)
        case .optIn(let reason):
            guard mayLift else { return false }
            return try opt(false, reason, subject, now: now)
        }
    }

    /// Whether this lane stands at `out`.
    func isOut(_ reason: SuppressionReason, _ subject: Subject) throws(StoreError) -> Bool {
        try latest(reason, subject)?.isOut == true
    }

    // MARK: Lanes

    private func opt(
        _ isOut: Bool, _ reason: SuppressionReason, _ subject: Subject, now: Timestamp
    ) throws(StoreError) -> Bool {
        let insert = try connection.prepare(
            """
            INSERT INTO opt_event (tenant, address_key, channel, lane, at, is_out, event_key)
            VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING
            """
        )
        insert.bindBlob(1, subject.addressKey)
        insert.bind(2, subject.channelKind)
        insert.bind(3, Int64(reason.rawValue))
        insert.bind(4, subject.at.microseconds)
        insert.bind(5, isOut ? 1 : 0)
        insert.bind(6, subject.eventKey)
        try insert.run()
        guard connection.changes == 1 else { return false }
        try note(isOut ? .revoked : .unsuppressed, subject, now: now)
        guard let latest = try latest(reason, subject) else { return false }
        if latest.isOut {
            _ = try suppress(subject, reason, marketingOnly: reason.coversMarketingOnly, at: latest.at)
        } else {
            try lift(subject, reason)
        }
        if reason == .stop { try followConsent(latest, subject) }
        return true
    }

    private struct Latest {
        var isOut: Bool
        var at: Timestamp
        /// The last time that the person was out at or before it.
        var outAt: Timestamp?
    }

    private func latest(_ reason: SuppressionReason, _ subject: Subject) throws(StoreError) -> Latest? {
        // At the same instant, out wins.
        let statement = try connection.prepare(
            """
            SELECT is_out, at, (SELECT max(at) FROM opt_event o WHERE o.tenant = 1 AND o.address_key = ?1
                AND o.channel = ?2 AND o.lane = ?3 AND o.is_out = 1)
            FROM opt_event WHERE tenant = 1 AND address_key = ?1 AND channel = ?2 AND lane = ?3
            ORDER BY at DESC, is_out DESC LIMIT 1
            """
        )
        statement.bindBlob(1, subject.addressKey)
        statement.bind(2, subject.channelKind)
        statement.bind(3, Int64(reason.rawValue))
        defer { statement.reset() }
        guard try statement.step() else { return nil }
        return Latest(
            isOut: statement.integer(0) == 1, at: Timestamp(microseconds: statement.integer(1)),
            outAt: statement.optionalInteger(2).map { Timestamp(microseconds: $0) })
    }

    /// STOP revokes. START gives back what a STOP took, as an express consent at most: a text message signs nothing.
    private func followConsent(_ latest: Latest, _ subject: Subject) throws(StoreError) {
        for contact in try holders(of: subject) {
            if latest.isOut {
                try revoke(contact, subject, via: Self.stopMark, at: latest.at)
            } else if let outAt = latest.outAt {
                let statement = try connection.prepare(
                    """
                    INSERT INTO consent (contact, channel, purpose, level, given_at, source)
                    VALUES (?1, ?2, 'marketing', 0, ?3, 'start keyword')
                    ON CONFLICT DO UPDATE SET level = min(level, ?4), given_at = ?3, source = 'start keyword',
                        wording = NULL, revoked_at = NULL, revoked_via = NULL
                    WHERE revoked_via = '\(Self.stopMark)' OR (revoked_at IS NULL AND coalesce(given_at, 0) < ?5)
                        OR source = 'start keyword'
                    """
                )
                statement.bind(1, contact)
                statement.bind(2, subject.channelKind)
                statement.bind(3, latest.at.microseconds)
                statement.bind(4, Int64(ConsentLevel.express.rawValue))
                statement.bind(5, outAt.microseconds)
                try statement.run()
            }
        }
    }

    // MARK: Rows

    private func suppress(
        _ subject: Subject, _ reason: SuppressionReason, marketingOnly: Bool, at: Timestamp? = nil
    ) throws(StoreError) -> Bool {
        let statement = try connection.prepare(
            """
            INSERT INTO suppression (tenant, address_key, channel, reason, marketing_only, at, source)
            VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6)
            ON CONFLICT DO UPDATE SET marketing_only = 0 WHERE marketing_only = 1 AND excluded.marketing_only = 0
            """
        )
        statement.bindBlob(1, subject.addressKey)
        statement.bind(2, subject.channelKind)
        statement.bind(3, Int64(reason.rawValue))
        statement.bind(4, marketingOnly ? 1 : 0)
        statement.bind(5, (at ?? subject.at).microseconds)
        statement.bind(6, subject.source)
        try statement.run()
        return connection.changes > 0
    }

    private func lift(_ subject: Subject, _ reason: SuppressionReason) throws(StoreError) {
        let statement = try connection.prepare(
            "DELETE FROM suppression WHERE tenant = 1 AND address_key = ?1 AND channel = ?2 AND reason = ?3"
        )
        statement.bindBlob(1, subject.addressKey)
        statement.bind(2, subject.channelKind)
        statement.bind(3, Int64(reason.rawValue))
        try statement.run()
    }

    private func revoke(_ contact: Int64, _ subject: Subject, via: String, at: Timestamp? = nil) throws(StoreError) {
        // A revocation by other ways stays what it is; of several by the same way the last time counts.
        let statement = try connection.prepare(
            """
            INSERT INTO consent (contact, channel, purpose, level, revoked_at, revoked_via)
            VALUES (?1, ?2, 'marketing', 0, ?3, ?4)
            ON CONFLICT DO UPDATE SET revoked_at = max(coalesce(revoked_at, 0), excluded.revoked_at),
                revoked_via = excluded.revoked_via
            WHERE revoked_at IS NULL OR revoked_via = '\(Self.stopMark)' OR revoked_via = excluded.revoked_via
            """
        )
        statement.bind(1, contact)
        statement.bind(2, subject.channelKind)
        statement.bind(3, (at ?? subject.at).microseconds)
        statement.bind(4, via)
        try statement.run()
    }

    func holders(of subject: Subject) throws(StoreError) -> [Int64] {
        let statement = try connection.prepare(
            "SELECT DISTINCT contact FROM identity WHERE address_key = ?1 ORDER BY contact")
        statement.bindBlob(1, subject.addressKey)
        var found: [Int64] = []
        while try statement.step() { found.append(statement.integer(0)) }
        return found
    }

    private func note(_ action: ConsentEvent.Action, _ subject: Subject, now: Timestamp) throws(StoreError) {
        for contact in try holders(of: subject) {
            try history.append(
                contact,
                ConsentEvent(
                    channel: subject.channelKind, purpose: Purpose.marketing.rawValue, action: action, level: nil,
                    at: subject.at, source: subject.source, wording: subject.words,
                    actor: subject.words == nil ? "provider" : "person", recordedAt: now))
        }
    }
}
