import RuleEngine

/// Programs that somebody ends, pauses or replaces while the engine runs them.
extension JourneyEngine {
    /// After a kill a channel has this long for what it has begun; what it has not begun it never will.
    static let killPatience = 0.2

    /// Other processes end programs. The engine sees it in the same transaction in which it would have gone on with them:
    /// between a kill and the last message there is one turn, however many are under way.
    func leaveEndedPrograms(_ turn: inout Turn) throws(StoreError) {
        let live = try store.liveStates()
        let ended = programs.versions.values.filter { live[$0.launch.id] == nil }
        guard !ended.isEmpty else {
            isOutdated = !programs.agree(with: live)
            return
        }
        turn.hasWorked = true
        var killed: Set<LaunchID> = []
        for version in ended where try store.state(of: version.launch.id) == .killed {
            killed.insert(version.launch.id)
        }
        for attempt in inFlight.values where killed.contains(attempt.key.launch) { turn.cut.insert(attempt.outlet) }
        programs = programs.keeping { live[$0] != nil }
        isOutdated = !programs.agree(with: live)
    }

    /// Whether a version is over for good. One that can't be compiled is not: its people stay where they are.
    func isOver(_ launch: LaunchID) throws(StoreError) -> Bool {
        guard programs.versions[launch] == nil else { return false }
        return try store.state(of: launch)?.isOver ?? true
    }
}
