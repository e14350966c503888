import ArgumentParser
import RuleEngine
import Runner

struct Graph: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Draw the graph that a campaign, sequence or rule compiles to.",
        discussion: """
            Every send stands behind a gate, every wait shows its bound. The version is the hash of the program's meaning: \
            reformatting keeps it.
            """
    )

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case mermaid, dot
    }

    @Argument(help: "The program's file, or its id.")
    var program: String

    @Option(help: "mermaid or dot.")
    var format = Format.mermaid

    @OptionGroup var options: CommonOptions

    func run() throws {
        let workspace = try Workspace(options)
        let (project, sources) = try workspace.checked()
        let (graph, printer) = try drawing(in: project, sources, workspace)
        let text =
            switch format {
            case .mermaid: printer.mermaid()
            case .dot: printer.dot()
            }
        if options.json {
            let report: JSON = [
                "id": .string(graph.id), "version": .string(MeaningHash.hex(of: graph.canonicalForm)),
                "nodes": JSON(graph.nodes.count), "format": .string(format.rawValue), "graph": .string(text),
            ]
            Terminal.output.write(report.text)
        } else {
            Terminal.output.write(text)
        }
    }

    private func drawing(
        in project: CheckedProject,
        _ sources: SourceMap,
        _ workspace: Workspace
    ) throws(CommandFailure) -> (ProgramGraph, GraphPrinter) {
        let path = try workspace.pathInProject(program)
        if let campaign = project.campaigns[program] { return Self.drawing(campaign, project) }
        let journeys = project.journeys.filter { $0.id == program || sources.file($0.file).path == path }
        if let journey = journeys.first, journeys.count == 1 {
            let graph = ProgramGraph.lower(journey, in: project)
            return (graph, GraphPrinter(graph, of: journey))
        }
        if journeys.count > 1 {
            throw CommandFailure(
                .usage,
                reason: "ambiguous",
                message: "`\(program)` means several programs",
                help: "name one of them: " + journeys.map(\.id).joined(separator: ", ")
            )
        }
        let id = try OpenCampaign.id(of: program, project, sources, workspace)
        guard let campaign = project.campaigns[id] else {
            throw CommandFailure(.usage, reason: "not_found", message: "there is no program `\(program)`")
        }
        return Self.drawing(campaign, project)
    }

    private static func drawing(_ campaign: CheckedCampaign, _ project: CheckedProject) -> (ProgramGraph, GraphPrinter)
    {
        let graph = ProgramGraph.lower(campaign, in: project)
        return (graph, GraphPrinter(graph, of: campaign))
    }
}
