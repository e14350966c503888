import RuleEngine
import Runner

/// Consent as a file gives it, for marketing. A file never gives back what a person took away: what it says counts
/// only where it is proven to be newer than the refusal.
final class ConsentImport {
    enum Result {
        case written, same, keptRefusal
    }

    private let read: Statement
    private let upsert: Statement
    private let history: HistoryWriting

    init(_ connection: Connection) throws(StoreError) {
        read = try connection.prepareOnce(
            """
            SELECT level, given_at, source, wording, revoked_at FROM consent
            WHERE contact = ?1 AND channel = ?2 AND purpose = 'marketing'
            """
        )
        upsert = try connection.prepareOnce(
            """
            INSERT INTO consent (contact, channel, purpose, level, given_at, source, wording)
            VALUES (?1, ?2, 'marketing', ?3, ?4, ?5, ?6)
            ON CONFLICT DO UPDATE SET level = excluded.level, given_at = excluded.given_at, source = excluded.source,
                wording = excluded.wording, expires_at = NULL, revoked_at = NULL, revoked_via = NULL
            """
        )
        history = try HistoryWriting(connection)
    }

    func write(
        _ contact: Int64,
        _ channel: String,
        _ consent: ContactBatch.Consent,
        _ batch: ContactBatch,
        isNew: Bool,
        now: Timestamp
    ) throws(StoreError) -> Result {
        if !isNew, let verdict = try compare(contact, channel, consent, batch) { return verdict }
        upsert.bind(1, contact)
        upsert.bind(2, channel)
        upsert.bind(3, Int64(consent.level.rawValue))
        upsert.bind(4, consent.at?.microseconds)
        if let source = consent.source { bindText(upsert, 5, source, batch) } else { upsert.bindNull(5) }
        if let wording = consent.wording { bindText(upsert, 6, wording, batch) } else { upsert.bindNull(6) }
        try upsert.run()
        try history.append(contact, channel, consent, batch, now: now)
        return .written
    }

    /// Nil where the file's word counts.
    private func compare(
        _ contact: Int64,
        _ channel: String,
        _ consent: ContactBatch.Consent,
        _ batch: ContactBatch
    ) throws(StoreError) -> Result? {
        read.bind(1, contact)
        read.bind(2, channel)
        guard try read.step() else { return nil }
        defer { read.reset() }
        let level = ConsentLevel(rawValue: Int(read.integer(0))) ?? .none
        let givenAt = read.optionalInteger(1).map(Timestamp.init(microseconds:))
        let revokedAt = read.optionalInteger(4).map(Timestamp.init(microseconds:))
        if let revokedAt {
            // A refusal in the file changes nothing about a refusal.
            if consent.level == .none { return .same }
            guard let at = consent.at, at > revokedAt else { return .keptRefusal }
            return nil
        }
        if consent.level == .none { return level == .none ? .same : nil }
        // `none` is a refusal too: only a later agreement lifts it, where its time is known.
        if level == .none, let givenAt {
            guard let at = consent.at, at > givenAt else { return .keptRefusal }
            return nil
        }
        // An older agreement, or one without a time, does not displace one with proof.
        if level != .none, let givenAt {
            guard let at = consent.at, at >= givenAt else { return .same }
        }
        let isSame =
            level == consent.level && givenAt == consent.at
            && read.optionalString(2) == consent.source.map(batch.string)
            && read.optionalString(3) == consent.wording.map(batch.string)
        return isSame ? .same : nil
    }
}
