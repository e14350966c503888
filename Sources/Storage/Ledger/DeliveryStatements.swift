import Runner

/// The statements that move one row, prepared once. Each names the states it may leave, so that an outcome or an
/// intent that comes too late changes nothing.
///
/// Parameters 1 to 3 are launch, contact and step, 15 is the occurrence. What is not bound keeps what the row has.
struct DeliveryStatements {
    let intend: Statement
    let accept: Statement
    let reject: Statement
    let retry: Statement
    let fail: Statement
    let doubt: Statement
    let skip: Statement
    let hold: Statement
    /// A second try that ends unsent leaves the first one standing for its recipient.
    let standBack: Statement
    let standAgain: Statement

    /// - Parameter occurrence: as SQL.
    init(_ connection: Connection, occurrence: String = "?15") throws(StoreError) {
        func update(_ change: String, from guardian: String) throws(StoreError) -> Statement {
            try connection.prepare(
                """
                UPDATE delivery SET \(change)
                WHERE tenant = 1 AND launch = ?1 AND contact = ?2 AND step = ?3 AND occurrence = \(occurrence)
                    AND \(guardian)
                """
            )
        }
        // An attempt's number only ever grows: an intent that was prepared before a later attempt began is void. The step
        // may change with the intent: which message of an experiment it is was open until then.
        intend = try update(
            """
            state = 2, attempts = ?4, epoch = ?5, updated_at = ?6, started_at = ?6, deadline = ?7, cost_micros = ?8,
            address = ?9, body_hash = ?10, channel = ifnull(?11, channel), step = ifnull(?12, step), reason = NULL,
            not_before = NULL, accepted_at = NULL, provider_id = NULL
            """,
            from: "(state = 0 OR state = 1 OR state = 3) AND attempts < ?4"
        )
        let sameAttempt = "attempts = ?4 AND epoch = ?5"
        // Proof that it was accepted also resolves a row that this very attempt left in doubt. On a row that is settled,
        // `not_before` is when another channel is considered.
        accept = try update(
            "state = 10, updated_at = ?6, accepted_at = ?6, provider_id = ?7, reason = NULL, not_before = ?8",
            from: "(state = 2 OR state = 4) AND \(sameAttempt)"
        )
        reject = try update(
            "state = 12, updated_at = ?6, reason = ?7, cost_micros = 0, not_before = ?8",
            from: "state = 2 AND \(sameAttempt)"
        )
        retry = try update(
            "state = 3, updated_at = ?6, reason = ?7, not_before = ?8, cost_micros = 0",
            from: "state = 2 AND \(sameAttempt)"
        )
        fail = try update(
            "state = 13, updated_at = ?6, reason = ?7, cost_micros = 0, not_before = ?8",
            from: "state = 2 AND \(sameAttempt)"
        )
        doubt = try update(
            "state = 4, updated_at = ?6, reason = ?7",
            from: "state = 2 AND \(sameAttempt)"
        )
        // `skipped`, or `expired` where the wave says so.
        skip = try update(
            "state = ifnull(?6, 11), updated_at = ?4, reason = ?5, not_before = NULL",
            from: "(state = 0 OR state = 1 OR state = 3)"
        )
        // Held again is held on: the gate answers anew each time that a row comes due.
        hold = try update(
            "state = 1, updated_at = ?4, reason = ?5, not_before = ?6",
            from: "(state = 0 OR state = 1 OR state = 3)"
        )
        standBack = try update("superseded = 1", from: "(state = 11 OR state = 14 OR state = 15)")
        standAgain = try connection.prepare(
            """
            UPDATE delivery SET superseded = 0
            WHERE tenant = 1 AND launch = ?1 AND contact = ?2 AND occurrence = ?3
            """
        )
    }
}
