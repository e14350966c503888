import Channels
import RuleEngine

/// What may begin, and when.
extension Launcher {
    /// What `run` would do now, without doing it: begin or resume, or why it would refuse.
    package func refusal() throws(LaunchRefusal) -> LaunchRecord? {
        let last = try refusing { () throws(StoreError) in
            try store.openReader().latestLaunch(of: program.campaign.id)
        }
        guard let last else { return nil }
        return try resumable(last)
    }

    func beginOrResume(_ ledger: any Ledger) throws(LaunchRefusal) -> LaunchRecord {
        let last = try refusing { () throws(StoreError) in try ledger.latestLaunch(of: program.campaign.id) }
        guard let last, var launch = try resumable(last) else {
            if let last, last.state == .scheduled { try drop(last, ledger) }
            try checkGuards()
            let owner = options.owner ?? last?.owner ?? .operator
            let begun = try create(ledger, state: .planning, phase: LaunchPhase(), after: last, owner: owner)
            if let begun { return begun }
            return try beginOrResume(ledger)
        }
        try checkRights(&launch, ledger)
        if launch.planCursor.rawValue == 0, !launch.isPlanned, launch.state != .planning {
            try checkGuards(launch, ledger)
        }
        let now = environment.now()
        switch launch.state {
        case .paused, .scheduled:
            try refusing { () throws(StoreError) in
                if launch.state == .paused, launch.note != nil {
                    // Whoever resumes has seen the rates: from here on they count anew.
                    launch.phase.watchedSince = now
                    try ledger.setPhase(launch.phase, of: launch.id)
                }
                launch.state = launch.isPlanned ? .running : .planning
                launch.note = nil
                try ledger.setState(launch.state, of: launch.id, now: now)
            }
        case .planning, .running, .finished, .cancelled, .killed: break
        }
        return launch
    }

    private func create(
        _ ledger: any Ledger, state: LaunchState, phase: LaunchPhase, after last: LaunchRecord?, owner: Owner
    ) throws(LaunchRefusal) -> LaunchRecord? {
        var launch = LaunchRecord(
            id: LaunchID(rawValue: 0), program: program.campaign.id, version: program.version,
            channelID: program.channel.id, channelKind: program.channel.kind, purpose: program.campaign.purpose,
            topic: program.campaign.topic, brand: program.campaign.brand?.name, currency: program.settings.currency,
            state: state, planCursor: ContactKey(rawValue: 0), isPlanned: false, createdAt: environment.now(),
            finishedAt: nil, source: program.source, templates: program.templates)
        launch.channels = program.lanes.map { SendingChannel($0) }
        launch.owner = owner
        launch.priority = program.campaign.priority
        for step in program.steps { launch.links[step.node] = step.template.namedLinks }
        launch.phase = phase
        return try refusing { () throws(StoreError) in try ledger.createLaunch(launch, after: last?.id) }
    }

    /// With the rights that its owner has now. Whoever asks for it answers for it from then on where that one has lost them; a
    /// runner lets it rest.
    private func checkRights(_ launch: inout LaunchRecord, _ ledger: any Ledger) throws(LaunchRefusal) {
        let owner = launch.owner
        let loss = try refusing { () throws(StoreError) in
            try store.openReader().loss(
                of: owner, sending: program.campaign.id, by: program.lanes.map { SendingChannel($0) },
                at: environment.now())
        }
        guard let loss else { return }
        guard let asker = options.owner, asker != owner else { throw .mayNotSend(loss) }
        let id = launch.id
        try refusing { () throws(StoreError) in try ledger.setOwner(asker, of: id) }
        launch.owner = asker
    }

    /// The launch, if it may be taken up again; nil where a new one is to begin.
    private func resumable(_ launch: LaunchRecord) throws(LaunchRefusal) -> LaunchRecord? {
        let id = program.campaign.id
        switch launch.state {
        case .finished, .cancelled, .killed:
            guard !options.newLaunch else { return nil }
            throw LaunchRefusal(
                reason: launch.state.name, message: "`\(id)` is \(launch.state.name)",
                help: "`carillon run … --new-launch` sends it again, to everybody in the audience now")
        case .planning, .running, .paused, .scheduled:
            guard launch.version == program.version else {
                // Nobody was written down for it yet, so that nobody is left behind by the change.
                if launch.state == .scheduled, !options.isLocked { return nil }
                let changes = SourceChange.lines(from: launch.source, to: program.source)
                throw LaunchRefusal(
                    reason: "changed",
                    message: "`\(id)` has changed since its launch began:\n" + changes.joined(separator: "\n"),
                    help: "restore the file to resume, or `carillon cancel \(id)` and run it with --new-launch")
            }
            guard !options.newLaunch else {
                throw LaunchRefusal(
                    reason: "open", message: "the last launch of `\(id)` is not finished",
                    help: "run it without --new-launch to resume, or `carillon cancel \(id)` first")
            }
            return launch
        }
    }

    /// `expect`, `budget` and a missing approval refuse before the first send.
    private func checkGuards() throws(LaunchRefusal) {
        let campaign = program.campaign
        guard campaign.audience.expect != nil || campaign.budget != nil || campaign.policy?.approval != nil else {
            return
        }
        let report = try Planner(program: program, store: store, channels: channels, environment: environment)
            .plan(samples: 0)
        guard let broken = report.guards.first(where: { !$0.isHeld }) else { return }
        if broken.name == "approval" { throw .notApproved(broken.message) }
        throw LaunchRefusal(
            reason: broken.name, message: broken.message,
            help: "`carillon plan` shows who is in the audience; change `\(broken.name)` if this is meant")
    }

