import RuleEngine

/// Programs and messages whose owners may lose the right to send while they run.
extension JourneyEngine {
    /// Seconds after which rights that end by themselves are seen to have ended.
    private static let glance = 1.0

    /// Pauses what was made live by somebody who may not send all of it any more, before anything of it moves. Whatever changes
    /// rights is a change of the database, which the next transaction sees: between a revocation and the last message there is one
    /// turn. Keys also end by the clock.
    func pauseWithoutRights(_ turn: inout Turn, hasNews: Bool) throws(StoreError) {
        guard hasNews || turn.monotonic - askedForRightsAt >= Self.glance else { return }
        askedForRightsAt = turn.monotonic
        for version in programs.versions.values.sorted(by: { $0.launch.id < $1.launch.id })
        where version.launch.state == .running && version.launch.owner != .operator && !version.isMessage {
            // Somebody else may answer for it since it was loaded.
            guard let launch = try store.launch(version.launch.id), launch.state == .running,
                let loss = try store.loss(
                    of: launch.owner, sending: launch.program, by: version.channels, at: turn.now)
            else { continue }
            try store.setState(.paused, of: launch.id, note: loss, now: turn.now)
            turn.hasWorked = true
            warnings.append("`\(launch.program)` is paused: \(loss)")
            isOutdated = true
        }
    }

    /// Whether who asked for a single message may not send it any more.
    func hasLostRight(to key: DeliveryKey, of version: LiveVersion, _ turn: inout Turn) throws(StoreError) -> Bool {
        guard version.isMessage else { return false }
        let owner = try store.asker(of: key)
        if turn.rights[owner] == nil { turn.rights[owner] = .some(try store.rights(of: owner, at: turn.now)) }
        guard let rights = turn.rights[owner] ?? nil else { return true }
        return rights.obstacle(to: nil, by: version.channels) != nil
    }
}
