package import RuleEngine
package import Runner

/// What keys and people may send now, read by whoever is about to send.
enum RightsReading {
    /// A key that was rotated so often is not followed any further.
    private static let mostSuccessors = 1_000

    static func rights(
        of owner: Owner, at now: Timestamp, _ connection: Connection
    ) throws(StoreError) -> SendingRights? {
        switch owner {
        case .operator: return .all
        case .user(let name):
            guard let user = try SQLiteUserStore(connection).user(name), user.disabledAt == nil else { return nil }
            return SendingRights(scopes: user.scopes)
        case .key(var id):
            let keys = SQLiteKeyStore(connection)
            for _ in 0..<Self.mostSuccessors {
                guard let (stored, successor) = try keys.key(id) else { return nil }
                guard let successor else {
                    return stored.isValid(at: now)
                        ? SendingRights(scopes: stored.scopes, limits: stored.limits) : nil
                }
                id = successor
            }
            return nil
        }
    }
}

extension SQLiteLedgerReader {
    package func rights(of owner: Owner, at now: Timestamp) throws(StoreError) -> SendingRights? {
        try RightsReading.rights(of: owner, at: now, connection)
    }

    package func channels(of launch: LaunchID) throws(StoreError) -> [SendingChannel] {
        let statement = try connection.prepare(
            "SELECT channel, kind FROM launch_channel WHERE launch = ?1 ORDER BY channel")
        statement.bind(1, launch.rawValue)
        defer { statement.reset() }
        var found: [SendingChannel] = []
        while try statement.step() {
            found.append(SendingChannel(id: statement.string(0), kind: statement.string(1)))
        }
        return found
    }
}

extension SQLiteJourneyStore {
    package func rights(of owner: Owner, at now: Timestamp) throws(StoreError) -> SendingRights? {
        try RightsReading.rights(of: owner, at: now, connection)
    }

    package func setOwner(_ owner: Owner, of launch: LaunchID) throws(StoreError) {
        try LaunchRow.write(owner, of: launch, connection)
    }

    /// A person's messages, the newest first: whatever leaves was asked for not long ago.
    package func asker(of message: DeliveryKey) throws(StoreError) -> Owner {
        let statement = try connection.prepare(
            """
            SELECT actor FROM message WHERE contact = ?1 AND launch = ?2 AND step = ?3 AND occurrence = ?4
            ORDER BY id DESC LIMIT 1
            """)
        statement.bind(1, message.contact.rawValue)
        statement.bind(2, message.launch.rawValue)
        statement.bind(3, Int64(message.step))
        statement.bind(4, message.occurrence)
        defer { statement.reset() }
        return Owner(try statement.step() ? statement.optionalString(0) : nil)
    }
}
