package import Runner

extension SQLiteStore {
    /// A data folder is either for sending or for a sandbox, never for both: what a sandbox took would count as sent,
    /// and who typed STOP there would count as gone. The first launch decides.
    ///
    /// - Returns: false where the folder is the other kind.
    package func claim(forSandbox isSandbox: Bool) throws(StoreError) -> Bool {
        let connection = try connect()
        return try connection.transaction { () throws(StoreError) in
            let isMarked = try connection.meta("sandbox") == 1
            guard isSandbox else { return !isMarked }
            if isMarked { return true }
            let statement = try connection.prepare("SELECT EXISTS (SELECT 1 FROM launch)")
            defer { statement.reset() }
            guard try statement.step(), statement.integer(0) == 0 else { return false }
            try connection.setMeta("sandbox", 1)
            return true
        }
    }
}
