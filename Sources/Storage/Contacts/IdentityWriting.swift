import Runner

/// Addresses as a file gives them: one of each kind.
final class IdentityWriting {
    private let upsert: Statement
    private let delete: Statement
    private let connection: Connection

    init(_ connection: Connection) throws(StoreError) {
        self.connection = connection
        upsert = try connection.prepareOnce(
            """
            INSERT INTO identity (contact, kind, rank, address, typed, address_key) VALUES (?1, ?2, 0, ?3, ?4, ?5)
            ON CONFLICT DO UPDATE SET address = excluded.address, typed = excluded.typed, address_key = excluded.address_key
            WHERE address <> excluded.address OR typed IS NOT excluded.typed
            """
        )
        delete = try connection.prepareOnce("DELETE FROM identity WHERE contact = ?1 AND kind = ?2 AND rank = 0")
    }

    /// Nil takes the address away. True where something changed.
    func write(
        _ contact: Int64,
        _ kind: String,
        _ address: ContactBatch.Address?,
        _ batch: ContactBatch
    ) throws(StoreError) -> Bool {
        let statement = address == nil ? delete : upsert
        statement.bind(1, contact)
        statement.bind(2, kind)
        if let address {
            bindText(statement, 3, address.address, batch)
            if let typed = address.typed { bindText(statement, 4, typed, batch) } else { statement.bindNull(4) }
            bindBlob(statement, 5, address.key, batch)
        }
        try statement.run()
        return connection.changes > 0
    }
}
