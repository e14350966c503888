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

    /// What people call each node, as far as the files say so today.
    static func names(of program: String, in workspace: Workspace) -> [Int: String] {
        guard let (project, _) = try? workspace.checked(),
            let journey = project.sequences[program] ?? project.rules[program]
        else { return [:] }
        return ProgramGraph.lower(journey, in: project, isVersioned: false).names
    }

    /// Nil where it is no sequence or rule that was ever live.
    static func why(
        _ name: String, _ contact: String, in workspace: Workspace
    ) throws(CommandFailure) -> JourneyWhy? {
        let program = CampaignName.id(name)
        guard try status(of: program, in: workspace) != nil else { return nil }
        let store = try workspace.openSQLite()
        let found = try withStore { () throws(StoreError) in try store.openContacts().find(contact) }
        guard let key = found else { throw ContactName.unknown(contact) }
        let runs = try withStore { () throws(StoreError) in try store.openJourneyReader().runs(of: key, in: program) }
        var entry: [EntryTracer.Answer] = []
        if runs.isEmpty {
            let catalog = try workspace.catalog()
            entry = try withStore { () throws(StoreError) in
                let journeys = try store.openJourneys()
                let programs = try ProgramLoader(store: journeys, catalog: catalog).load()
                guard let version = programs?.entrances.first(where: { $0.launch.program == program }) else {
                    return []
                }
                let tracer = EntryTracer(
                    version: version, store: journeys, zones: ZoneTable(TimeZoneLoader.rules(for:)),
                    now: workspace.environment.now())
                return try tracer.answers(for: key)
            }
        }
        return JourneyWhy(
            program: program, contact: contact, names: names(of: program, in: workspace), runs: runs, entry: entry)
    }
}
