import ArgumentParser
import RuleEngine
import Runner

struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show where a program stands: counts that add up.",
        discussion: "Without an id, lists all launches. --verify asks the database for rows that break an invariant."
    )

    @Argument(help: "The program's id.")
    var id: String?

    @Flag(help: "Check the ledger's invariants as well.")
    var verify = false

    @OptionGroup var options: CommonOptions

    func run() throws {
        let workspace = try Workspace(options)
        let store = try workspace.openStore()
        guard let id = id.map(CampaignName.id) else { return try list(workspace.openSQLite()) }
        if let status = try LiveProgram.status(of: id, in: workspace) {
            let labels = try LiveProgram.labels(of: status.versions.map(\.launch), in: workspace)
            return Terminal.output.write(
                options.json ? status.json.text : status.text(for: .output, labels: labels))
        }
        // What it is for stands in the file; without one that compiles, the figures are told without it.
        let goal = try? workspace.checked().project.campaigns[id]?.goal
        let report = try withStore { () throws(StoreError) in
            try StatusReader(store: store, environment: workspace.environment).status(
                of: id,
                isRunnerActive: store.hasRunner(),
                verify: verify,
                goal: goal
            )
        }
        guard let report else { throw CampaignName.neverRun(id) }
        Terminal.output.write(options.json ? report.json.text : report.text(for: .output))
        if report.violations?.isEmpty == false { throw CommandFailure.silent(.failed) }
    }

    private func list(_ store: any ServiceStore) throws {
        let all = try withStore { () throws(StoreError) in try store.openReader().launches() }
        let launches = all.filter { !MessageProgram.isID($0.program) }
        let messages = try withStore { () throws(StoreError) in try store.openMessageSearch().count() }
        if options.json {
            let rows = launches.map { launch -> JSON in
                [
                    "id": .string(launch.program), "launch": JSON(launch.id.rawValue),
                    "state": .string(launch.state.name),
                    "channel": .string(launch.channelID), "version": .string(launch.version),
                    "created_at": .string(Figures.instant(launch.createdAt)),
                    "finished_at": JSON(launch.finishedAt.map(Figures.instant)), "note": JSON(launch.note),
                ]
            }
            let report: JSON = ["launches": .array(rows), "single_messages": JSON(messages)]
            Terminal.output.write(report.text)
            return
        }
        guard !launches.isEmpty || messages > 0 else { return Terminal.output.line("nothing was run yet") }
        var table = Table(.left, .left, .left, .left, indent: 0)
        for launch in launches {
            table.add(launch.program, launch.state.name, launch.channelID, Figures.instant(launch.createdAt))
        }
        Terminal.output.write(table.text)
        if messages > 0 { Terminal.output.line("single messages: \(Figures.count(messages))") }
    }
}

/// A campaign's id, as people type it.
enum CampaignName {
    /// `campaigns/spring-sale.yaml` is taken for `spring-sale`: where only the ledger is asked, no file is read.
    static func id(_ name: String) -> String {
        guard name.hasSuffix(".yaml") || name.hasSuffix(".yml") else { return name }
        let last = name.split(separator: "/").last ?? ""
        return String(last.prefix { $0 != "." })
    }

    static func neverRun(_ id: String) -> CommandFailure {
        CommandFailure(
            reason: "not_found",
            message: "`\(id)` has never been run",
            help: "`carillon status` lists what was; `carillon plan \(id)` shows who would get it"
        )
    }
}
