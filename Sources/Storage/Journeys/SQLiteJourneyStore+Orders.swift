package import RuleEngine
package import Runner

/// Messages that runs have ordered.
extension SQLiteJourneyStore {
    private static let columns = "launch, contact, base, node, lane, channels, is_told, check_at"

    package func insert(_ order: StoredOrder) throws(StoreError) {
        let statement = try connection.prepare(
            """
            INSERT INTO send_order (launch, contact, base, lane, is_told, check_at, node, channels)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
            """)
        bind(order, to: statement)
        statement.bind(7, Int64(order.node))
        statement.bind(8, order.channels.joined(separator: " "))
        try statement.run()
    }

    package func update(_ order: StoredOrder) throws(StoreError) {
        let statement = try connection.prepare(
            """
            UPDATE send_order SET lane = ?4, is_told = ?5, check_at = ?6
            WHERE launch = ?1 AND contact = ?2 AND base = ?3
            """)
        bind(order, to: statement)
        try statement.run()
    }

    package func remove(_ order: StoredOrder) throws(StoreError) {
        let statement = try connection.prepare(
            "DELETE FROM send_order WHERE launch = ?1 AND contact = ?2 AND base = ?3")
        statement.bind(1, order.launch.rawValue)
        statement.bind(2, order.contact.rawValue)
        statement.bind(3, order.key.base)
        try statement.run()
    }

    package func order(_ launch: LaunchID, _ contact: ContactKey, base: Int64) throws(StoreError) -> StoredOrder? {
        let statement = try connection.prepare(
            "SELECT \(Self.columns) FROM send_order WHERE launch = ?1 AND contact = ?2 AND base = ?3")
        statement.bind(1, launch.rawValue)
        statement.bind(2, contact.rawValue)
        statement.bind(3, base)
        return try orders(statement).first
    }

    package func dueOrders(at now: Timestamp, limit: Int) throws(StoreError) -> [StoredOrder] {
        let statement = try connection.prepare(
            """
            SELECT \(Self.columns) FROM send_order INDEXED BY send_order_check
            WHERE check_at <= ?1 AND launch IN (SELECT id FROM launch WHERE kind = 1 AND state < 3)
            ORDER BY check_at LIMIT ?2
            """)
        statement.bind(1, now.microseconds)
        statement.bind(2, Int64(limit))
        return try orders(statement)
    }

    package func settledOrders(after: StoredOrder?, limit: Int) throws(StoreError) -> [StoredOrder] {
        let statement = try connection.prepare(
            """
            SELECT \(Self.columns.split(separator: ", ").map { "o." + $0 }.joined(separator: ", ")) FROM send_order o
            JOIN delivery d ON d.tenant = 1 AND d.launch = o.launch AND d.contact = o.contact AND d.step = o.node
                AND d.occurrence = o.base + o.lane
            WHERE o.is_told = 0 AND o.check_at IS NULL AND d.state NOT IN (0, 1, 2, 3)
                AND (o.launch, o.contact, o.base) > (?1, ?2, ?3)
            ORDER BY o.launch, o.contact, o.base LIMIT ?4
            """)
        statement.bind(1, after?.launch.rawValue ?? -1)
        statement.bind(2, after?.contact.rawValue ?? -1)
        statement.bind(3, after?.key.base ?? -1)
        statement.bind(4, Int64(limit))
        return try orders(statement)
    }

    /// Parameters 1 to 6.
    private func bind(_ order: StoredOrder, to statement: Statement) {
        statement.bind(1, order.launch.rawValue)
        statement.bind(2, order.contact.rawValue)
        statement.bind(3, order.key.base)
        statement.bind(4, Int64(order.key.lane))
        statement.bind(5, order.isTold ? 1 : 0)
        statement.bind(6, order.checkAt?.microseconds)
    }

    private func orders(_ statement: Statement) throws(StoreError) -> [StoredOrder] {
        defer { statement.reset() }
        var orders: [StoredOrder] = []
        while try statement.step() {
            guard var key = OrderKey(occurrence: statement.integer(2)) else {
                throw .unusable("an order has a key that no run gives")
            }
            key.lane = UInt8(truncatingIfNeeded: statement.integer(4))
            orders.append(
                StoredOrder(
                    launch: LaunchID(rawValue: statement.integer(0)),
                    contact: ContactKey(rawValue: statement.integer(1)), key: key, node: Int(statement.integer(3)),
                    channels: statement.string(5).split(separator: " ").map(String.init),
                    isTold: statement.integer(6) != 0,
                    checkAt: statement.optionalInteger(7).map(Timestamp.init(microseconds:))))
        }
        return orders
    }
}
