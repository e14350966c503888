package import RuleEngine
package import Runner

/// The self-check behind `carillon status --verify`.
extension SQLiteLedgerReader {
    /// One rule for rows: a condition that no row may meet.
    private struct Rule {
        var condition: String
        var sentence: String
    }

    /// The first is the accounting identity: a row is in one state by the table's key, so that the states add up to
    /// the audience as long as no row is outside of them.
    private static let rules = [
        Rule(condition: "d.state NOT IN (0, 1, 2, 3, 4, 10, 11, 12, 13, 14, 15, 16)", sentence: "in no known state"),
        Rule(condition: "c.id IS NULL", sentence: "of contacts that don't exist"),
        Rule(
            condition: "d.state IN (2, 4, 10, 12) AND (d.attempts < 1 OR d.started_at IS NULL OR d.epoch < 1)",
            sentence: "with an outcome but without an intent"
        ),
        Rule(
            condition: "d.state IN (2, 4, 10) AND (d.body_hash IS NULL OR d.address IS NULL AND c.erased = 0)",
            sentence: "sent without a record of the address or the text"
        ),
        Rule(condition: "c.erased = 1 AND d.address IS NOT NULL", sentence: "with the address of an erased person"),
        Rule(condition: "d.state = 10 AND d.accepted_at IS NULL", sentence: "accepted at no time"),
        Rule(condition: "d.accepted_at < d.started_at", sentence: "accepted before they were sent"),
        Rule(condition: "d.state IN (1, 3) AND d.not_before IS NULL", sentence: "waiting for a time that is not set"),
        Rule(
            condition: """
                l.kind = 0 AND d.superseded = 0 AND EXISTS (SELECT 1 FROM delivery o WHERE o.tenant = 1 AND o.launch = d.launch
                    AND o.contact = d.contact AND o.superseded = 0
                    AND (o.step, o.occurrence) > (d.step, d.occurrence))
                """,
            sentence: "that stand for their recipient beside another one"
        ),
        Rule(
            condition: """
                l.kind = 0 AND d.superseded = 1 AND NOT EXISTS (SELECT 1 FROM delivery o WHERE o.tenant = 1 AND o.launch = d.launch
                    AND o.contact = d.contact AND o.superseded = 0)
                """,
            sentence: "of recipients whom no row stands for"
        ),
        Rule(condition: "d.state IN (11, 12, 13, 14, 15) AND d.reason IS NULL", sentence: "ended without a reason"),
        Rule(
            condition: "d.state = 2 AND d.epoch < ?2 AND d.deadline < ?3",
            sentence: "in sending past their deadline, of a runner that is gone (`carillon run` resolves them)"
        ),
        Rule(
            condition: "d.state = 4 AND d.updated_at < ?3 - 72 * 3600 * 1000000",
            sentence: "uncertain for more than 72 hours (`carillon uncertain settle` resolves them)"
        ),
        Rule(condition: "l.state = 3 AND d.state < 10", sentence: "open in a launch that is finished"),
        Rule(condition: "d.contact > l.plan_cursor", sentence: "beyond the point up to which the audience is planned"),
    ]

    package func verify(_ launch: LaunchID, now: Timestamp) throws(StoreError) -> [String] {
        try connection.snapshot { () throws(StoreError) in
            let checks = Self.rules.map { "total(\($0.condition))" }.joined(separator: ",\n    ")
            let statement = try connection.prepare(
                """
                SELECT \(checks)
                FROM launch l CROSS JOIN delivery d NOT INDEXED ON d.tenant = 1 AND d.launch = l.id
                LEFT JOIN contact c ON c.id = d.contact
                WHERE l.id = ?1
                """
            )
            statement.bind(1, launch.rawValue)
            statement.bind(2, try connection.meta("runner_epoch") ?? 0)
            statement.bind(3, now.microseconds)
            defer { statement.reset() }
            guard try statement.step() else { return [] }
            var faults: [String] = []
            for (index, rule) in Self.rules.enumerated() {
                let count = statement.integer(Int32(index))
                if count > 0 { faults.append("\(count) \(count == 1 ? "row is" : "rows are") \(rule.sentence)") }
            }
            return faults
        }
    }
}
