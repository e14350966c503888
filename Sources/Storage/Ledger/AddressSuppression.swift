import RuleEngine
import Runner

/// A provider's word that an address must not be used again, written down beside the refusal.
struct AddressSuppression {
    let connection: Connection
    let key: DataKey

    /// The address is the one the attempt used; the contact may have another by now.
    func write(
        _ delivery: DeliveryKey, channelKind: String, reason: SuppressionReason, code: String, now: Timestamp
    ) throws(StoreError) {
        let find = try connection.prepare(
            """
            SELECT d.address, i.address_key FROM delivery d
            LEFT JOIN identity i ON i.contact = d.contact AND i.kind = ?5 AND i.address = d.address
            WHERE d.tenant = 1 AND d.launch = ?1 AND d.contact = ?2 AND d.step = ?3 AND d.occurrence = ?4
            """
        )
        let kind = AddressNormalizer.kind(ofChannel: channelKind)
        find.bind(1, delivery.launch.rawValue)
        find.bind(2, delivery.contact.rawValue)
        find.bind(3, Int64(delivery.step))
        find.bind(4, delivery.occurrence)
        find.bind(5, kind)
        defer { find.reset() }
        guard try find.step(), !find.isNull(0) else { return }
        let addressKey = find.isNull(1) ? key.addressKey(kind: kind, address: find.string(0)) : find.blob(1)
        let insert = try connection.prepare(
            """
            INSERT INTO suppression (tenant, address_key, channel, reason, marketing_only, at, source)
            VALUES (1, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
            """
        )
        insert.bindBlob(1, addressKey)
        insert.bind(2, channelKind)
        insert.bind(3, Int64(reason.rawValue))
        insert.bind(4, reason.coversMarketingOnly ? 1 : 0)
        insert.bind(5, now.microseconds)
        insert.bind(6, "launch \(delivery.launch.rawValue): \(code)")
        try insert.run()
    }
}
