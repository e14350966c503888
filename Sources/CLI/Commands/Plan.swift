import ArgumentParser
import Channels
import RuleEngine
import Runner

struct Plan: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show who would get a campaign, who would not and why, and what it would cost.",
        discussion: """
            The same query, gate and rendering as sending. Nothing is sent and nothing is written. With --against, who is reached \\
            newly, no longer, or by another channel, time, text or price than under another version, and what it costs more.

            Of a sequence or rule it tells who is inside, at which step, and where they would go on if the file went live.
            """
    )

    @Argument(help: "The program's file, or its id.")
    var campaign: String

    @Option(help: "How many messages to show.")
    var samples = 2

    @Option(
        help:
            "Another version of the campaign's file, `last` for the one that was run last, or a folder with another project."
    )
    var against: String?

    @OptionGroup var sandbox: SandboxOption

    @OptionGroup var options: CommonOptions

    func run() throws {
        let address = try sandbox.address()
        let workspace = try Workspace(options)
        let (project, sources) = try workspace.checked()
        if let plan = try JourneyPlan(campaign, project, sources, workspace) {
            guard against == nil else {
                throw CommandFailure(
                    .usage, reason: "against", message: "`--against` compares versions of campaigns",
                    help: "without it, `carillon plan \(campaign)` compares the file with what is live")
            }
            return Terminal.output.write(try plan.report(asJSON: options.json))
        }
        let campaign = try OpenCampaign(
            id: OpenCampaign.id(of: campaign, project, sources, workspace), project: project, sources: sources,
            workspace: workspace, toSend: false, sandbox: address)
        if let against { return try compare(campaign, with: against, workspace) }
        let progress = ProgressLine(isQuiet: options.json)
        let planner = Planner(
            program: campaign.program,
            store: campaign.store,
            channels: campaign.channels,
            environment: campaign.environment
        )
        let report = try orRefuse { () throws(LaunchRefusal) in
            try planner.plan(samples: samples) { progress.show("planning: \(Figures.count($0, "contact"))") }
        }
        progress.clear()
        Terminal.output.write(options.json ? report.json.text : report.text(for: .output))
        // A broken guard is what `run` would refuse; whoever plans in a script learns it here.
        if report.guards.contains(where: { !$0.isHeld }) { throw CommandFailure.silent(.refused) }
    }

    func validate() throws {
        guard (0...100).contains(samples) else { throw ValidationError("--samples takes 0 to 100") }
    }

    // MARK: Two versions

    private func compare(_ new: OpenCampaign, with path: String, _ workspace: Workspace) throws {
        let old = try other(path, of: new, workspace)
        let progress = ProgressLine(isQuiet: options.json)
        let comparison = PlanComparison(
            from: (old.program, old.channels), to: (new.program, new.channels), store: new.store,
            environment: new.environment)
        let report = try withStore { () throws(StoreError) in
            try comparison.compare(progress: { progress.show("comparing: \(Figures.count($0, "contact"))") })
        }
        progress.clear()
        Terminal.output.write(options.json ? report.json.text : report.text(for: .output))
    }

    /// A folder with a project, or a file that stands in the place of the campaign's own.
    private func other(
        _ path: String, of campaign: OpenCampaign, _ workspace: Workspace
    ) throws(CommandFailure) -> OpenCampaign {
        let absolute = try AbsolutePath.of(path)
        let files: [SourceFile]
        if path == "last" {
            let last = try withStore { () throws(StoreError) in
                try campaign.store.openReader().latestLaunch(of: campaign.program.campaign.id)
            }
            guard let last else { throw CampaignName.neverRun(campaign.program.campaign.id) }
            let own = campaign.sources.file(campaign.program.campaign.file).path
            files = try workspace.files().map {
                $0.path == own ? SourceFile(path: own, bytes: Array(last.source.utf8)) : $0
            }
        } else if FileReading.isFile(absolute + "/" + ProjectFolder.fileName) {
            files = try Workspace.files(of: ProjectFolder(path: absolute))
        } else if let bytes = FileReading.source(absolute) {
            let own = campaign.sources.file(campaign.program.campaign.file).path
            // Under its own name: that is where its mistakes are.
            let named = try workspace.pathInProject(path)
            files =
                try workspace.files().filter { $0.path != own && $0.path != named }
                + [SourceFile(path: named, bytes: bytes)]
        } else {
            throw CommandFailure(
                .usage, reason: "not_found", message: "`\(path)` is neither a file nor a project",
                help: "a project is a folder that holds \(ProjectFolder.fileName)")
        }
        let result = Compiler.compile(files, catalog: try workspace.catalog())
        guard let project = result.project else {
            throw CommandFailure(
                reason: "errors", message: "`\(path)`: \(DiagnosticReport(result).summary)",
                diagnostics: DiagnosticReport(result))
        }
        let id = campaign.program.campaign.id
        guard project.campaigns[id] != nil else {
            throw CommandFailure(
                .usage, reason: "not_found", message: "`\(path)` holds no campaign `\(id)`",
                help: "both versions have to be of the same campaign")
        }
        return try OpenCampaign(
            id: id, project: project, sources: result.sources, workspace: workspace, toSend: false)
    }
}

extension PlanComparison.Report {
    var json: JSON {
        [
            "id": .string(id), "old_version": .string(oldVersion), "new_version": .string(newVersion),
            "looked": JSON(looked), "reached_before": JSON(reachedBefore), "reached_now": JSON(reachedNow),
            "changes": .object(
                PlanComparison.Change.allCases.map { JSON.Entry(key: $0.rawValue, value: JSON(counts[$0] ?? 0)) }),
            "examples": .object(
                PlanComparison.Change.allCases.filter { examples[$0] != nil }.map {
                    JSON.Entry(key: $0.rawValue, value: JSON(examples[$0] ?? []))
                }),
            "cost": [
                "currency": .string(currency), "before": JSON(costBefore), "now": JSON(costNow),
                "difference": JSON(difference),
            ],
        ]
    }

    func text(for terminal: Terminal) -> String {
        var text = terminal.styled(id, .bold) + ": two versions; nothing is sent"
        text += terminal.styled("  (\(oldVersion.prefix(12)) and \(newVersion.prefix(12)))", .dim) + "\n\n"
        var table = Table(.left, .right, .left)
        table.add("reached before", Figures.count(reachedBefore), "")
        table.add("reached now", Figures.count(reachedNow), "")
        for change in PlanComparison.Change.allCases {
            guard let count = counts[change] else { continue }
            let names = examples[change] ?? []
            let more = count > names.count ? " …" : ""
            table.add(
                change.rawValue.split(separator: "_").joined(separator: " "), Figures.count(count),
                terminal.styled(names.joined(separator: ", ") + more, .dim))
        }
        text += table.text
        if counts.isEmpty { text += "  nobody is reached otherwise\n" }
        func money(_ micros: Int64) -> String { Figures.money(Money(micros: micros, currency: currency)) }
        text += "\n  cost  \(money(costNow)) instead of \(money(costBefore)): "
        text += difference < 0 ? "\(money(-difference)) less\n" : "\(money(difference)) more\n"
        return text
    }
}
