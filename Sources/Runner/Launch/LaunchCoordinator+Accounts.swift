import Channels
import RuleEngine

/// What happens when an account goes down, and when it works again. Messages that were not begun go by another account
/// then, where the file names one. What was begun and had no answer stays in doubt: it goes by no other.
extension LaunchCoordinator {
    /// Once a turn, before anything is taken from the desk.
    func lookAtAccounts(now: Double) {
        var hasChanged = false
        for lane in lanes.indices {
            let phase = lanes[lane].health.phase(now: now)
            guard phase != lanes[lane].shown else { continue }
            if phase == .works {
                lanes[lane].downSince = nil
            } else if lanes[lane].downSince == nil {
                lanes[lane].downSince = environment.now()
            }
            if phase != .trial { lanes[lane].mustNote = true }
            lanes[lane].shown = phase
            hasChanged = true
        }
        note(now: now)
        let isWatched = hasChanged || lanes.contains { $0.shown != .works }
        guard isWatched, program.standIns.contains(where: { !$0.isEmpty }) else { return }
        let unhealthy = Set(lanes.indices.filter { isUnhealthy($0, now: now) })
        let onTrial = Set(lanes.indices.filter { lanes[$0].shown == .trial && !program.standIns[$0].isEmpty })
        let isOpen = Set(unhealthy.filter { program.standIns[$0].contains { !unhealthy.contains($0) } })
        desk.update { state in
            state.unhealthy = unhealthy
            // Once for each trial: whoever prepares takes it away with the message that tries.
            if hasChanged { state.onTrial = onTrial }
            // Messages that are made for an account that is down are made anew, for one that works. A page that was under way
            // when it went down comes later: hence with every look.
            let isStuck = state.prepared.contains { isOpen.contains($0.lane) && !onTrial.contains($0.lane) }
            if isStuck { state.beginAnew() }
        }
    }

    /// Down, or with one message that tries it: where another account can take over, the others go there. One that only asks
    /// to be left alone for a while is waited for.
    func isUnhealthy(_ lane: Int, now: Double) -> Bool {
        program.standIns[lane].isEmpty
            ? lanes[lane].health.blockedFor(now: now) > 0 : lanes[lane].health.phase(now: now) != .works
    }

    /// For reports. What can't be written now is written with the next look.
    private func note(now: Double) {
        for lane in lanes.indices where lanes[lane].mustNote {
            let health = lanes[lane].health
            let trouble = lanes[lane].downSince.map { since in
                AccountTrouble(
                    since: since, until: environment.now().adding(seconds: health.blockedFor(now: now)),
                    failures: health.failuresInARow, code: health.lastCode)
            }
            guard (try? ledger.note(trouble, of: lanes[lane].id)) != nil else { return }
            lanes[lane].mustNote = false
        }
    }
}
