package import Runner

/// Single values of the whole database.
extension Connection {
    /// A number as a transaction knows it, written once at its end.
    struct Counter {
        var value: Int64?
        var isChanged = false
    }

    package func meta(_ key: String) throws(StoreError) -> Int64? {
        if let known = counters?[key] { return known.value }
        let statement = try prepare("SELECT value FROM meta WHERE key = ?")
        defer { statement.reset() }
        statement.bind(1, key)
        let value = try statement.step() ? statement.optionalInteger(0) : nil
        counters?[key] = Counter(value: value)
        return value
    }

    package func setMeta(_ key: String, _ value: Int64) throws(StoreError) {
        if counters != nil {
            counters?[key] = Counter(value: value, isChanged: true)
        } else {
            try write(value, as: key)
        }
    }

    /// What the transaction that ends now has counted.
    func writeCounters() throws(StoreError) {
        for (key, counter) in counters ?? [:] where counter.isChanged {
            if let value = counter.value { try write(value, as: key) }
        }
    }

    private func write(_ value: Int64, as key: String) throws(StoreError) {
        let statement = try prepare(
            "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
        )
        statement.bind(1, key)
        statement.bind(2, value)
        try statement.run()
    }

    /// Adds one and gives the new value. Only inside a transaction.
    package func raiseMeta(_ key: String) throws(StoreError) -> Int64 {
        precondition(isInTransaction, "a counter is raised together with what it counts")
        let value = (try meta(key) ?? 0) + 1
        try setMeta(key, value)
        return value
    }

    /// The number of the last change to consent, permissions, suppressions, do-not-contact marks, topic opt-outs or
    /// addresses, as this transaction sees it.
    package func suppressionEpoch() throws(StoreError) -> Int64 {
        try meta("suppression_epoch") ?? 0
    }

    /// Every transaction that changes one of those calls this once, so that a sender that decided before reads again.
    package func raiseSuppressionEpoch() throws(StoreError) {
        _ = try raiseMeta("suppression_epoch")
    }
}
