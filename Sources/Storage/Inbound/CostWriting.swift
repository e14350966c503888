import RuleEngine
import Runner

/// Corrects what messages cost by what their providers say. Inside a transaction of the inbox.
///
/// Totals are sums over the deliveries' own rows, so that a correction of a row is one of every total.
struct CostWriting {
    let connection: Connection

    /// The newest word counts, in whatever order they come. In another currency than the launch's it is kept and changes
    /// no total: a rate of today would make the books wrong tomorrow.
    ///
    /// - Parameter part: the provider's name of the part that the price is for; a long text has several.
    func note(
        _ price: ChargedPrice, of delivery: DeliveryKey, part: String, at: Timestamp
    ) throws(StoreError) {
        let statement = try connection.prepare(
            """
            INSERT INTO delivery_cost (tenant, launch, contact, step, occurrence, part, micros, currency, at)
            VALUES (1, ?1, ?2, ?3, ?4, ?8, ?5, ?6, ?7)
            ON CONFLICT DO UPDATE SET micros = excluded.micros, currency = excluded.currency, at = excluded.at
            WHERE excluded.at > at OR (excluded.at = at AND excluded.micros > micros)
            """
        )
        statement.bind(1, delivery.launch.rawValue)
        statement.bind(2, delivery.contact.rawValue)
        statement.bind(3, Int64(delivery.step))
        statement.bind(4, delivery.occurrence)
        statement.bind(5, price.micros)
        statement.bind(6, price.currency)
        statement.bind(7, at.microseconds)
        statement.bind(8, part)
        try statement.run()
        guard connection.changes == 1 else { return }
        let correction = try connection.prepare(
            """
            UPDATE delivery SET cost_micros = (
                SELECT sum(micros) FROM delivery_cost
                WHERE tenant = 1 AND launch = ?1 AND contact = ?2 AND step = ?3 AND occurrence = ?4 AND currency = ?5)
            WHERE tenant = 1 AND launch = ?1 AND contact = ?2 AND step = ?3 AND occurrence = ?4
                AND ?5 = (SELECT currency FROM launch WHERE id = ?1)
            """
        )
        correction.bind(1, delivery.launch.rawValue)
        correction.bind(2, delivery.contact.rawValue)
        correction.bind(3, Int64(delivery.step))
        correction.bind(4, delivery.occurrence)
        correction.bind(5, price.currency)
        try correction.run()
    }
}
