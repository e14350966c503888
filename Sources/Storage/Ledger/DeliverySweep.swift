import RuleEngine
import Runner

/// Moves all rows of a launch that meet a condition, batch by batch, each in a transaction of its own: none grows
/// with the launch, and others get their turn in between. Cut short, it is simply run again.
struct DeliverySweep {
    /// Conditions and changes are SQL of ours, never of a user.
    let condition: String
    let change: String
    /// Nil leaves the reason as it is.
    let reason: String?

    private static let batchSize: Int64 = 5_000

    /// Returns how many rows were moved.
    func run(
        on launch: LaunchID, contact: ContactKey? = nil, now: Timestamp, _ connection: Connection
    ) throws(StoreError) -> Int {
        let one = contact.map { "AND contact = \($0.rawValue)" } ?? ""
        let find = try connection.prepareOnce(
            """
            SELECT contact, step, occurrence FROM delivery
            WHERE tenant = 1 AND launch = ?1 AND (contact, step, occurrence) > (?2, ?3, ?4) \(one) AND \(condition)
            ORDER BY contact, step, occurrence LIMIT \(Self.batchSize)
            """
        )
        let move = try connection.prepareOnce(
            """
            UPDATE delivery SET \(change), reason = ifnull(?6, reason), updated_at = ?5
            WHERE tenant = 1 AND launch = ?1 AND contact = ?2 AND step = ?3 AND occurrence = ?4 AND \(condition)
            """
        )
        var last = Key(contact: -1, step: -1, occurrence: -1)
        var count = 0
        while true {
            let keys = try batch(find, launch: launch, after: last)
            guard let end = keys.last else { return count }
            count += try connection.transaction { () throws(StoreError) in
                var moved = 0
                for key in keys {
                    bind(key, of: launch, to: move)
                    move.bind(5, now.microseconds)
                    move.bind(6, reason)
                    try move.run()
                    // A row may have been settled by another process since it was found.
                    moved += connection.changes
                }
                return moved
            }
            last = end
        }
    }

    private struct Key {
        var contact: Int64
        var step: Int64
        var occurrence: Int64
    }

    private func batch(_ find: Statement, launch: LaunchID, after last: Key) throws(StoreError) -> [Key] {
        bind(last, of: launch, to: find)
        var keys: [Key] = []
        while try find.step() {
            keys.append(Key(contact: find.integer(0), step: find.integer(1), occurrence: find.integer(2)))
        }
        return keys
    }

    private func bind(_ key: Key, of launch: LaunchID, to statement: Statement) {
        statement.bind(1, launch.rawValue)
        statement.bind(2, key.contact)
        statement.bind(3, key.step)
        statement.bind(4, key.occurrence)
    }
}
