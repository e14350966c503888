import ArgumentParser
import RuleEngine
import Runner

struct Bounds: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "What programs can send and cost at most, before anybody is in them.",
        discussion: """
            For each program: the most messages that one person gets in a day and in a week, what one person costs, how \
            long a run lasts, and the way that takes each maximum. docs/guides/bounds.md says what is counted.
            """
    )

    @Argument(help: "The program's file, or its id; without it all programs.")
    var program: String?

    @OptionGroup var options: CommonOptions

    func run() throws {
        let workspace = try Workspace(options)
        let (project, sources) = try workspace.checked()
        let analysed = AnalysedProject(project: project, catalog: try workspace.catalog())
        let bounds = ProjectBounds(analysed)
        let path = try program.map { name throws(CommandFailure) in try workspace.pathInProject(name) }
        let shown = bounds.entries.filter { entry in
            program == nil || entry.program.graph.id == program || sources.file(entry.program.file).path == path
        }
        guard program == nil || !shown.isEmpty else {
            throw CommandFailure(.usage, reason: "not_found", message: "there is no program `\(program ?? "")`")
        }
        let report = BoundsReport(bounds, showing: shown, isWhole: program == nil, currency: project.settings.currency)
        if options.json { Terminal.output.write(report.json.text) } else { Terminal.output.write(report.text) }
    }
}
