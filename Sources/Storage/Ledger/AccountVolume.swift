import RuleEngine
import Runner

/// What an account has sent: what limits by the day are held against.
struct AccountVolume {
    let connection: Connection

    func volume(
        ofChannel channel: String, since: Timestamp
    ) throws(StoreError) -> (messages: Int, contacts: Int) {
        let statement = try connection.prepare(
            """
            SELECT count(*), count(DISTINCT d.contact) FROM delivery d JOIN launch l ON l.id = d.launch
            WHERE d.accepted_at >= ?1 AND ifnull(d.channel, l.channel_id) = ?2
            """
        )
        statement.bind(1, since.microseconds)
        statement.bind(2, channel)
        defer { statement.reset() }
        guard try statement.step() else { return (0, 0) }
        return (Int(statement.integer(0)), Int(statement.integer(1)))
    }

    func firstUse(ofChannel channel: String) throws(StoreError) -> Timestamp? {
        let statement = try connection.prepare(
            """
            SELECT min(d.accepted_at) FROM delivery d JOIN launch l ON l.id = d.launch
            WHERE ifnull(d.channel, l.channel_id) = ?1
            """
        )
        statement.bind(1, channel)
        defer { statement.reset() }
        return try statement.step() ? statement.optionalInteger(0).map(Timestamp.init(microseconds:)) : nil
    }
}
