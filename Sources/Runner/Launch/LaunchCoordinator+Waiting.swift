import RuleEngine

/// What is done when nothing is ready to be sent: other channels are tried, the launch is led further, or it ends.
extension LaunchCoordinator {
    func phase() -> LaunchProgress.Phase {
        inFlight.count == 0 && desk.withState { $0.prepared.isEmpty && $0.isPlannedDone } ? .waiting : .sending
    }

    func whileNothingIsReady(isDone: Bool) -> Ending? {
        tellLanes()
        guard inFlight.count == 0, desk.withState({ $0.hasNothingNow }) else { return nil }
        do throws(StoreError) {
            let now = environment.now()
            if try escalate(now: now) { return nil }
            if let ending = try goFurther(now: now) { return ending }
            guard desk.withState({ $0.hasNothingNow }) else { return nil }
            if isDone, nextEscalation == nil, nextStep == nil { return .settled }
            return returnsWhenIdle ? waiting(now: now) : nil
        } catch {
            return error == .busy ? nil : .failed(Self.describe(error))
        }
    }

    /// What the preparer has to know of the accounts.
    private func tellLanes() {
        guard lanes.count > 1 || lanes.contains(where: \.limits.hasDailyLimit) else { return }
        let now = environment.monotonic()
        let unhealthy = Set(lanes.indices.filter { isUnhealthy($0, now: now) })
        var capacity: [Int: Int64] = [:]
        for lane in lanes.indices {
            guard let today = lanes[lane].limits.today else { continue }
            capacity[lane] = Int64(today.left) * 1_000_000 / Int64(max(1, today.limit))
        }
        desk.withState { state in
            state.unhealthy = unhealthy
            state.capacity = capacity
        }
        renewAllowances()
    }

    /// A new day, a new allowance.
    private func renewAllowances() {
        let now = environment.now()
        // What can't be read now stays as it is, and is asked again.
        for lane in lanes { try? lane.limits.renew(zone: program.zone, now: now, volumes: reader) }
    }

    /// True when somebody is to be tried by another channel.
    private func escalate(now: Timestamp) throws(StoreError) -> Bool {
        guard let rule = program.tryNext, program.viaCount > 1 else { return false }
        if !hasLookedForEscalations {
            nextEscalation = try reader.nextEscalation(of: launch.id)
            hasLookedForEscalations = true
        }
        guard let due = nextEscalation, due <= now else { return false }
        let result = try ledger.escalate(launch.id, unless: rule.signal, now: now, limit: Self.waveSize)
        nextEscalation = try reader.nextEscalation(of: launch.id)
        if result.added > 0 { lookAgain() }
        return result.looked > 0
    }

    private func goFurther(now: Timestamp) throws(StoreError) -> Ending? {
        if let nextStep, nextStep > now { return nil }
        switch try keeper.step(desk.withState { $0.phase }, ledger: ledger, now: now) {
        case .nothing(let until): nextStep = until
        case .further(let phase):
            let isForSome = desk.update { state in
                let isForSome =
                    state.hasPending
                    && (state.phase.stage != phase.stage || state.phase.winner != phase.winner)
                state.phase = phase
                return isForSome
            }
            nextStep = now
            if isForSome { lookAgain() }
        case .stop(let reason):
            try ledger.setState(.paused, of: launch.id, note: reason, now: now)
            return .paused
        }
        return nil
    }

    /// Nil where something is due already.
    private func waiting(now: Timestamp) -> Ending? {
        let (due, isIdle) = desk.withState { ($0.nextDue, $0.isIdle) }
        let times = [isIdle ? nil : due, nextStep, nextEscalation].compactMap { $0 }
        guard let first = times.min() else { return nil }
        return first > now ? .waiting(until: first) : nil
    }
}
