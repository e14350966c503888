package import RuleEngine
package import Runner

/// Writes imported batches: created, updated or left alone, by comparing what is stored.
package final class SQLiteContactWriter: ContactWriter {
    let connection: Connection
    private var plan: WritePlan?
    /// Contacts of this file so far, one bit each: keys are small and dense, so that a million of them take 125 kB.
    private var seen: [UInt64] = []
    private var importNumber: Int64 = 0

    /// A file that is this large against the store is quicker with one index built at the end.
    private static let bulkBytes = 16 << 20

    package init(_ connection: Connection) {
        self.connection = connection
    }

    package func begin(
        _ layout: ImportLayout,
        schema: ContactSchema,
        expectedBytes: Int,
        now: Timestamp
    ) throws(StoreError) {
        try SchemaColumns.ensure(for: schema, on: connection)
        seen = []
        try connection.transaction { () throws(StoreError) in
            importNumber = try connection.raiseMeta("import_no")
            // Without this index finding by address reads the whole table, which is slow and right. A crash leaves
            // it out until the next import ends.
            let contacts = try connection.integer("SELECT ifnull(max(id), 0) FROM contact") ?? 0
            if expectedBytes > Self.bulkBytes, Int64(expectedBytes) > contacts * 100 {
                try connection.execute("DROP INDEX IF EXISTS identity_key")
            }
        }
        plan = try WritePlan(
            layout, schema: schema, watched: try ChangeNotice.watched(connection), connection: connection)
    }

    package func write(_ batch: ContactBatch, now: Timestamp) throws(StoreError) -> BatchOutcome {
        guard let plan else { preconditionFailure("a batch was written outside of an import") }
        guard !batch.rows.isEmpty else { return BatchOutcome() }
        var outcome = BatchOutcome()
        var marked: [Int64] = []
        var touchesGate = false
        do {
            // Texts are bound where they lie in the batch: this holds it still for the whole transaction.
            try batch.bytes.withUnsafeBufferPointer { _ throws(StoreError) in
                try connection.transaction { () throws(StoreError) in
                    let hasSuppressions = try connection.integer("SELECT EXISTS (SELECT 1 FROM suppression)") == 1
                    for index in batch.rows.indices {
                        let fate = try plan.write(
                            batch,
                            index,
                            importNumber: importNumber,
                            now: now,
                            hasSeen: { self.mark($0, &marked) }
                        )
                        switch fate.kind {
                        case .created: outcome.created += 1
                        case .updated: outcome.updated += 1
                        case .unchanged: outcome.unchanged += 1
                        case .duplicate:
                            outcome.duplicates.append(index)
                            continue
                        }
                        if fate.keptRefusal { outcome.keptRefusals += 1 }
                        if fate.touchesGate { touchesGate = true }
                        if hasSuppressions, try plan.isSuppressed(batch, index) { outcome.suppressed += 1 }
                    }
                    if touchesGate { try connection.raiseSuppressionEpoch() }
                }
            }
        } catch {
            // Nothing of it was written, so none of it was seen.
            for key in marked { seen[Int(key >> 6)] &= ~(1 << UInt64(key & 63)) }
            throw error
        }
        return outcome
    }

    package func finish() throws(StoreError) {
        plan = nil
        seen = []
        // Sorting takes as much memory as the cache may have; the cache itself has done its work.
        try connection.execute("PRAGMA cache_size = -4096")
        try connection.transaction { () throws(StoreError) in
            try connection.execute("CREATE INDEX IF NOT EXISTS identity_key ON identity (address_key)")
        }
    }

    /// True where the contact was in this file before; otherwise notes that it is now.
    private func mark(_ key: Int64, _ marked: inout [Int64]) -> Bool {
        let word = Int(key >> 6)
        if word >= seen.count {
            seen.append(contentsOf: repeatElement(0, count: max(word + 1 - seen.count, seen.count)))
        }
        let bit: UInt64 = 1 << UInt64(key & 63)
        if seen[word] & bit != 0 { return true }
        seen[word] |= bit
        marked.append(key)
        return false
    }
}

extension SQLiteStore {
    /// With a larger cache than a sender's: ids that come in no order touch the whole index.
    package func openContactWriter() throws(StoreError) -> any ContactWriter {
        var options = Connection.Options()
        options.cacheKibibytes = 16_384
        return SQLiteContactWriter(try connect(options))
    }
}
