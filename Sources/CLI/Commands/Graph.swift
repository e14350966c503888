import ArgumentParser
import RuleEngine
import Runner

struct Graph: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Draw the graph that a campaign compiles to.",
        discussion: "Every send stands behind a gate. The version is the hash of its meaning: reformatting keeps it."
    )

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case mermaid, dot
    }

    @Argument(help: "The campaign's file, or its id.")
    var campaign: String

    @Option(help: "mermaid or dot.")
    var format = Format.mermaid

    @OptionGroup var options: CommonOptions

    func run() throws {
        let workspace = try Workspace(options)
        let (project, sources) = try workspace.checked()
        let id = try OpenCampaign.id(of: campaign, project, sources, workspace)
        guard let campaign = project.campaigns[id] else { return }
        let graph = ProgramGraph.lower(campaign, in: project)
        let text =
            switch format {
            case .mermaid: GraphPrinter.mermaid(graph, of: campaign)
            case .dot: GraphPrinter.dot(graph, of: campaign)
            }
        if options.json {
            let report: JSON = [
                "id": .string(id), "version": .string(MeaningHash.hex(of: graph.canonicalForm)),
                "nodes": JSON(graph.nodes.count), "format": .string(format.rawValue), "graph": .string(text),
            ]
            Terminal.output.write(report.text)
        } else {
            Terminal.output.write(text)
        }
    }
}
