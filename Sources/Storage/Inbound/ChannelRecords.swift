import RuleEngine
package import Runner

extension SQLiteStore {
    /// What the newest launches and webhooks of each channel say of it, by its id.
    package func channelRecords() throws(StoreError) -> [String: ChannelRecord] {
        let connection = try connect()
        var records: [String: ChannelRecord] = [:]
        for launch in try newestLaunches(connection) { try add(launch, to: &records, connection) }
        for channel in records.keys { records[channel]?.failures.sort { $0.at > $1.at } }
        let problems = try connection.prepare(
            "SELECT channel, count(*), max(received_at) FROM webhook WHERE state = 2 GROUP BY channel")
        while try problems.step() {
            records[problems.string(0), default: ChannelRecord()].unreadable = Int(problems.integer(1))
        }
        let heard = try connection.prepare("SELECT channel, max(received_at) FROM webhook GROUP BY channel")
        while try heard.step() {
            records[heard.string(0), default: ChannelRecord()].heardAt = Timestamp(microseconds: heard.integer(1))
        }
        for (channel, trouble) in try AccountTroubles(connection: connection).all() {
            records[channel, default: ChannelRecord()].trouble = trouble
        }
        return records
    }

    /// A launch may have millions of rows, so only the last few are looked at.
    private static let mostLaunches = 3

    private func newestLaunches(_ connection: Connection) throws(StoreError) -> [Int64] {
        let statement = try connection.prepare("SELECT channel_id, kind, id FROM launch ORDER BY id DESC LIMIT 1000")
        var counts: [String: Int] = [:]
        var launches: [Int64] = []
        while try statement.step() {
            let lane = "\(statement.integer(1)) \(statement.string(0))"
            counts[lane, default: 0] += 1
            if counts[lane, default: 0] <= Self.mostLaunches { launches.append(statement.integer(2)) }
        }
        return launches
    }

    private func add(
        _ launch: Int64, to records: inout [String: ChannelRecord], _ connection: Connection
    ) throws(StoreError) {
        let statement = try connection.prepare(
            """
            SELECT ifnull(d.channel, l.channel_id), d.state, d.reason, count(*), max(d.updated_at), max(d.accepted_at)
            FROM delivery d JOIN launch l ON l.id = d.launch
            WHERE d.tenant = 1 AND d.launch = ?1 GROUP BY 1, 2, 3
            """
        )
        statement.bind(1, launch)
        while try statement.step() {
            guard let state = DeliveryState(rawValue: Int(statement.integer(1))) else { continue }
            let channel = statement.string(0)
            let count = Int(statement.integer(3))
            switch state {
            case .accepted:
                records[channel, default: ChannelRecord()].accepted += count
                let at = statement.optionalInteger(5) ?? 0
                if at > records[channel]?.acceptedAt?.microseconds ?? 0 {
                    records[channel]?.acceptedAt = Timestamp(microseconds: at)
                }
            case .rejected, .failed, .uncertain, .unknownFinal, .retryWait:
                let failure = ChannelRecord.Failure(
                    code: statement.optionalString(2) ?? state.name, state: state.name, count: count,
                    at: Timestamp(microseconds: statement.integer(4)))
                records[channel, default: ChannelRecord()].failures.append(failure)
            case .planned, .deferred, .sending, .skipped, .cancelled, .expired: break
            }
        }
    }

    /// Whether nothing may go to the address, whoever it belongs to.
    package func isSuppressed(_ address: String, channelKind: String) throws(StoreError) -> Bool {
        let connection = try connect()
        let kind = AddressNormalizer.kind(ofChannel: channelKind)
        guard case .success(let normal) = AddressNormalizer().normalize(kind: kind, address) else { return false }
        let statement = try connection.prepare(
            "SELECT EXISTS (SELECT 1 FROM suppression WHERE tenant = 1 AND address_key = ?1 AND channel IN (?2, ''))")
        statement.bindBlob(1, AddressHasher(key).key(kind: kind, normal))
        statement.bind(2, channelKind)
        defer { statement.reset() }
        return try statement.step() && statement.integer(0) == 1
    }
}

extension SQLiteWebhookInbox {
    package func news(of providerID: String, channel: String) throws(StoreError) -> [String] {
        let statement = try connection.prepare(
            """
            SELECT kind FROM channel_event WHERE channel = ?1 AND received_at > ?3
                AND (provider_id = ?2 OR provider_id LIKE ?2 || char(31) || '%' OR provider_id LIKE '%' || char(31) || ?2)
            ORDER BY id
            """
        )
        statement.bind(1, channel)
        statement.bind(2, providerID)
        // Of the last hour: the question comes right after a message was sent.
        statement.bind(3, (try newest() ?? 0) - 3_600_000_000)
        var kinds: [String] = []
        while try statement.step() { kinds.append(statement.string(0)) }
        return kinds
    }

    private func newest() throws(StoreError) -> Int64? {
        let statement = try connection.prepare(
            "SELECT received_at FROM channel_event ORDER BY id DESC LIMIT 1")
        defer { statement.reset() }
        return try statement.step() ? statement.optionalInteger(0) : nil
    }
}
