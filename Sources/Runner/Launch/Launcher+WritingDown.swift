import RuleEngine

/// A launch that somebody asks for who doesn't send himself.
extension Launcher {
    /// Begins the campaign for whichever runner takes it up: at its moment where it has one, otherwise at once. What stands
    /// against it is thrown before anything is written.
    package func writeDown() throws(LaunchRefusal) -> LaunchRecord {
        if program.moment != nil, let scheduled = try schedule() { return scheduled }
        return try beginOrResume(try refusing { () throws(StoreError) in try store.openLedger() })
    }
}