    /// A launch that was scheduled waits for a person then, instead of being tried again and again.
    private func checkGuards(_ launch: LaunchRecord, _ ledger: any Ledger) throws(LaunchRefusal) {
        do throws(LaunchRefusal) {
            try checkGuards()
        } catch {
            try refusing { () throws(StoreError) in
                try ledger.setState(.paused, of: launch.id, note: error.message, now: environment.now())
            }
            throw error
        }
    }

    /// A scheduled launch whose file has changed: another one takes its place.
    private func drop(_ launch: LaunchRecord, _ ledger: any Ledger) throws(LaunchRefusal) {
        try refusing { () throws(StoreError) in
            try ledger.setState(.cancelled, of: launch.id, note: "changed before it began", now: environment.now())
        }
    }

    // MARK: - Moments

    /// Writes the launch down for its moment, if it isn't yet. Nil for a campaign without a schedule, and for a launch
    /// that is under way.
    package func schedule() throws(LaunchRefusal) -> LaunchRecord? {
        guard let moment = program.moment else { return nil }
        let ledger = try refusing { () throws(StoreError) in try store.openLedger() }
        let last = try refusing { () throws(StoreError) in try ledger.latestLaunch(of: program.campaign.id) }
        if let last {
            if let resumed = try resumable(last) { return resumed.state == .scheduled ? resumed : nil }
            if last.state == .scheduled { try drop(last, ledger) }
        }
        let now = environment.now()
        guard let tick = moment.tick(notBefore: now), moment.end(of: tick) > now else {
            throw LaunchRefusal(
                reason: "too_late",
                message: "the moment of `\(program.campaign.id)` is over, and so is `too_late_after`",
                help: "give `schedule` a moment that lies ahead")
        }
        let launch = try create(
            ledger, state: .scheduled, phase: phase(of: tick, moment), after: last,
            owner: options.owner ?? last?.owner ?? .operator)
        if let launch { return launch }
        return try schedule()
    }

    private func phase(of tick: CampaignMoment.Tick, _ moment: CampaignMoment) -> LaunchPhase {
        var phase = LaunchPhase()
        phase.tick = tick
        phase.startsAt = moment.start(of: tick)
        return phase
    }

    /// Earlier launches of a recurring campaign that had messages in doubt: what was settled since closes them.
    func closeEarlier(_ ledger: any Ledger) throws(LaunchRefusal) {
        guard program.moment?.isRecurring == true else { return }
        let now = environment.now()
        try refusing { () throws(StoreError) in
            let reader = try store.openReader()
            let own = try reader.launches().filter { $0.program == program.campaign.id }
            for launch in own.dropLast() where launch.state == .running {
                _ = try ledger.giveUpUncertain(launch.id, olderThan: now.adding(seconds: -72 * 3600), now: now)
                guard try reader.counts(of: launch.id).open == 0 else { continue }
                try ledger.setState(.finished, of: launch.id, now: now)
            }
        }
    }

    /// The next launch of a campaign that comes again and again: when it starts.
    func planNext(after launch: LaunchRecord, _ ledger: any Ledger) throws(LaunchRefusal) -> Timestamp? {
        guard let moment = program.moment, var tick = launch.phase.tick else { return nil }
        let now = environment.now()
        while let next = moment.tick(after: tick) {
            tick = next
            // What nobody was there to send, and is too late now, is left out.
            guard moment.end(of: next) > now else { continue }
            let last = try refusing { () throws(StoreError) in try ledger.latestLaunch(of: program.campaign.id) }
            // Somebody else may have written one down behind this launch.
            guard last?.id == launch.id else { return last?.phase.startsAt }
            return try create(
                ledger, state: .scheduled, phase: phase(of: next, moment), after: last, owner: launch.owner)?
                .phase.startsAt
        }
        return nil
    }

    /// Holds no lock: other campaigns go on meanwhile. Nil when it is time.
    func waitForMoment(
        stop: StopSignal, progress: (LaunchProgress) -> Void
    ) throws(LaunchRefusal) -> LaunchResult? {
        guard let launch = try schedule(), let startsAt = launch.phase.startsAt else { return nil }
        let reader = try refusing { () throws(StoreError) in try store.openReader() }
        while environment.now() < startsAt {
            if options.returnsWhenIdle { return try result(of: launch, ending: .waiting, dueAt: startsAt) }
            let state = try refusing { () throws(StoreError) in try reader.launch(launch.id)?.state }
            switch state {
            case .paused: return try result(of: launch, ending: .paused)
            case .cancelled, nil: return try result(of: launch, ending: .cancelled)
            case .killed: return try result(of: launch, ending: .killed)
            // Another runner took it.
            case .planning, .running, .finished: return nil
            case .scheduled: break
            }
            if stop.isStopping { return try result(of: launch, ending: .interrupted, dueAt: startsAt) }
            var waiting = LaunchProgress(
                phase: .waiting, audience: 0, settled: 0, accepted: 0, skipped: 0, inFlight: 0, rate: 0)
            waiting.startsAt = startsAt
            progress(waiting)
            let left = Double(startsAt.microseconds - environment.now().microseconds) / 1_000_000
            stop.wait(atMost: min(1, max(0.01, left)))
        }
        return nil
    }
}
