import RuleEngine

/// Pauses, resumes, cancels and kills launches from outside the process that runs them: the runner sees the new state
/// in its next transaction, or within a tenth of a second.
package struct LaunchControl {
    private let store: any Store
    private let environment: RunnerEnvironment

    package init(store: any Store, environment: RunnerEnvironment) {
        self.store = store
        self.environment = environment
    }

    /// Nothing new is begun until the launch is resumed.
    package func pause(_ program: String, note: String? = nil) throws(LaunchRefusal) -> LaunchRecord {
        try change(program, to: .paused, from: [.planning, .running, .scheduled], note: note)
    }

    /// Lets a paused launch go on: a runner that is there takes it up, or the next one that starts.
    package func resume(_ program: String, by owner: Owner = .operator) throws(LaunchRefusal) -> LaunchRecord {
        try takeOver(program, by: owner)
        try refusing { () throws(StoreError) in
            let ledger = try store.openLedger()
            guard var launch = try ledger.latestLaunch(of: program), launch.state == .paused else { return }
            if launch.note != nil {
                // Whoever resumes has seen the rates: from here on they count anew.
                launch.phase.watchedSince = environment.now()
                try ledger.setPhase(launch.phase, of: launch.id)
            }
        }
        let launch = try find(program)
        let isAhead = launch.phase.startsAt != nil && launch.planCursor.rawValue == 0 && !launch.isPlanned
        return try change(
            program, to: isAhead ? .scheduled : (launch.isPlanned ? .running : .planning), from: [.paused], note: nil)
    }

    /// Whoever lets something go on answers for it from then on where its owner may not send it any more.
    package func takeOver(_ program: String, by owner: Owner) throws(LaunchRefusal) {
        let loss = try refusing { () throws(StoreError) -> String? in
            let (reader, now) = (try store.openReader(), environment.now())
            for launch in try reader.launches() where launch.program == program && launch.state == .paused {
                let channels = try reader.channels(of: launch.id)
                guard try reader.loss(of: launch.owner, sending: program, by: channels, at: now) != nil else {
                    continue
                }
                if let loss = try reader.loss(of: owner, sending: program, by: channels, at: now) { return loss }
                try store.openLedger().setOwner(owner, of: launch.id)
            }
            return nil
        }
        if let loss { throw .mayNotSend(loss) }
    }

    /// Ends the launch. What was not yet sent never will be; what is on its way is still written down.
    package func cancel(_ program: String) throws(LaunchRefusal) -> (launch: LaunchRecord, cancelled: Int) {
        try end(program, .cancelled)
    }

    /// Ends the launch at once: what was handed to a channel and not begun is not begun any more. Whoever is in the
    /// middle of a send is left with what that send came to.
    package func kill(_ program: String) throws(LaunchRefusal) -> (launch: LaunchRecord, cancelled: Int) {
        try end(program, .killed)
    }

    /// Every launch that is not over.
    package func killAll() throws(LaunchRefusal) -> [(launch: LaunchRecord, cancelled: Int)] {
        let open = try refusing { () throws(StoreError) in try store.openReader().launches().filter { !$0.state.isOver }
        }
        // All of them first: to sweep the rows of one takes time in which another goes on.
        for launch in open {
            try refusing { () throws(StoreError) in
                try store.openLedger().setState(.killed, of: launch.id, note: "killed", now: environment.now())
            }
        }
        var ended: [(launch: LaunchRecord, cancelled: Int)] = []
        for var launch in open {
            launch.state = .killed
            ended.append((launch, try sweep(launch, .killed)))
        }
        return ended
    }

    private func end(
        _ program: String, _ state: LaunchState
    ) throws(LaunchRefusal) -> (launch: LaunchRecord, cancelled: Int) {
        let all = try changeAll(
            program, to: state, from: [.planning, .running, .paused, .scheduled], note: state.name)
        var count = 0
        for launch in all { count += try sweep(launch, state) }
        return (all[all.count - 1], count)
    }

    private func sweep(_ launch: LaunchRecord, _ state: LaunchState) throws(LaunchRefusal) -> Int {
        try refusing { () throws(StoreError) in
            try store.openLedger().cancelOpen(launch.id, reason: state.name, now: environment.now())
        }
    }

    private func find(_ program: String) throws(LaunchRefusal) -> LaunchRecord {
        let found = try refusing { () throws(StoreError) in try store.openReader().latestLaunch(of: program) }
        guard let found else {
            throw LaunchRefusal(
                reason: "not_found", message: "`\(program)` has never been run",
                help: "`carillon run` begins a launch; `carillon status` lists them")
        }
        return found
    }

    private func change(
        _ program: String, to state: LaunchState, from states: [LaunchState], note: String?
    ) throws(LaunchRefusal) -> LaunchRecord {
        let all = try changeAll(program, to: state, from: states, note: note)
        return all[all.count - 1]
    }

    /// A sequence may have people in several versions: all of them are meant. At least one, the newest last.
    private func changeAll(
        _ program: String, to state: LaunchState, from states: [LaunchState], note: String?
    ) throws(LaunchRefusal) -> [LaunchRecord] {
        let latest = try find(program)
        var all = try refusing { () throws(StoreError) in
            try store.openReader().launches().filter { $0.program == program && states.contains($0.state) }
        }
        if all.isEmpty, latest.state == state { return [latest] }
        guard !all.isEmpty else {
            throw LaunchRefusal(
                reason: latest.state.name, message: "`\(program)` is \(latest.state.name) already")
        }
        for index in all.indices {
            let id = all[index].id
            try refusing { () throws(StoreError) in
                try store.openLedger().setState(state, of: id, note: note, now: environment.now())
            }
            all[index].state = state
            all[index].note = note
        }
        return all
    }

    private func refusing<Value>(_ body: () throws(StoreError) -> Value) throws(LaunchRefusal) -> Value {
        do throws(StoreError) {
            return try body()
        } catch {
            throw LaunchRefusal(reason: "store", message: LaunchCoordinator.describe(error))
        }
    }
}
