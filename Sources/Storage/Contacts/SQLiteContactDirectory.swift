package import RuleEngine
package import Runner

/// Finds contacts in the database.
package final class SQLiteContactDirectory: ContactDirectory {
    private let connection: Connection
    private let hasher: AddressHasher
    private let normalizer = AddressNormalizer()

    package init(_ connection: Connection, key: DataKey) {
        self.connection = connection
        hasher = AddressHasher(key)
    }

    package func find(_ idOrAddress: String) throws(StoreError) -> ContactKey? {
        if let key = try find(externalID: idOrAddress) { return key }
        // The lowest number of several people who share an address: the one that has had it longest.
        let statement = try connection.prepare(
            "SELECT contact FROM identity WHERE address_key = ?1 AND kind = ?2 ORDER BY contact LIMIT 1"
        )
        for kind in AddressNormalizer.kinds {
            guard case .success(let address) = normalizer.normalize(kind: kind, idOrAddress) else { continue }
            statement.bindBlob(1, hasher.key(kind: kind, address))
            statement.bind(2, kind)
            defer { statement.reset() }
            if try statement.step() { return ContactKey(rawValue: statement.integer(0)) }
        }
        return nil
    }

    package func find(_ idsOrAddresses: [String]) throws(StoreError) -> [ContactKey?] {
        try connection.snapshot { () throws(StoreError) in
            var found: [ContactKey?] = []
            found.reserveCapacity(idsOrAddresses.count)
            for name in idsOrAddresses { found.append(try find(name)) }
            return found
        }
    }

    private func find(externalID: String) throws(StoreError) -> ContactKey? {
        let statement = try connection.prepare("SELECT id FROM contact WHERE tenant = 1 AND external_id = ?1")
        statement.bind(1, externalID)
        defer { statement.reset() }
        return try statement.step() ? ContactKey(rawValue: statement.integer(0)) : nil
    }

    package func externalID(of contact: ContactKey) throws(StoreError) -> String? {
        let statement = try connection.prepare("SELECT external_id FROM contact WHERE id = ?1")
        statement.bind(1, contact.rawValue)
        defer { statement.reset() }
        return try statement.step() ? statement.string(0) : nil
    }

    package func count() throws(StoreError) -> Int {
        Int(try connection.integer("SELECT count(*) FROM contact WHERE erased = 0") ?? 0)
    }

    package func inferredFields() throws(StoreError) -> [ContactField] {
        try SchemaColumns.inferred(connection)
    }
}

extension SQLiteStore {
    package func openContacts() throws(StoreError) -> any ContactDirectory {
        SQLiteContactDirectory(try connect(), key: key)
    }
}
