import RuleEngine
import Runner

/// The append-only history of consent, refusals and suppressions.
final class HistoryWriting {
    private let insert: Statement

    init(_ connection: Connection) throws(StoreError) {
        insert = try connection.prepare(
            """
            INSERT INTO consent_event (contact, channel, purpose, action, level, at, source, wording, actor, recorded_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
            """
        )
    }

    func append(_ contact: Int64, _ event: ConsentEvent) throws(StoreError) {
        insert.bind(1, contact)
        insert.bind(2, event.channel)
        insert.bind(3, event.purpose)
        insert.bind(4, event.action.rawValue)
        insert.bind(5, event.level.map { Int64($0.rawValue) })
        insert.bind(6, event.at.microseconds)
        insert.bind(7, event.source)
        insert.bind(8, event.wording)
        insert.bind(9, event.actor)
        insert.bind(10, event.recordedAt.microseconds)
        try insert.run()
    }

    /// The same from a batch, without making texts of its bytes.
    func append(
        _ contact: Int64,
        _ channel: String,
        _ consent: ContactBatch.Consent,
        _ batch: ContactBatch,
        now: Timestamp
    ) throws(StoreError) {
        insert.bind(1, contact)
        insert.bind(2, channel)
        insert.bind(3, "marketing")
        insert.bind(4, consent.level == .none ? "revoked" : "granted")
        insert.bind(5, Int64(consent.level.rawValue))
        insert.bind(6, (consent.at ?? now).microseconds)
        if let source = consent.source { bindText(insert, 7, source, batch) } else { insert.bindNull(7) }
        if let wording = consent.wording { bindText(insert, 8, wording, batch) } else { insert.bindNull(8) }
        insert.bind(9, "import")
        insert.bind(10, now.microseconds)
        try insert.run()
    }
}
