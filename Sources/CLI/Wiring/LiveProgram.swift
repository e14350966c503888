import RuleEngine
import Runner
import Storage

/// A sequence or rule that is live, from the command line.
enum LiveProgram {
    /// Nil where no such program is live.
    static func set(
        _ state: LaunchState, _ program: String, in workspace: Workspace
    ) throws(CommandFailure) -> Int? {
        let store = try workspace.openSQLite()
        return try withStore { () throws(StoreError) in
            try ProgramActivation(store: store.openJourneys(), environment: workspace.environment).set(
                state, of: program)
        }
    }

    /// Every sequence and rule that is live, with how many were inside.
    static func killAll(in workspace: Workspace) throws(CommandFailure) -> [(program: String, inside: Int)] {
        let store = try workspace.openSQLite()
        return try withStore { () throws(StoreError) in
            try ProgramActivation(store: store.openJourneys(), environment: workspace.environment).killAll()
        }
    }

    static func report(_ id: String, state: LaunchState, inside: Int, asJSON: Bool, note: String) {
        if asJSON {
            let report: JSON = ["id": .string(id), "state": .string(state.name), "inside": JSON(inside)]
            Terminal.output.write(report.text)
        } else {
            let people = Figures.count(inside, "person", plural: "people")
            Terminal.output.line("`\(id)` is \(state.name), with \(people) inside; \(note)")
        }
    }

    /// Nil where no version of it was ever live.
    static func status(of program: String, in workspace: Workspace) throws(CommandFailure) -> ProgramStatus? {
        let store = try workspace.openSQLite()
        return try withStore { () throws(StoreError) in try store.openJourneyReader().status(of: program) }
    }

    /// What people call each node of versions, by the files as they were.
    static func labels(
        of launches: [LaunchRecord], in workspace: Workspace
    ) throws(CommandFailure) -> [LaunchID: [Int: String]] {
        let store = try workspace.openSQLite()
        let catalog = try workspace.catalog()
        return try withStore { () throws(StoreError) in
            try ProgramLoader(store: store.openJourneys(), catalog: catalog).labels(of: launches)
        }
    }

    /// Nil where it is no sequence or rule that was ever live.
    ///
    /// - Parameter time: tells what was known then; nil for now.
    static func why(
        _ name: String, _ contact: String, at time: Timestamp? = nil, in workspace: Workspace
    ) throws(CommandFailure) -> JourneyWhy? {
        let program = CampaignName.id(name)
        guard let status = try status(of: program, in: workspace) else { return nil }
        let store = try workspace.openSQLite()
        let found = try withStore { () throws(StoreError) in try store.openContacts().find(contact) }
        guard let key = found else { throw ContactName.unknown(contact) }
        let all = try withStore { () throws(StoreError) in try store.openJourneyReader().runs(of: key, in: program) }
        let runs = time.map { time in all.compactMap { $0.known(at: time) } } ?? all
        let now = time ?? workspace.environment.now()
        let catalog = try workspace.catalog()
        var entry: [EntryTracer.Answer] = []
        var holds: [MessageTracer.Answer] = []
        let zone = (try? workspace.checked())?.project.settings.timeZone
        var clock = ProjectClock(zone.flatMap(TimeZoneLoader.rules(for:)) ?? .utc)
        try withStore { () throws(StoreError) in
            let journeys = try store.openJourneys()
            let loader = ProgramLoader(store: journeys, catalog: catalog)
            let live = try journeys.transaction { () throws(StoreError) in
                try journeys.liveVersions(of: program)
            }
            var versions: [LiveVersion] = []
            for launch in live { if let version = try loader.compile(launch) { versions.append(version) } }
            guard let newest = versions.last else { return }
            clock = ProjectClock(newest.zone)
            let zones = ZoneTable(TimeZoneLoader.rules(for:))
            entry = try EntryTracer(version: newest, store: journeys, zones: zones, now: now).answers(
                for: key, beside: runs.map(\.run))
            let tracer = MessageTracer(
                versions: versions, store: store, sends: try store.openJourneyReader(), isPast: time != nil, now: now)
            for run in runs { holds += try tracer.answers(for: run) }
        }
        let known = Set(runs.map(\.run.launch) + runs.flatMap(\.deliveries).map(\.launch))
        return JourneyWhy(
            program: program, contact: contact,
            labels: try labels(of: status.versions.map(\.launch).filter { known.contains($0.id) }, in: workspace),
            clock: clock, runs: runs, entry: entry, messages: holds,
            rest: time == nil ? status.versions.last { $0.launch.rest != nil }?.launch.rest : nil)
    }
}
